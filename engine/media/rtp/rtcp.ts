/**
 * RTCP across the relay (RFC 3550 §6). Reports name SSRCs, sequence numbers and timestamps that the relay has changed,
 * so they are translated. Sender reports, receiver reports and descriptions pass; BYE must not, because our SSRC
 * towards the peer lives on; feedback and application packets were not negotiated.
 */
import { readUint16, readUint32, writeUint16, writeUint32 } from './packet.ts'

const senderReport = 200
const receiverReport = 201
const sourceDescription = 202
const reportBlockBytes = 24

/** How the numbers of one leg translate into those of the other. */
export interface RtcpTranslation {
  /** The SSRC under which the receiver knows the stream of the sender. */
  readonly ssrc: number
  /** What was added to the sender's RTP timestamps. */
  readonly timestampOffset: number
  /** The SSRC that our stream to the sender has; reports about any other are dropped. */
  readonly reportedSsrc: number
  /** The SSRC that the receiver itself uses for that stream; null: not passing now, so reports are dropped. */
  readonly originalSsrc: number | null
  /** What was added to the receiver's sequence numbers. */
  readonly sequenceOffset: number
}

/** The compound packet as the other leg shall see it; null if nothing of it is left or it is malformed. */
export function translateRtcp(bytes: Uint8Array, translation: RtcpTranslation): Uint8Array | null {
  const out = new Uint8Array(bytes.length)
  let written = 0
  for (let at = 0; at < bytes.length; ) {
    const length = (readUint16(bytes, at + 2) + 1) * 4
    if ((bytes[at] ?? 0) >> 6 !== 2 || length < 8 || at + length > bytes.length) return null
    written += translatePacket(bytes.subarray(at, at + length), out.subarray(written), translation)
    at += length
  }
  return written === 0 ? null : out.subarray(0, written)
}

/** The SSRC of the sender; null if the bytes are no RTCP. */
export function rtcpSender(bytes: Uint8Array): number | null {
  const type = bytes[1] ?? 0
  return bytes.length >= 8 && (bytes[0] ?? 0) >> 6 === 2 && type >= 200 && type <= 207 ? readUint32(bytes, 4) : null
}

function translatePacket(packet: Uint8Array, out: Uint8Array, translation: RtcpTranslation): number {
  const type = packet[1] ?? 0
  if (type === sourceDescription) return copyDescription(packet, out, translation)
  const blocksAt = type === senderReport ? 28 : type === receiverReport ? 8 : -1
  const count = (packet[0] ?? 0) & 0x1f
  if (blocksAt < 0 || blocksAt + count * reportBlockBytes > packet.length) return 0
  out.set(packet.subarray(0, blocksAt))
  writeUint32(out, 4, translation.ssrc)
  if (type === senderReport) writeUint32(out, 16, readUint32(packet, 16) + translation.timestampOffset)
  let end = blocksAt
  let kept = 0
  for (let index = 0; index < count; index++) {
    const block = packet.subarray(blocksAt + index * reportBlockBytes, blocksAt + (index + 1) * reportBlockBytes)
    if (translation.originalSsrc === null || readUint32(block, 0) !== translation.reportedSsrc) continue
    out.set(block, end)
    writeUint32(out, end, translation.originalSsrc)
    writeUint32(out, end + 8, readUint32(block, 8) - translation.sequenceOffset)
    end += reportBlockBytes
    kept++
  }
  out[0] = 0x80 | kept
  writeUint16(out, 2, end / 4 - 1)
  return end
}

/** A description of exactly one source (an endpoint's own) passes under the SSRC that the receiver knows. */
function copyDescription(packet: Uint8Array, out: Uint8Array, translation: RtcpTranslation): number {
  if (((packet[0] ?? 0) & 0x3f) !== 1) return 0
  out.set(packet)
  writeUint32(out, 4, translation.ssrc)
  return packet.length
}
