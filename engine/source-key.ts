/** Whom an address stands for: one host by IPv4, one subscriber's network by IPv6. */

/**
 * IPv4 as it is, also when mapped into IPv6; of IPv6 the first 64 bits: a subscriber has them all, and with them more
 * addresses than any table could hold.
 */
export function sourceKey(host: string): string {
  if (!host.includes(':')) return host
  const mapped = host.lastIndexOf(':')
  if (host.includes('.', mapped)) return host.slice(mapped + 1)
  const [left = '', right] = (host.split('%')[0] ?? '').split('::')
  const head = left === '' ? [] : left.split(':')
  const tail = right === undefined || right === '' ? [] : right.split(':')
  const groups =
    right === undefined ? head : [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return `${groups
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}
