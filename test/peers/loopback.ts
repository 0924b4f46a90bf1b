/** Addresses and ports of 127.0.0.0/8: each host of a scenario has an address of its own. Of IPv6 there is but one. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, isIPv6 } from 'node:net'
import { until } from './deadline.ts'

export type Transport = 'udp' | 'tcp'

export const hosts = {
  engine: '127.0.0.1',
  caller: '127.0.0.2',
  agent: '127.0.0.3',
  secondAgent: '127.0.0.4',
  stranger: '127.0.0.5',
  proxy: '127.0.0.6',
} as const

/** Everybody's who speaks IPv6. */
export const ipv6Loopback = '::1'

/** As a URI has it. */
export function inUri(host: string): string {
  return isIPv6(host) ? `[${host}]` : host
}

/** Below what the system gives out of itself, so that nobody gets a port between our asking and its use. */
const firstPort = 22_000
const lastPort = 29_999
/** Programs take neighbours of the port that they are given: baresip for TLS, SIPp for RTCP and video. */
const portsEach = 4

let nextPort = firstPort + portsEach * Math.floor((Math.random() * (lastPort - firstPort)) / portsEach)

/** A port that is free for UDP and TCP, as the three after it are, and is given to nobody else of this process. */
export async function freePort(host: string): Promise<number> {
  for (;;) {
    const port = nextPort
    nextPort = port + 2 * portsEach > lastPort ? firstPort : port + portsEach
    const block = Array.from({ length: portsEach }, (_, index) => port + index)
    const free = await Promise.all(block.flatMap(each => [canBindTcp(host, each), canBindUdp(host, each)]))
    if (free.every(Boolean)) return port
  }
}

/** Resolves once some program has bound the port. Linux only, as the programs that we wait for. */
export async function portTaken(transport: Transport, host: string, port: number): Promise<void> {
  await until(`${transport} ${host}:${port} to be bound`, () => (isTaken(transport, host, port) ? true : null))
}

function isTaken(transport: Transport, host: string, port: number): boolean {
  // The kernel writes words of 32 bits as they lie in the memory of a little-endian machine.
  const address = host === ipv6Loopback ? `${'0'.repeat(24)}01000000` : host.split('.').reverse().map(hex(2)).join('')
  const any = '0'.repeat(address.length)
  const table = readFileSync(`/proc/net/${transport}${isIPv6(host) ? '6' : ''}`, 'latin1')
  return [address, any].some(each => table.includes(`: ${each}:${hex(4)(port)} ${any}:0000 `))
}

function hex(digits: number): (value: string | number) => string {
  return value => Number(value).toString(16).toUpperCase().padStart(digits, '0')
}

async function canBindTcp(host: string, port: number): Promise<boolean> {
  const server = createServer().listen(port, host)
  try {
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

async function canBindUdp(host: string, port: number): Promise<boolean> {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4')
  try {
    socket.bind(port, host)
    await once(socket, 'listening')
    return true
  } catch {
    return false
  } finally {
    socket.close()
  }
}
