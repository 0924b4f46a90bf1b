/** Certificates for tests, made on the spot: an authority and what it vouches for. Nothing of it outlives the test. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP, isIPv4 } from 'node:net'

export interface Authority {
  /** PEM */
  readonly ca: string
  /** A certificate for host names, numeric addresses and `sip:` URIs, valid for a day. */
  issue(...names: readonly string[]): { readonly cert: string; readonly key: string }
}

export function createAuthority(name = 'Test Authority'): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  // RFC 5280 §4.2.1.9: this one may vouch for others.
  const isAuthority = extension('2.5.29.19', der(0x30, der(0x01, Buffer.of(0xff))))
  return {
    ca: certificate({ subject: name, issuer: name, key: own.publicKey, signer: own.privateKey, extras: isAuthority }),
    issue(...names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const extras = extension('2.5.29.17', der(0x30, ...names.map(generalName)))
      const subject = names[0] ?? 'nobody'
      return {
        cert: certificate({ subject, issuer: name, key: publicKey, signer: own.privateKey, extras }),
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      }
    },
  }
}

interface Contents {
  readonly subject: string
  readonly issuer: string
  readonly key: KeyObject
  readonly signer: KeyObject
  readonly extras: Buffer
}

/** RFC 5280 §4.1 */
function certificate({ subject, issuer, key, signer, extras }: Contents): string {
  const ecdsaWithSha256 = der(0x30, oid('1.2.840.10045.4.3.2'))
  const day = 86_400_000
  const toSign = der(
    0x30,
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(issuer),
    der(0x30, time(Date.now() - day), time(Date.now() + day)),
    commonName(subject),
    key.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, extras)),
  )
  const signature = der(0x03, Buffer.of(0), sign('sha256', toSign, signer))
  const lines =
    der(0x30, toSign, ecdsaWithSha256, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function der(tag: number, ...contents: readonly Buffer[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const lengthBytes =
    length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, Math.floor(length / 256), length % 256]
  return Buffer.concat([Buffer.of(tag, ...lengthBytes), content])
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const arc of rest) {
    const groups = [arc % 128]
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(128 + (left % 128))
    bytes.push(...groups)
  }
  return der(0x06, Buffer.from(bytes))
}

function extension(id: string, value: Buffer): Buffer {
  return der(0x30, oid(id), der(0x04, value))
}

function commonName(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('2.5.4.3'), der(0x0c, Buffer.from(name)))))
}

function time(atMs: number): Buffer {
  const digits = new Date(atMs).toISOString().replace(/[-:T]|\.\d+/g, '')
  return der(0x18, Buffer.from(digits))
}

/** RFC 5280 §4.2.1.6: [6] URI, [7] address, [2] host name. */
function generalName(name: string): Buffer {
  if (name.startsWith('sip:')) return der(0x86, Buffer.from(name))
  if (isIP(name) === 0) return der(0x82, Buffer.from(name))
  if (isIPv4(name)) return der(0x87, Buffer.from(name.split('.').map(Number)))
  if (name !== '::1') throw new Error(`no certificate for ${name}: of IPv6 only ::1 is needed here`)
  return der(0x87, Buffer.from([...Array<number>(15).fill(0), 1]))
}
