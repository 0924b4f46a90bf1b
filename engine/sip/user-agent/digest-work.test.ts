/** What is computed for credentials is the same whether the user exists or not (SIP.md §2 row 13): counted, where `npm run bench:door` takes the time. */
import type * as crypto from 'node:crypto'
import { beforeEach, expect, it, vi } from 'vitest'
import { present } from '../testing/stage.ts'
import { request } from '../testing/wire.ts'
import { DigestVerifier, digestSecret } from './digest.ts'

/** Hashes that were computed, with the length of what went in, and users that were looked up. */
const work: string[] = []

vi.mock('node:crypto', async importOriginal => {
  const original = await importOriginal<typeof crypto>()
  const counted = <T extends crypto.Hash | crypto.Hmac>(what: string, hash: T): T => {
    const update = hash.update.bind(hash)
    hash.update = ((text: string) => {
      work.push(`${what} of ${Buffer.byteLength(text)}`)
      return update(text)
    }) as T['update']
    return hash
  }
  return {
    ...original,
    createHash: (name: string) => counted(name, original.createHash(name)),
    createHmac: (name: string, key: Uint8Array) => counted(`HMAC ${name}`, original.createHmac(name, key)),
  }
})

beforeEach(() => void work.splice(0))

it.each(['MD5', 'SHA-256'])('with %s: for a wrong password, a user of another realm and nobody', algorithm => {
  const realm = 'strowger'
  const verifier = new DigestVerifier({
    ...{ realm, algorithms: ['MD5', 'SHA-256'], nonceTtlMs: 60_000, key: new Uint8Array(32), now: () => 1_000_000 },
  })
  const users = new Map([
    ['ada', digestSecret('ada', realm, 'secret')],
    ['old', digestSecret('old', 'another', 'secret')],
  ])
  const nonce = present(/nonce="([^"]+)"/.exec(verifier.challenges(false)[0] ?? '')?.[1])
  const workFor = (username: string) => {
    const response = 'a'.repeat(algorithm === 'MD5' ? 32 : 64)
    const credentials = `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="sip:example.com", response="${response}", algorithm=${algorithm}, cnonce="c", qop=auth, nc=00000001`
    const attempt = request({
      ...{ method: 'REGISTER', uri: 'sip:example.com', headers: [`Authorization: ${credentials}`] },
    })
    work.splice(0)
    const verdict = verifier.verify(attempt, name => {
      work.push('user')
      return users.get(name) ?? null
    })
    expect(verdict).toMatchObject({ ok: false, why: 'wrong' })
    return work.splice(0)
  }
  const known = workFor('ada')
  expect(known.filter(one => one === 'user')).toHaveLength(1)
  expect(known.filter(one => one.startsWith(algorithm === 'MD5' ? 'md5' : 'sha256'))).toHaveLength(2)
  for (const name of ['old', 'eve', '__proto__']) expect([name, workFor(name)]).toEqual([name, known])
})
