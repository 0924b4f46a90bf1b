/**
 * HTTP for lookups, with a guard: a name is resolved once, each address is judged, and the connection goes to an address
 * that was judged. Private, loopback and link-local addresses are refused unless they are allowed by name of address.
 */
import { lookup as resolve } from 'node:dns'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { HttpPort, HttpReply, HttpRequest } from '../ports/http.ts'

const inner = blocks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
  '::/128',
  '::1/128',
  '64:ff9b::/96',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
])

export function createNodeHttp(): HttpPort {
  return { get }
}

function get({ url, headers, timeoutMs, maxBytes, allow }: HttpRequest): Promise<HttpReply> {
  const target = new URL(url)
  const allowed = blocks(allow)
  const send = target.protocol === 'https:' ? requestHttps : requestHttp
  const host = target.hostname.replace(/^\[|\]$/g, '')
  return new Promise((done, fail) => {
    // A numeric host is not looked up, so it is judged here.
    if (isIP(host) !== 0 && isInner(host, allowed)) {
      fail(new Error(`${host} is a private address that lookups.allow does not name`))
      return
    }
    const request = send(
      target,
      {
        method: 'GET',
        headers: { accept: 'application/json', ...headers },
        lookup: guardedLookup(allowed),
        signal: AbortSignal.timeout(timeoutMs),
      },
      response => {
        const parts: Buffer[] = []
        let length = 0
        response.on('data', (part: Buffer) => {
          length += part.length
          if (length <= maxBytes) {
            parts.push(part)
            return
          }
          fail(new Error(`the answer is longer than ${maxBytes} bytes`))
          response.destroy()
        })
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
        )
        response.on('error', fail)
      },
    )
    request.on('error', fail)
    request.end()
  })
}

function guardedLookup(allowed: BlockList): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0)
        return
      }
      const reachable = addresses.filter(({ address }) => !isInner(address, allowed))
      const [first] = reachable
      if (first === undefined) {
        callback(new Error(`${hostname} has private addresses alone, which lookups.allow does not name`), '', 0)
        return
      }
      if (options.all === true) callback(null, reachable)
      else callback(null, first.address, first.family)
    })
  }
}

function isInner(address: string, allowed: BlockList): boolean {
  // An IPv4 address in IPv6 clothes is judged as what it is.
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? hexMapped(address)
  const plain = mapped ?? address
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  return inner.check(plain, family) && !allowed.check(plain, family)
}

/** `::ffff:7f00:1`, as URLs write `::ffff:127.0.0.1`. */
function hexMapped(address: string): string | undefined {
  const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address)
  if (match === null) return undefined
  const [high, low] = [Number.parseInt(match[1] ?? '0', 16), Number.parseInt(match[2] ?? '0', 16)]
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

function blocks(texts: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of texts) {
    const [address = '', bits] = text.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}
