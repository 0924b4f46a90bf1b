/** A name server of the tests: it says what it is told to, over UDP, in the format of RFC 1035. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import type { NaptrRecord, SrvRecord } from '../../engine/ports/network.ts'

export interface NamesGiven {
  readonly naptr?: Readonly<Record<string, readonly NaptrRecord[]>>
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>
  /** IPv4. */
  readonly addresses?: Readonly<Record<string, string>>
}

const types = { a: 1, srv: 33, naptr: 35 } as const
const ttlSec = 60

/** @returns where it answers, as `127.0.0.1:5353`; it ends with the test */
export async function startNameServer(names: NamesGiven): Promise<string> {
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => socket.send(answerTo(query, names), from.port, from.address))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  onTestFinished(() => void socket.close())
  return `127.0.0.1:${socket.address().port}`
}

function answerTo(query: Buffer, names: NamesGiven): Buffer {
  const { name, end } = readName(query)
  const type = query.readUInt16BE(end)
  const found = recordsOf(name.toLowerCase(), type, names)
  const known = [names.naptr, names.srv, names.addresses].some(each => each !== undefined && name.toLowerCase() in each)
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  // A response with recursion, and NXDOMAIN for a name of which nothing is known (RFC 1035 §4.1.1).
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(found.length, 6)
  const records = found.map(data => {
    const head = Buffer.alloc(12)
    // The name of the question, by a pointer to it.
    head.writeUInt16BE(0xc00c, 0)
    head.writeUInt16BE(type, 2)
    head.writeUInt16BE(1, 4)
    head.writeUInt32BE(ttlSec, 6)
    head.writeUInt16BE(data.length, 10)
    return Buffer.concat([head, data])
  })
  return Buffer.concat([header, query.subarray(12, end + 4), ...records])
}

function recordsOf(name: string, type: number, { naptr = {}, srv = {}, addresses = {} }: NamesGiven): Buffer[] {
  if (type === types.a) {
    const address = addresses[name]
    return address === undefined ? [] : [Buffer.from(address.split('.').map(Number))]
  }
  if (type === types.srv)
    return (srv[name] ?? []).map(({ priority, weight, port, name: target }) =>
      Buffer.concat([words(priority, weight, port), labels(target)]),
    )
  if (type !== types.naptr) return []
  return (naptr[name] ?? []).map(({ order, preference, flags, service, replacement }) =>
    Buffer.concat([words(order, preference), text(flags), text(service), text(''), labels(replacement)]),
  )
}

function readName(query: Buffer): { name: string; end: number } {
  const parts: string[] = []
  let at = 12
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    parts.push(query.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: parts.join('.'), end: at + 1 }
}

function words(...values: readonly number[]): Buffer {
  const buffer = Buffer.alloc(2 * values.length)
  values.forEach((value, i) => {
    buffer.writeUInt16BE(value, 2 * i)
  })
  return buffer
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([value.length]), Buffer.from(value, 'latin1')])
}

function labels(name: string): Buffer {
  return Buffer.concat([...name.split('.').map(text), Buffer.from([0])])
}
