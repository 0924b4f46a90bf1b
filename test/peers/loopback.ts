/** Addresses and ports of 127.0.0.0/8: each host of a scenario has an address of its own. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { until } from './deadline.ts'

export type Transport = 'udp' | 'tcp'

export const hosts = {
  engine: '127.0.0.1',
  caller: '127.0.0.2',
  agent: '127.0.0.3',
  secondAgent: '127.0.0.4',
  stranger: '127.0.0.5',
} as const

/** A port that is free for UDP and TCP at the moment. */
export async function freePort(host: string): Promise<number> {
  for (;;) {
    const port = await tryTcp(host, 0)
    if (port !== null && (await canBindUdp(host, port))) return port
  }
}

/** A free port of which the next one is free too. */
export async function freePortPair(host: string): Promise<number> {
  for (;;) {
    const port = await freePort(host)
    if ((await tryTcp(host, port + 1)) !== null && (await canBindUdp(host, port + 1))) return port
  }
}

/** Resolves once some program has bound the port. Linux only, as the programs that we wait for. */
export async function portTaken(transport: Transport, host: string, port: number): Promise<void> {
  await until(`${transport} ${host}:${port} to be bound`, () => (isTaken(transport, host, port) ? true : null))
}

function isTaken(transport: Transport, host: string, port: number): boolean {
  const address = host.split('.').reverse().map(hex(2)).join('')
  const table = readFileSync(`/proc/net/${transport}`, 'latin1')
  return [address, '00000000'].some(each => table.includes(`: ${each}:${hex(4)(port)} 00000000:0000 `))
}

function hex(digits: number): (value: string | number) => string {
  return value => Number(value).toString(16).toUpperCase().padStart(digits, '0')
}

/** The port, if it could be bound; 0 asks for any. */
async function tryTcp(host: string, wanted: number): Promise<number | null> {
  const server = createServer().listen(wanted, host)
  try {
    await once(server, 'listening')
  } catch {
    return null
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return address === null || typeof address === 'string' ? null : address.port
}

async function canBindUdp(host: string, port: number): Promise<boolean> {
  const socket = createSocket('udp4')
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
