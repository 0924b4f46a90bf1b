/**
 * STUN on the SIP port (RFC 5626 §4.4.2, RFC 5389): a phone behind NAT asks where its datagrams seem to come from, which keeps
 * the way to it open and shows that we are there.
 */
import type { SocketAddress } from '../../ports/network.ts'

const headerBytes = 20
const magicCookie = 0x2112a442
const bindingRequest = 0x0001
const bindingSuccess = 0x0101
const xorMappedAddress = 0x0020
/** Attributes from here on may be skipped (RFC 5389 §15). */
const firstOptional = 0x8000

/** By its first bytes: no SIP message begins with a zero. */
export function isStun(bytes: Uint8Array): boolean {
  return bytes.length >= headerBytes && (bytes[0] ?? 1) === 0 && viewOf(bytes).getUint32(4) === magicCookie
}

/**
 * The answer to a Binding Request: 32 bytes, of IPv6 44. Null for all else, and for one that asks for more than its address,
 * as no keep-alive does (RFC 5626 §8).
 */
export function bindingAnswer(bytes: Uint8Array, from: SocketAddress): Uint8Array | null {
  const view = viewOf(bytes)
  if (!isStun(bytes) || view.getUint16(0) !== bindingRequest || view.getUint16(2) !== bytes.length - headerBytes)
    return null
  if (!hasOnlyOptional(view)) return null
  const address = addressBytes(from.host)
  if (address === null) return null
  const answer = new Uint8Array(headerBytes + 8 + address.length)
  const out = viewOf(answer)
  // The cookie and the number of the transaction: what comes back shows whom it answers.
  answer.set(bytes.subarray(4, headerBytes), 4)
  out.setUint16(0, bindingSuccess)
  out.setUint16(2, 8 + address.length)
  out.setUint16(20, xorMappedAddress)
  out.setUint16(22, 4 + address.length)
  out.setUint8(25, address.length === 4 ? 1 : 2)
  out.setUint16(26, from.port ^ (magicCookie >>> 16))
  // §15.2: mixed with the cookie and the number, so that no NAT takes it for an address and changes it.
  for (const [index, byte] of address.entries()) answer[28 + index] = byte ^ (bytes[4 + index] ?? 0)
  return answer
}

function hasOnlyOptional(view: DataView): boolean {
  let at = headerBytes
  while (at < view.byteLength) {
    if (at + 4 > view.byteLength || view.getUint16(at) < firstOptional) return false
    // §15: values are padded to four bytes.
    at += 4 + Math.ceil(view.getUint16(at + 2) / 4) * 4
  }
  return at === view.byteLength
}

/** Of a numeric address; null for another. */
function addressBytes(host: string): readonly number[] | null {
  if (!host.includes(':')) {
    const bytes = host.split('.').map(Number)
    return bytes.length === 4 ? bytes : null
  }
  const [left = '', right] = (host.split('%')[0] ?? '').split('::')
  const [head, tail] = [groupBytes(left), groupBytes(right ?? '')]
  const missing = 16 - head.length - tail.length
  return missing < 0 ? null : [...head, ...Array<number>(missing).fill(0), ...tail]
}

function groupBytes(groups: string): number[] {
  if (groups === '') return []
  return groups.split(':').flatMap(group => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}
