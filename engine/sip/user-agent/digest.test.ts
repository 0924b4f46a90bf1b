/** Digest authentication: RFC 7616's own figures, and every way to get it wrong. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { present } from '../testing/stage.ts'
import { request } from '../testing/wire.ts'
import { DigestVerifier, digestSecret, parseDigestCredentials } from './digest.ts'

const hashNames = new Map([
  ['MD5', 'md5'],
  ['SHA-256', 'sha256'],
])

function setUp(options: { algorithms?: string[]; realm?: string; key?: number; maxNonces?: number } = {}) {
  const state = { now: 1_000_000 }
  const realm = options.realm ?? 'strowger'
  const verifier = new DigestVerifier({
    realm,
    algorithms: options.algorithms ?? ['MD5', 'SHA-256'],
    nonceTtlMs: 60_000,
    key: new Uint8Array(32).fill(options.key ?? 1),
    now: () => state.now,
    ...(options.maxNonces === undefined ? {} : { maxNonces: options.maxNonces }),
  })
  const users = new Map([
    ['ada', digestSecret('ada', realm, 'secret')],
    ['old', digestSecret('old', 'another realm', 'secret')],
  ])
  const nonce = () => present(/nonce="([^"]+)"/.exec(verifier.challenges(false)[0] ?? '')?.[1])
  const verify = (...values: string[]) =>
    verifier.verify(
      request({ method: 'REGISTER', uri: 'sip:example.com', headers: values.map(value => `Authorization: ${value}`) }),
      username => users.get(username) ?? null,
    )
  return { state, verifier, nonce, verify }
}

/** What a phone computes (RFC 7616 §3.4.1), with whatever a test changes. */
function credentials(nonce: string, change: Readonly<Record<string, string>> = {}): string {
  const field = {
    username: 'ada',
    realm: 'strowger',
    password: 'secret',
    method: 'REGISTER',
    uri: 'sip:example.com',
    algorithm: 'MD5',
    nc: '00000001',
    cnonce: 'c',
    qop: 'auth',
    ...change,
  }
  const hash = (text: string) =>
    createHash(hashNames.get(field.algorithm) ?? 'md5')
      .update(text)
      .digest('hex')
  const ha1 = hash(`${field.username}:${field.realm}:${field.password}`)
  const ha2 = hash(`${field.method}:${field.uri}`)
  const response = change.response ?? hash(`${ha1}:${nonce}:${field.nc}:${field.cnonce}:${field.qop}:${ha2}`)
  return `Digest username="${field.username}", realm="${field.realm}", nonce="${nonce}", uri="${field.uri}", response="${response}", algorithm=${field.algorithm}, cnonce="${field.cnonce}", qop=${field.qop}, nc=${field.nc}`
}

describe('RFC 7616 §3.9.1', () => {
  const rfc = (algorithm: string, response: string) =>
    `Digest username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="${response}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`

  it.each([
    ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
    ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
  ])('%s: the hash is the RFC’s; only the nonce is not ours', (algorithm, response) => {
    const { verifier } = setUp({ realm: 'http-auth@example.org' })
    const secret = digestSecret('Mufasa', 'http-auth@example.org', 'Circle of Life')
    const verdict = (value: string) =>
      verifier.verify(
        request({ method: 'GET', uri: '/dir/index.html', headers: [`Authorization: ${value}`] }),
        () => secret,
      )
    expect(verdict(rfc(algorithm, response))).toMatchObject({ ok: false, why: 'stale', username: 'Mufasa' })
    expect(verdict(rfc(algorithm, response.replace('c', 'd')))).toMatchObject({ why: 'wrong' })
  })
})

describe('challenges', () => {
  it('name the algorithms in the configured order, with qop', () => {
    const { verifier } = setUp()
    expect(verifier.challenges(false)).toEqual([
      expect.stringMatching(/^Digest realm="strowger", nonce="[^"]+", algorithm=MD5, qop="auth"$/),
      expect.stringMatching(/^Digest realm="strowger", nonce="[^"]+", algorithm=SHA-256, qop="auth"$/),
    ])
    expect(setUp({ algorithms: ['SHA-256'] }).verifier.challenges(true)).toEqual([
      expect.stringMatching(/algorithm=SHA-256, qop="auth", stale=true$/),
    ])
  })
})

