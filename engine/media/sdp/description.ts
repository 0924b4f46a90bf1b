/**
 * Reading SDP (RFC 8866) that a stranger wrote. Limits come before parsing; what is wrong is a value, never a throw.
 * Only lines that offer/answer needs reach the parser library, so no odd attribute costs time there.
 */
import { type MediaDescription, parse } from 'sdp-transform'
import type { RtpFormat } from '../../ports/media.ts'
import { canonicalHost, isMulticast } from './address.ts'
import { staticFormat } from './format.ts'

/** SIP.md §2 row 4. */
export const sdpLimits = { bytes: 32 * 1024, sections: 16, formats: 64 } as const

export interface SdpProblem {
  readonly ok: false
  /** 400: this is not SDP. 488: it is, but can't be used here. */
  readonly sipCode: 400 | 488
  readonly reason: string
}

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** One m-line and what belongs to it. */
export interface Section {
  /** Media type, e.g. `audio`. */
  readonly kind: string
  readonly port: number
  /** Transport profile, e.g. `RTP/AVP`. */
  readonly protocol: string
  /** The format list as written. */
  readonly formatList: string
  readonly mid: string | null
  /** Numeric address in canonical spelling; null if there is none or it is a name. */
  readonly host: string | null
  readonly direction: Direction
  /** Null: the peer wants no RTCP. */
  readonly rtcpPort: number | null
  /** Null: not said. */
  readonly ptimeMs: number | null
  /** Formats with a known meaning, in the order of the m-line. */
  readonly formats: readonly RtpFormat[]
}

export interface Description {
  readonly sections: readonly Section[]
}

const usedAttributes = new Set(
  'rtpmap fmtp ptime mid rtcp sendrecv sendonly recvonly inactive'.split(' ').map(name => `a=${name}`),
)

export function problem(sipCode: 400 | 488, reason: string): SdpProblem {
  return { ok: false, sipCode, reason }
}

interface MediaLine {
  readonly kind: string
  readonly port: number
  readonly protocol: string
  readonly formatList: string
}

/** `m=<media> <port>[/<number>] <proto> <fmt> ...` (RFC 8866 §5.14). */
function readMediaLine(content: string): MediaLine | null {
  const [kind = '', portText = '', protocol = '', ...formats] = content.trim().split(/[ \t]+/)
  const slash = portText.indexOf('/')
  const port = readInteger(slash < 0 ? portText : portText.slice(0, slash), 65_535)
  if (kind === '' || port === null || protocol === '' || formats.length === 0) return null
  return { kind, port, protocol, formatList: formats.join(' ') }
}

function readInteger(text: string, maximum: number): number | null {
  if (text.length === 0 || text.length > 10 || !/^[0-9]+$/.test(text)) return null
  const value = Number(text)
  return value <= maximum ? value : null
}

function isTooLong(sdp: string): boolean {
  if (sdp.length > sdpLimits.bytes) return true
  // A UTF-16 unit takes at most three bytes of UTF-8, so most descriptions needn't be encoded to be measured.
  return sdp.length * 3 > sdpLimits.bytes && new TextEncoder().encode(sdp).length > sdpLimits.bytes
}

/** Reads a session description within {@link sdpLimits}. */
export function readDescription(sdp: string): { readonly ok: true; readonly description: Description } | SdpProblem {
  if (isTooLong(sdp)) return problem(488, `SDP longer than ${sdpLimits.bytes} bytes`)
  const lines = sdp.split(/\r\n|\r|\n/)
  if (lines[0]?.trimEnd() !== 'v=0') return problem(400, 'SDP does not begin with v=0')
  const mediaLines: MediaLine[] = []
  const kept: string[] = []
  let hasOrigin = false
  for (const line of lines) {
    if (line.startsWith('o=')) hasOrigin = true
    if (line.startsWith('m=')) {
      const mediaLine = readMediaLine(line.slice(2))
      if (mediaLine === null) return problem(400, 'malformed m-line')
      if (mediaLines.length === sdpLimits.sections) return problem(488, `more than ${sdpLimits.sections} m-lines`)
      mediaLines.push(mediaLine)
      kept.push(line)
    } else if (line.startsWith('c=') || line.startsWith('b=R')) {
      kept.push(line.trimEnd())
    } else if (line.startsWith('a=')) {
      const colon = line.indexOf(':')
      if (usedAttributes.has(colon < 0 ? line.trimEnd() : line.slice(0, colon))) kept.push(line.trimEnd())
    }
  }
  if (!hasOrigin) return problem(400, 'SDP without an o-line')
  return readSections(mediaLines, kept.join('\n'))
}

