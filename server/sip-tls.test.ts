/** The certificate of SIP: one clear line for each fault, and read again when it changes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createEngine, type TlsIdentity } from '../engine/index.ts'
import { createAuthority } from '../engine/node/testing/certificates.ts'
import { keepTlsFresh, readTls, type TlsSettings } from './sip-tls.ts'
import { silentLogger } from './testing/silent-logger.ts'

const plain: TlsSettings = { sipListen: ['udp://127.0.0.1:5060'], sipTlsCert: null, sipTlsKey: null, sipTlsCa: null }
const authority = createAuthority()
let folder: string
let settings: TlsSettings

function put(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-tls-'))
  const { cert, key } = authority.issue('sip.example.com')
  settings = {
    sipListen: ['tls://127.0.0.1:0'],
    sipTlsCert: put('cert.pem', cert),
    sipTlsKey: put('key.pem', key),
    sipTlsCa: put('ca.pem', authority.ca),
  }
})
afterEach(() => {
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

describe('settings', () => {
  it('name files, which are read', () => {
    expect(readTls(plain)).toBeNull()
    expect(readTls(settings)).toMatchObject({ cert: expect.stringContaining('BEGIN CERTIFICATE'), ca: authority.ca })
    expect(readTls({ ...settings, sipTlsCa: null })).not.toHaveProperty('ca')
  })

  it.each([
    ['a tls:// address without them', () => ({ ...plain, sipListen: ['TLS://a:1'] }), 'SIP_TLS_CERT: got nothing'],
    ['a certificate without its key', () => ({ ...settings, sipTlsKey: null }), 'SIP_TLS_KEY: got nothing'],
    [
      'a file that is not there',
      () => ({ ...settings, sipTlsCert: '/no/such.pem' }),
      'SIP_TLS_CERT: got "/no/such.pem"',
    ],
    ['a folder', () => ({ ...settings, sipTlsCa: tmpdir() }), 'SIP_TLS_CA: got'],
  ])('%s: one line', (_what, given, words) => {
    expect(() => readTls(given())).toThrow(expect.objectContaining({ code: 'config.invalid' }))
    expect(() => readTls(given())).toThrow(words)
  })

  it('whose key does not fit are refused at start, in one line', async () => {
    put('key.pem', authority.issue('other.example.com').key)
    const engine = createEngine({ sip: { listen: settings.sipListen, tls: readTls(settings) as TlsIdentity } })
    const failed = await engine.start().catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'config.invalid' })
    expect(String(failed)).toMatch(/SIP_TLS_KEY.*the key does not belong to the certificate$/)
  })
})

describe('a new certificate', () => {
  it('is taken on demand, and a broken one is not', () => {
    const renewed: TlsIdentity[] = []
    const faults: unknown[] = []
    const logger = { ...silentLogger, error: (fields: object) => faults.push(fields) }
    const reloader = keepTlsFresh({ settings, logger, renew: identity => renewed.push(identity) })
    const next = authority.issue('new.example.com')
    put('cert.pem', next.cert)
    put('key.pem', next.key)
    reloader.reload()
    expect(renewed).toEqual([{ ...next, ca: authority.ca }])
    rmSync(join(folder, 'key.pem'))
    reloader.reload()
    expect([renewed.length, faults.length]).toEqual([1, 1])
    reloader.stop()
  })

  it('is taken when the file has changed', async () => {
    const renewed = Promise.withResolvers<TlsIdentity>()
    const options = { settings, logger: silentLogger, renew: renewed.resolve, everyMs: 20 }
    const reloader = keepTlsFresh(options)
    const next = authority.issue('new.example.com')
    put('cert.pem', next.cert)
    expect((await renewed.promise).cert).toBe(next.cert)
    reloader.stop()
  })
})