describe('credentials', () => {
  it.each(['MD5', 'SHA-256'])('with %s are right', algorithm => {
    const { nonce, verify } = setUp()
    expect(verify(credentials(nonce(), { algorithm }))).toEqual({ ok: true, username: 'ada' })
  })

  it('without an algorithm mean MD5', () => {
    const { nonce, verify } = setUp()
    expect(verify(credentials(nonce()).replace(', algorithm=MD5', ''))).toMatchObject({ ok: true })
  })

  it('are found among those of other realms and schemes', () => {
    const { nonce, verify } = setUp()
    const found = verify('Basic YTpi', credentials('x', { realm: 'elsewhere' }), credentials(nonce()))
    expect(found).toMatchObject({ ok: true })
  })

  it.each([
    ['none', []],
    ['another scheme', ['Basic YTpi']],
    ['another realm', [credentials('x', { realm: 'elsewhere' })]],
    ['nonsense', ['Digest realm']],
    ['an open quote', ['Digest realm="strowger']],
  ])('%s: missing, which is no failure', (_what, values) => {
    expect(setUp().verify(...values)).toEqual({ ok: false, why: 'missing', username: '', proven: false })
  })

  it.each([
    ['a wrong password', { password: 'guess' }],
    ['an unknown user', { username: 'eve' }],
    ['a user named __proto__', { username: '__proto__' }],
    ['a user whose secret is for another realm', { username: 'old' }],
    ['another method', { method: 'INVITE' }],
    ['another URI', { uri: 'sip:other.example.com' }],
    ['a URI that is none', { uri: 'x' }],
    ['no qop', { qop: '' }],
    ['qop=auth-int', { qop: 'auth-int' }],
    ['no cnonce', { cnonce: '' }],
    ['a short nc', { nc: '1' }],
    ['an nc that is no number', { nc: '0000000g' }],
    ['nc 0', { nc: '00000000' }],
    ['an algorithm that we do not offer', { algorithm: 'SHA-512-256' }],
    ['an algorithm named constructor', { algorithm: 'constructor' }],
    ['an empty response', { response: '' }],
    // As many characters as a digest, but more bytes: comparing must not throw.
    ['a response of other letters', { response: 'é'.repeat(32) }],
    ['a response that is longer in lower case', { response: 'İ'.repeat(16) }],
  ])('%s: wrong, never stale', (_what, change) => {
    const { nonce, verify } = setUp()
    expect(verify(credentials(nonce(), change))).toMatchObject({ ok: false, why: 'wrong' })
  })

  it.each(['é'.repeat(32), 'x', '', '.', `x.${'é'.repeat(32)}`, '-1.', '9e9.x'])('with the nonce %j: stale', made => {
    expect(setUp().verify(credentials(made))).toMatchObject({ ok: false, why: 'stale' })
  })

  it('may spell the URI another way', () => {
    const { nonce, verify } = setUp()
    expect(verify(credentials(nonce(), { uri: 'SIP:EXAMPLE.com' }))).toMatchObject({ ok: true })
  })

  it('of an unknown user and of a wrong password can not be told apart', () => {
    const { nonce, verify } = setUp()
    const shared = nonce()
    const unknown = verify(credentials(shared, { username: 'eve' }))
    const wrong = verify(credentials(shared, { password: 'guess' }))
    expect({ ...unknown, username: '' }).toEqual({ ...wrong, username: '' })
  })
})

