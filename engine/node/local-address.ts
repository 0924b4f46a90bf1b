/** Which of our own addresses faces a remote one. */
import dgram from 'node:dgram'
import { isIP, isIPv6 } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { lookupNumeric } from './numeric-lookup.ts'

/** Routes change rarely, and asking costs some 100 µs. */
const rememberForMs = 10_000
const mostRemembered = 1_000

/**
 * Answers for `remoteHost` with the address that the system would send from. Asks the routing table by connecting a
 * UDP socket, which sends nothing; where that has no answer, the interfaces.
 * @param nowMs any monotonic clock
 */
export function createLocalAddresses(nowMs: () => number): (remoteHost: string) => string {
  const known = new Map<string, string>()
  let forgetAtMs = 0

  return remoteHost => {
    const now = nowMs()
    if (now >= forgetAtMs || known.size >= mostRemembered) {
      known.clear()
      forgetAtMs = now + rememberForMs
    }
    const remembered = known.get(remoteHost)
    if (remembered !== undefined) return remembered
    const address = askRoutes(remoteHost) ?? nearestAddress(remoteHost, allInterfaces())
    known.set(remoteHost, address)
    return address
  }
}

function askRoutes(remoteHost: string): string | null {
  const socket = dgram.createSocket({ type: isIPv6(remoteHost) ? 'udp6' : 'udp4', lookup: lookupNumeric })
  try {
    socket.on('error', () => {})
    // Binds and connects before it returns, because the lookup answers at once; the port (discard) is never written to.
    socket.connect(9, remoteHost)
    const { address } = socket.address()
    return address === '0.0.0.0' || address === '::' ? null : address
  } catch {
    return null
  } finally {
    socket.close()
  }
}

function allInterfaces(): readonly NetworkInterfaceInfo[] {
  return Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
}

/**
 * The address with the longest prefix in common with `remoteHost` among those whose network it is in; otherwise the
 * first that is neither loopback nor link-local; otherwise loopback.
 */
export function nearestAddress(remoteHost: string, interfaces: readonly NetworkInterfaceInfo[]): string {
  const remote = addressBits(remoteHost)
  let best: string | null = null
  let bestLength = -1
  let fallback: string | null = null
  for (const { address, cidr, internal } of interfaces) {
    const bits = addressBits(address)
    if (bits.length !== remote.length) continue
    const networkLength = Number(cidr?.split('/')[1] ?? bits.length)
    if (commonPrefix(bits, remote) >= networkLength && networkLength > bestLength) {
      best = address
      bestLength = networkLength
    }
    if (!internal && !/^(169\.254\.|fe[89ab])/i.test(address)) fallback ??= address
  }
  return best ?? fallback ?? (isIPv6(remoteHost) ? '::1' : '127.0.0.1')
}

/** `0` and `1` for each bit; empty if it isn't a numeric address. */
function addressBits(host: string): string {
  const version = isIP(host)
  if (version === 0) return ''
  if (version === 4) return ipv4Bits(host)
  const [head = '', tail] = (host.split('%')[0] ?? '').split('::')
  const before = groupBits(head)
  if (tail === undefined) return before
  const after = groupBits(tail)
  return before + '0'.repeat(128 - before.length - after.length) + after
}

function groupBits(groups: string): string {
  if (groups === '') return ''
  return groups
    .split(':')
    .map(group => (group.includes('.') ? ipv4Bits(group) : Number.parseInt(group, 16).toString(2).padStart(16, '0')))
    .join('')
}

function ipv4Bits(host: string): string {
  return host
    .split('.')
    .map(octet => Number(octet).toString(2).padStart(8, '0'))
    .join('')
}

function commonPrefix(left: string, right: string): number {
  let length = 0
  while (length < left.length && left[length] === right[length]) length += 1
  return length
}
