/** Numeric IP addresses as they stand in SDP: one spelling each, and which of them say nothing about where a peer is. */

function parseIPv4(text: string): number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4) return null
  const octets: number[] = []
  for (const part of parts) {
    if (part.length === 0 || part.length > 3) return null
    const value = Number(part)
    if (!Number.isInteger(value) || value < 0 || value > 255 || String(value) !== part) return null
    octets.push(value)
  }
  return octets
}

function parseIPv6(text: string): number[] | null {
  if (text.length < 2 || text.length > 45) return null
  const halves = text.split('::')
  if (halves.length > 2) return null
  const [head, tail] = halves.map(half => (half === '' ? [] : parseGroups(half)))
  if (head === null || head === undefined || tail === null) return null
  if (tail === undefined) return head.length === 8 ? head : null
  const missing = 8 - head.length - tail.length
  return missing < 1 ? null : [...head, ...new Array<number>(missing).fill(0), ...tail]
}

function parseGroups(text: string): number[] | null {
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const [a = 0, b = 0, c = 0, d = 0] = parseIPv4(part) ?? [-1]
      if (a < 0) return null
      groups.push(a * 256 + b, c * 256 + d)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups.length > 8 ? null : groups
}

/**
 * The one spelling of a numeric address that Node gives too (RFC 5952), so that strings can be compared; null if the
 * text is not a numeric address.
 */
export function canonicalHost(text: string): string | null {
  if (!text.includes(':')) return parseIPv4(text) === null ? null : text
  const groups = parseIPv6(text)
  return groups === null ? null : writeIPv6(groups)
}

function writeIPv6(groups: readonly number[]): string {
  const isMapped = groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff
  if (isMapped) {
    const [high = 0, low = 0] = groups.slice(6)
    return `::ffff:${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
  }
  let bestStart = -1
  let bestLength = 1
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (groups[start + length] === 0) length++
    if (length > bestLength) {
      bestStart = start
      bestLength = length
    }
  }
  const hex = groups.map(group => group.toString(16))
  if (bestStart < 0) return hex.join(':')
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`
}

/** 0.0.0.0 or ::, in canonical spelling. */
export function isUnspecified(host: string): boolean {
  return host === '0.0.0.0' || host === '::'
}

/** RFC 1918, RFC 6598 and unique local IPv6 (RFC 4193). Loopback is not private: there is no NAT in front of it. */
export function isPrivate(host: string): boolean {
  const octets = parseIPv4(host)
  if (octets === null) return host.startsWith('fc') || host.startsWith('fd')
  const [a = 0, b = 0] = octets
  return a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 100 && b >= 64 && b <= 127)
}

/** Addresses that are many hosts at once: audio sent there would be an amplifier. */
export function isMulticast(host: string): boolean {
  const octets = parseIPv4(host)
  if (octets === null) return host.startsWith('ff')
  return (octets[0] ?? 0) >= 224
}