function readSections(
  mediaLines: readonly MediaLine[],
  text: string,
): { readonly ok: true; readonly description: Description } | SdpProblem {
  const parsed = parse(text)
  const sections: Section[] = []
  for (const [index, mediaLine] of mediaLines.entries()) {
    const attributes = parsed.media[index]
    if (attributes === undefined) return problem(400, 'malformed m-line')
    const tokens = mediaLine.formatList.split(' ')
    if (tokens.length > sdpLimits.formats) return problem(488, `more than ${sdpLimits.formats} formats in an m-line`)
    const connection = attributes.connection ?? parsed.connection
    if (mediaLine.kind === 'audio' && mediaLine.port !== 0 && connection === undefined) {
      return problem(400, 'SDP without a connection address')
    }
    const host = connection === undefined ? null : canonicalHost(String(connection.ip).split('/')[0] ?? '')
    sections.push({
      ...mediaLine,
      mid: attributes.mid === undefined ? null : String(attributes.mid),
      host: host === null || isMulticast(host) ? null : host,
      direction: (attributes.direction ?? parsed.direction ?? 'sendrecv') as Direction,
      rtcpPort: readRtcpPort(mediaLine.port, attributes),
      ptimeMs: readPtime(attributes.ptime ?? (parsed as Partial<MediaDescription>).ptime),
      formats: mediaLine.kind === 'audio' ? readFormats(tokens, attributes) : [],
    })
  }
  return { ok: true, description: { sections } }
}

/** The port after RTP's unless said otherwise (RFC 3605); none if both RTCP bandwidths are 0 (RFC 3556 §2). */
function readRtcpPort(rtpPort: number, attributes: MediaDescription): number | null {
  const silenced = (['RS', 'RR'] as const).every(type =>
    (attributes.bandwidth ?? []).some(entry => String(entry.type) === type && Number(entry.limit) === 0),
  )
  const port = attributes.rtcp === undefined ? rtpPort + 1 : Number(attributes.rtcp.port)
  return silenced || !Number.isInteger(port) || port < 1 || port > 65_535 ? null : port
}

function readPtime(value: unknown): number | null {
  const ptimeMs = Math.round(Number(value))
  return ptimeMs >= 5 && ptimeMs <= 120 ? ptimeMs : null
}

function readFormats(tokens: readonly string[], attributes: MediaDescription): RtpFormat[] {
  const formats: RtpFormat[] = []
  const seen = new Set<number>()
  for (const token of tokens) {
    const payloadType = readInteger(token, 127)
    if (payloadType === null || seen.has(payloadType)) continue
    seen.add(payloadType)
    const format = readFormat(payloadType, attributes)
    if (format !== null) formats.push(format)
  }
  return formats
}

function readFormat(payloadType: number, attributes: MediaDescription): RtpFormat | null {
  const map = attributes.rtp.find(entry => entry.payload === payloadType)
  const fmtp = attributes.fmtp.find(entry => entry.payload === payloadType)?.config
  const parameters = fmtp === undefined ? {} : { fmtp: String(fmtp) }
  if (map === undefined) {
    const known = staticFormat(payloadType)
    return known === null ? null : { ...known, ...parameters }
  }
  const encoding = String(map.codec).toUpperCase()
  const clockRateHz = Number(map.rate)
  const channels = map.encoding === undefined ? 1 : Number(map.encoding)
  if (encoding === '' || !(clockRateHz >= 1000 && clockRateHz <= 384_000)) return null
  if (!Number.isInteger(channels) || channels < 1 || channels > 255) return null
  // RFC 3551 §4.5.2: the rate of G.722 in RTP is 8000 by an old mistake; peers that "correct" it mean the same codec.
  if (encoding === 'G722' && clockRateHz === 16_000) return { payloadType, encoding, clockRateHz: 8000, channels }
  return { payloadType, encoding, clockRateHz, channels, ...parameters }
}

const plainProfiles = new Set(['RTP/AVP', 'RTP/AVPF'])

/**
 * The audio m-line that can be used: the first live one with an unencrypted profile. A peer that offers SRTP and plain
 * RTP as alternatives means both m-lines for the same audio.
 */
export function findAudio(
  description: Description,
): { readonly ok: true; readonly index: number; readonly section: Section } | SdpProblem {
  const live = [...description.sections.entries()].filter(([, section]) => section.kind === 'audio' && section.port > 0)
  if (live.length === 0) return problem(488, 'no audio is offered')
  const plain = live.find(([, section]) => plainProfiles.has(section.protocol.toUpperCase()))
  if (plain === undefined) return problem(488, 'only encrypted or unknown RTP profiles are offered')
  const [index, section] = plain
  if (section.host === null) return problem(488, 'the connection address is not a numeric unicast address')
  return { ok: true, index, section }
}

/** RFC 3264 §8.2: the audio is taken out of use by port 0, for good or, as old phones do to hold, for a while. */
export function closesAudio(sdp: string): boolean {
  const read = readDescription(sdp)
  if (!read.ok) return false
  const audio = read.description.sections.filter(({ kind }) => kind === 'audio')
  return audio.length > 0 && audio.every(({ port }) => port === 0)
}

/** The formats of the first usable audio m-line, best first: what to offer the other leg. */
export function audioFormats(sdp: string): { readonly ok: true; readonly formats: readonly RtpFormat[] } | SdpProblem {
  const read = readDescription(sdp)
  if (!read.ok) return read
  const audio = findAudio(read.description)
  return audio.ok ? { ok: true, formats: audio.section.formats } : audio
}
