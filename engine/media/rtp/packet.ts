/**
 * The RTP fixed header (RFC 3550 §5.1), read and written in place: nothing is allocated per packet. Callers check a
 * datagram with {@link payloadStart} before they use any other function here.
 */

export const headerBytes = 12

/** Offset of the payload, or -1 if the bytes are not a well-formed RTP packet. */
export function payloadStart(bytes: Uint8Array): number {
  const first = bytes[0]
  if (first === undefined || bytes.length < headerBytes || first >> 6 !== 2) return -1
  let start = headerBytes + (first & 0x0f) * 4
  if ((first & 0x10) !== 0) {
    if (start + 4 > bytes.length) return -1
    start += 4 + readUint16(bytes, start + 2) * 4
  }
  if (start > bytes.length) return -1
  return start + paddingOf(bytes) > bytes.length ? -1 : start
}

/** Offset behind the payload: padding is not part of it. */
export function payloadEnd(bytes: Uint8Array): number {
  return bytes.length - paddingOf(bytes)
}

/** A padding count of 0 is illegal; it is read as 1, the count itself. */
function paddingOf(bytes: Uint8Array): number {
  return ((bytes[0] ?? 0) & 0x20) === 0 ? 0 : Math.max(1, bytes[bytes.length - 1] ?? 0)
}

export function readPayloadType(bytes: Uint8Array): number {
  return (bytes[1] ?? 0) & 0x7f
}

export function readSequence(bytes: Uint8Array): number {
  return readUint16(bytes, 2)
}

export function readTimestamp(bytes: Uint8Array): number {
  return readUint32(bytes, 4)
}

export function readSsrc(bytes: Uint8Array): number {
  return readUint32(bytes, 8)
}

/** Rewrites what a relay changes. The marker is set if `marks` is true and otherwise left as it is. */
export function rewriteHeader(
  bytes: Uint8Array,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
  marks: boolean,
): void {
  const marker = marks ? 0x80 : (bytes[1] ?? 0) & 0x80
  bytes[1] = marker | payloadType
  writeUint16(bytes, 2, sequence)
  writeUint32(bytes, 4, timestamp)
  writeUint32(bytes, 8, ssrc)
}

/** Makes the first twelve bytes a header without marker, extension, padding or contributing sources. */
export function startPacket(bytes: Uint8Array): void {
  bytes[0] = 0x80
  bytes[1] = 0
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = (value >> 8) & 0xff
  bytes[at + 1] = value & 0xff
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  writeUint16(bytes, at, value >>> 16)
  writeUint16(bytes, at + 2, value & 0xffff)
}

/** The signed distance from sequence number `from` to `to`, across the wrap. */
export function sequenceDistance(from: number, to: number): number {
  return ((to - from) << 16) >> 16
}

/** The signed distance from timestamp `from` to `to`, across the wrap. */
export function timestampDistance(from: number, to: number): number {
  return (to - from) | 0
}
