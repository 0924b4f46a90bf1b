/** RTP payload formats in SDP: the static numbers (RFC 3551 §6) and how two formats compare. */
import type { RtpFormat } from '../../ports/media.ts'

const staticFormats: Readonly<Record<number, readonly [encoding: string, clockRateHz: number, channels: number]>> = {
  0: ['PCMU', 8000, 1],
  3: ['GSM', 8000, 1],
  4: ['G723', 8000, 1],
  5: ['DVI4', 8000, 1],
  6: ['DVI4', 16000, 1],
  7: ['LPC', 8000, 1],
  8: ['PCMA', 8000, 1],
  9: ['G722', 8000, 1],
  10: ['L16', 44100, 2],
  11: ['L16', 44100, 1],
  12: ['QCELP', 8000, 1],
  13: ['CN', 8000, 1],
  14: ['MPA', 90000, 1],
  15: ['G728', 8000, 1],
  16: ['DVI4', 11025, 1],
  17: ['DVI4', 22050, 1],
  18: ['G729', 8000, 1],
}

/** The format that a payload number means without `a=rtpmap`; null for a dynamic or unassigned number. */
export function staticFormat(payloadType: number): RtpFormat | null {
  const entry = staticFormats[payloadType]
  if (entry === undefined) return null
  const [encoding, clockRateHz, channels] = entry
  return { payloadType, encoding, clockRateHz, channels }
}

/** True if both name the same encoding, whatever their numbers and parameters. */
export function sameEncoding(a: RtpFormat, b: RtpFormat): boolean {
  return a.encoding === b.encoding && a.clockRateHz === b.clockRateHz && a.channels === b.channels
}

const companions = new Set(['TELEPHONE-EVENT', 'TONE', 'CN', 'RED', 'ULPFEC', 'FLEXFEC', 'PARITYFEC', 'RTX'])

/** False for formats that only accompany speech: digits, comfort noise, redundancy. */
export function carriesVoice(format: RtpFormat): boolean {
  return !companions.has(format.encoding)
}

export function isTelephoneEvent(format: RtpFormat): boolean {
  return format.encoding === 'TELEPHONE-EVENT'
}

/**
 * The entry of `formats` that best stands for `wanted`: the same encoding, with the same parameters if several carry it
 * (AMR and iLBC offer one encoding in variants that don't interwork).
 */
export function findFormat(formats: readonly RtpFormat[], wanted: RtpFormat): RtpFormat | undefined {
  const same = formats.filter(format => sameEncoding(format, wanted))
  return same.find(format => format.fmtp === wanted.fmtp) ?? same[0]
}

/** The telephone-event that fits a speech format: its clock rate if there is one (RFC 4733 §2.1), else any. */
export function findTelephoneEvent(formats: readonly RtpFormat[], voice: RtpFormat): RtpFormat | undefined {
  const events = formats.filter(isTelephoneEvent)
  return events.find(format => format.clockRateHz === voice.clockRateHz) ?? events[0]
}