describe('nonces', () => {
  it('live as long as configured, then right credentials are stale and wrong ones are wrong', () => {
    const { state, nonce, verify } = setUp()
    const made = nonce()
    state.now += 60_000
    expect(verify(credentials(made))).toMatchObject({ ok: true })
    state.now += 1
    expect(verify(credentials(made, { nc: '00000002' }))).toMatchObject({ why: 'stale' })
    expect(verify(credentials(made, { nc: '00000003', password: 'guess' }))).toMatchObject({ why: 'wrong' })
  })

  it('from the future are stale', () => {
    const { state, nonce, verify } = setUp()
    const made = nonce()
    state.now -= 1_000
    expect(verify(credentials(made))).toMatchObject({ why: 'stale' })
  })

  it('of another process or realm are stale', () => {
    expect(setUp().verify(credentials(setUp({ key: 2 }).nonce()))).toMatchObject({ why: 'stale' })
    expect(setUp().verify(credentials(setUp({ realm: 'other' }).nonce()))).toMatchObject({ why: 'stale' })
  })

  it('prove whom they were given to, and nobody else', () => {
    const { verifier } = setUp()
    const given = present(/nonce="([^"]+)"/.exec(verifier.challenges(false, '10.0.0.7')[0] ?? '')?.[1])
    const attempt = (source: string, nonce = given) => {
      const seen: unknown[] = []
      const headers = [`Authorization: ${credentials(nonce, { password: 'guess' })}`]
      const verdict = verifier.verify(request({ method: 'REGISTER', uri: 'sip:example.com', headers }), () => null, {
        source,
        mayTry: (username, proven) => seen.push([username, proven]) > 0,
      })
      expect(seen).toEqual([['ada', verdict.ok ? null : verdict.proven]])
      return verdict.ok ? null : verdict.proven
    }
    expect(attempt('10.0.0.7')).toBe(true)
    expect(attempt('10.0.0.8')).toBe(false)
    expect(attempt('10.0.0.7', 'made.up.nonce')).toBe(false)
    expect(attempt('10.0.0.7', given.slice(0, -1))).toBe(false)
    expect(attempt('', '')).toBe(false)
  })

  it('that may not be tried are not looked at', () => {
    const { verifier, nonce } = setUp()
    const headers = [`Authorization: ${credentials(nonce())}`]
    const never = () => {
      throw new Error('looked up')
    }
    const verdict = verifier.verify(request({ method: 'REGISTER', uri: 'sip:example.com', headers }), never, {
      source: '',
      mayTry: () => false,
    })
    expect(verdict).toMatchObject({ ok: false, why: 'throttled' })
  })

  it('count up: a replay is refused, a gap is not', () => {
    const { nonce, verify } = setUp()
    const made = nonce()
    expect(verify(credentials(made, { nc: '00000001' }))).toMatchObject({ ok: true })
    expect(verify(credentials(made, { nc: '00000001' }))).toMatchObject({ ok: false, why: 'replayed' })
    expect(verify(credentials(made, { nc: '0000000a' }))).toMatchObject({ ok: true })
    expect(verify(credentials(made, { nc: '00000009' }))).toMatchObject({ ok: false, why: 'replayed' })
    expect(verify(credentials(made, { nc: '0000000B' }))).toMatchObject({ ok: true })
  })

  it('whose count had to be forgotten are stale, and no replay comes through', () => {
    const { state, nonce, verify } = setUp({ maxNonces: 4 })
    const first = credentials(nonce())
    expect(verify(first)).toMatchObject({ ok: true })
    for (let index = 0; index < 4; index++) {
      state.now++
      expect(verify(credentials(nonce()))).toMatchObject({ ok: true })
    }
    expect(verify(first)).toMatchObject({ ok: false, why: 'stale' })
  })

  it('that were used stay used when the settings change', () => {
    const { verifier, nonce, verify } = setUp()
    const used = credentials(nonce())
    expect(verify(used)).toMatchObject({ ok: true })
    verifier.configure({ realm: 'strowger', algorithms: ['MD5'], nonceTtlMs: 300_000 })
    expect(verify(used)).toMatchObject({ ok: false, why: 'replayed' })
  })

  it('wrong credentials use up no count', () => {
    const { nonce, verify } = setUp()
    const made = nonce()
    verify(credentials(made, { nc: 'ffffffff', password: 'guess' }))
    expect(verify(credentials(made))).toMatchObject({ ok: true })
  })
})

describe('the parameters of Authorization', () => {
  it('are taken with blanks, quotes and escapes', () => {
    const parsed = parseDigestCredentials('DIGEST Username = "a\\"b, c" ,nc=1,\tqop=auth')
    expect([...(parsed ?? [])]).toEqual([
      ['username', 'a"b, c'],
      ['nc', '1'],
      ['qop', 'auth'],
    ])
  })

  it.each(['', 'Digest', 'Digest a', 'Digest a="b" c=d', 'Basic a=b'])('%j is none', value => {
    expect(parseDigestCredentials(value)?.size ?? 0).toBe(0)
  })
})

it('the secret is HA1 for each algorithm, and no password', () => {
  const secret = digestSecret('ada', 'strowger', 'secret')
  expect(secret).toEqual({
    realm: 'strowger',
    ha1: {
      MD5: createHash('md5').update('ada:strowger:secret').digest('hex'),
      'SHA-256': createHash('sha256').update('ada:strowger:secret').digest('hex'),
    },
  })
})
