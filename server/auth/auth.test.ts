/** Passwords, sign-in, sessions, cookies, keys and origins. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPasswords } from '../../engine/node/passwords.ts'
import { createHarness, type Harness } from '../testing/harness.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { createMemoryAccounts } from '../testing/memory-accounts.ts'
import { adminName, createAgentAccounts, ensureAdministrator } from './accounts.ts'
import { isCookieTrusted, isSocketOriginAllowed } from './origins.ts'
import { createSignInLimit } from './sign-in-limit.ts'
import { newPassword } from './tokens.ts'

const cheap = createPasswords({ log2N: 2, r: 1, p: 1 })

describe('passwords', () => {
  it('verifies its own hashes, whatever they cost, and nothing else', async () => {
    const dear = createPasswords({ log2N: 6, r: 8, p: 2 })
    const hash = await dear.hash('käse')
    expect(hash).toMatch(/^\$scrypt\$ln=6,r=8,p=2\$/)
    expect(await cheap.verify('käse', hash)).toBe(true)
    expect(await cheap.verify('ka\u0308se', hash)).toBe(true)
    expect(await cheap.verify('kase', hash)).toBe(false)
    expect(await cheap.verify('käse', null)).toBe(false)
    expect(await cheap.verify('käse', 'plain')).toBe(false)
    expect(await dear.hash('käse')).not.toBe(hash)
  })

  it('works through many at once', async () => {
    const hashes = await Promise.all(Array.from({ length: 8 }, (_, i) => cheap.hash(`p${i}`)))
    const verified = await Promise.all(hashes.map((hash, i) => cheap.verify(`p${i}`, hash)))
    expect(verified).toEqual(Array(8).fill(true))
  })

  it('makes up passwords that a person can type', () => {
    expect(newPassword()).toMatch(/^[a-hjkmnp-z2-9]{16}$/)
    expect(newPassword()).not.toBe(newPassword())
  })
})

describe('sign-in limit', () => {
  it('counts failures per address and per user there, and forgets after a minute', () => {
    const clock = createManualClock()
    const limit = createSignInLimit(clock)
    for (let i = 0; i < 10; i++) expect(limit.begin('a', 'ada')).toHaveProperty('succeeded')
    expect(limit.begin('a', 'ada')).toEqual({ retryAfterMs: 60_000 })
    expect(limit.begin('a', 'grace')).toHaveProperty('retryAfterMs')
    expect(limit.begin('b', 'ada')).toHaveProperty('succeeded')
    clock.advance(60_000)
    expect(limit.begin('a', 'ada')).toHaveProperty('succeeded')
  })

  it('does not count what succeeded', () => {
    const limit = createSignInLimit(createManualClock())
    for (let i = 0; i < 50; i++) {
      const attempt = limit.begin('a', 'ada')
      if ('succeeded' in attempt) attempt.succeeded()
    }
    expect(limit.begin('a', 'ada')).toHaveProperty('succeeded')
  })
})

describe('origins', () => {
  const loopback = { httpHost: '127.0.0.1', origins: ['https://crm.example'] }
  const open = { httpHost: '0.0.0.0', origins: ['https://crm.example'] }
  it.each([
    [{ host: 'cc.example' }, open, true],
    [{ host: 'cc.example', origin: 'https://cc.example' }, open, true],
    [{ host: 'CC.example:8080', origin: 'http://cc.example:8080' }, open, true],
    [{ host: 'cc.example', origin: 'https://crm.example' }, open, true],
    [{ host: 'cc.example', origin: 'https://evil.example' }, open, false],
    [{ host: 'cc.example', origin: 'null' }, open, false],
    [{ host: 'cc.example', origin: 'http://localhost:5173' }, open, false],
    [{ host: '127.0.0.1:8080', origin: 'http://localhost:5173' }, loopback, true],
    [{ host: '127.0.0.1:8080', origin: 'http://[::1]:5173' }, loopback, true],
    [{ host: '127.0.0.1:8080', origin: 'http://evil.example' }, loopback, false],
    [{ host: '127.0.0.1:8080', origin: 'http://127.0.0.1.evil.example' }, loopback, false],
  ])('socket %j with %j: %s', (headers, policy, expected) => {
    expect(isSocketOriginAllowed(headers, policy)).toBe(expected)
  })

  it.each([
    [{ host: 'h', 'sec-fetch-site': 'same-origin', origin: 'http://h' }, true],
    [{ host: 'h', 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }, false],
    [{ host: 'h', 'sec-fetch-site': 'cross-site' }, false],
    [{ host: 'h', 'sec-fetch-site': 'cross-site', origin: 'https://crm.example' }, true],
    [{ host: 'h', origin: 'http://h' }, true],
    [{ host: 'h', origin: 'http://evil.example' }, false],
    [{ host: 'h' }, true],
  ])('cookie %j: %s', (headers, expected) => {
    expect(isCookieTrusted(headers, loopback)).toBe(expected)
  })
})

describe('accounts that follow', () => {
  const center = (agents: object[]) => ({ agents }) as never

  it('makes up the administrator once, and takes a given password at each start', async () => {
    const accounts = await createMemoryAccounts()
    const made = await ensureAdministrator(accounts, cheap, null)
    expect(made).toHaveLength(16)
    expect(await ensureAdministrator(accounts, cheap, null)).toBeNull()
    const before = await accounts.findUser(adminName)
    expect(before?.role).toBe('administrator')
    expect(await ensureAdministrator(accounts, cheap, 'new')).toBeNull()
    const after = await accounts.findUser(adminName)
    expect(await cheap.verify('new', after?.passwordHash ?? null)).toBe(true)
    await ensureAdministrator(accounts, cheap, 'new')
    expect((await accounts.findUser(adminName))?.passwordHash).toBe(after?.passwordHash)
  })

  it('gives agents with a password an account, keeps it without one, and takes it away with the agent', async () => {
    const accounts = await createMemoryAccounts()
    const ended: string[] = []
    const endSessionsOf = async (username: string) => {
      ended.push(username)
    }
    const keeper = createAgentAccounts({ accounts, passwords: cheap, endSessionsOf })
    const first = center([{ id: 'ada', password: 'one' }, { id: 'grace' }])
    await keeper.follow(center([]), first)
    expect(await accounts.findUser('grace')).toBeNull()
    const account = await accounts.findUser('ada')
    expect(account).toMatchObject({ role: 'agent', agentId: 'ada' })

    await keeper.follow(first, center([{ id: 'ada' }]))
    await keeper.follow(first, center([{ id: 'ada', password: 'one' }]))
    expect(await accounts.findUser('ada')).toEqual(account)
    expect(ended).toEqual([])

    await keeper.follow(first, center([{ id: 'ada', password: 'two' }]))
    expect(await cheap.verify('two', (await accounts.findUser('ada'))?.passwordHash ?? null)).toBe(true)
    expect(ended).toEqual(['ada'])

    await keeper.follow(first, center([]))
    expect(await accounts.findUser('ada')).toBeNull()
    expect(ended).toEqual(['ada', 'ada'])
  })

  it('refuses an agent that would take over somebody else', async () => {
    const accounts = await createMemoryAccounts()
    await accounts.saveUsers([{ username: 'sue', passwordHash: 'x', role: 'supervisor', agentId: null }])
    const keeper = createAgentAccounts({ accounts, passwords: cheap, endSessionsOf: async () => undefined })
    for (const id of ['sue', adminName])
      await expect(keeper.check(center([{ id, password: 'p' }]))).rejects.toMatchObject({
        code: 'config.invalid',
        problems: [{ path: 'agents[0].id', value: id }],
      })
    await expect(keeper.check(center([{ id: 'sue' }]))).resolves.toBeUndefined()
  })
})

describe('sessions over HTTP', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await createHarness({ httpOrigins: ['https://crm.example'] })
  })
  afterEach(() => harness.close())

  const signIn = (username: string, password: string, headers: Record<string, string> = {}) =>
    harness.app.inject({ method: 'POST', url: '/api/v1/session', payload: { username, password }, headers })

  it('signs in, says who it is, and signs out', async () => {
    const reply = await signIn('ada', 'password of ada')
    expect(reply.statusCode).toBe(200)
    const session = reply.json()
    expect(session).toMatchObject({
      user: 'ada',
      role: 'agent',
      agentId: 'ada',
      timeZone: 'Europe/London',
      notReadyReasons: ['Tea', 'Lunch'],
      expiresAt: '2099-01-06T00:00:00.000Z',
      serverTime: '2099-01-05T12:00:00.000Z',
    })
    expect(reply.headers['set-cookie']).toMatch(/^strowger_session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict$/)
    const headers = { authorization: `bearer ${session.token}` }
    const who = await harness.app.inject({ url: '/api/v1/session', headers })
    expect(who.json()).toMatchObject({ user: 'ada', scopes: expect.arrayContaining(['queues:read']) })
    expect(who.json().notReadyReasons).toEqual(session.notReadyReasons)
    expect(who.json()).not.toHaveProperty('token')
    expect((await harness.app.inject({ method: 'DELETE', url: '/api/v1/session', headers })).statusCode).toBe(204)
    expect((await harness.app.inject({ url: '/api/v1/session', headers })).statusCode).toBe(401)
  })

  it('says the same of an unknown user and a wrong password', async () => {
    const [unknown, wrong] = [await signIn('nobody', 'x'), await signIn('ada', 'x')]
    expect(unknown.statusCode).toBe(401)
    expect(unknown.body).toBe(wrong.body)
  })

  it('stops guessing from one address, even in parallel, but locks nobody out elsewhere', async () => {
    const replies = await Promise.all(Array.from({ length: 15 }, () => signIn('ada', 'wrong')))
    expect(replies.map(reply => reply.statusCode).sort()).toEqual([...Array(10).fill(401), ...Array(5).fill(429)])
    const refused = await signIn('ada', 'password of ada')
    expect(refused.json()).toMatchObject({ status: 429, code: 'request.too_many' })
    expect(refused.headers['retry-after']).toBe('60')
    const elsewhere = await signIn('ada', 'password of ada', { 'x-forwarded-for': '203.0.113.9' })
    expect(elsewhere.statusCode).toBe(200)
    harness.clock.advance(60_000)
    expect((await signIn('ada', 'password of ada')).statusCode).toBe(200)
  })

  it('keeps a used session alive and ends an unused one', async () => {
    const { token } = (await signIn('sue', 'password of sue')).json()
    const get = async () =>
      (await harness.app.inject({ url: '/api/v1/queues', headers: { authorization: `Bearer ${token}` } })).statusCode
    for (let i = 0; i < 4; i++) {
      harness.clock.advance(11 * 3_600_000)
      expect(await get()).toBe(200)
    }
    harness.clock.advance(12 * 3_600_000)
    expect(await get()).toBe(401)
  })

  it('takes the cookie, but not from a page of another site', async () => {
    const cookies = { strowger_session: harness.tokenOf('root') }
    const send = async (method: 'GET' | 'PUT', headers: Record<string, string>) => {
      const payload = method === 'PUT' ? { payload: { availability: 'available' } } : {}
      const url = method === 'PUT' ? '/api/v1/agents/ada/state' : '/api/v1/agents'
      return (
        await harness.app.inject({ method, url, cookies, headers: { host: 'cc.example', ...headers }, ...payload })
      ).statusCode
    }
    expect(await send('GET', {})).toBe(200)
    expect(await send('PUT', { origin: 'https://cc.example' })).toBe(200)
    expect(await send('PUT', { 'sec-fetch-site': 'same-origin', origin: 'https://cc.example' })).toBe(200)
    expect(await send('PUT', { origin: 'https://evil.example' })).toBe(403)
    expect(await send('PUT', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' })).toBe(403)
    expect(await send('PUT', { 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect((await signIn('ada', 'password of ada', { origin: 'https://evil.example' })).statusCode).toBe(403)
  })

  it('makes keys that do what their scopes say, until they are revoked', async () => {
    const made = await harness.as('root', 'POST', '/api-keys', { name: 'crm', scopes: ['screenpops:read'] })
    const { key, keyId } = made.json as { key: string; keyId: string }
    expect(key).toMatch(/^stk_/)
    const listed = await harness.as('root', 'GET', '/api-keys')
    expect(listed.json).toMatchObject({ items: [{ keyId, name: 'crm', role: 'integrator' }], next: null })
    expect(listed.text).not.toContain(key)
    expect(JSON.stringify(await harness.accounts.listApiKeys())).not.toContain(key)

    const headers = { authorization: `Bearer ${key}` }
    const get = async (url: string) => (await harness.app.inject({ url: `/api/v1${url}`, headers })).statusCode
    expect(await get('/screenpops')).toBe(200)
    expect(await get('/queues')).toBe(403)
    expect((await harness.as('root', 'DELETE', `/api-keys/${keyId}`)).status).toBe(204)
    expect(await get('/screenpops')).toBe(401)
    expect((await harness.as('root', 'DELETE', `/api-keys/${keyId}`)).status).toBe(404)
  })

  it('refuses keys for agents and scopes beyond the role', async () => {
    const agent = await harness.as('root', 'POST', '/api-keys', { name: 'x', role: 'agent' })
    expect(agent.json).toMatchObject({ status: 400, problems: [{ path: 'body.role' }] })
    const beyond = await harness.as('root', 'POST', '/api-keys', { name: 'x', scopes: ['center:write', 'nonsense'] })
    expect(beyond.json).toMatchObject({ problems: [{ path: 'body.scopes.0' }, { path: 'body.scopes.1' }] })
  })

  it.each([
    ['body.name', { name: 'a\u0000' }],
    ['body.name', { name: 'a\nb' }],
    ['body.scopes.0', { name: 'x', scopes: ['calls:read\u0000'] }],
    ['body.scopes.0', { name: 'x', scopes: ['s'.repeat(65)] }],
    ['body.scopes', { name: 'x', scopes: Array<string>(33).fill('calls:read') }],
  ])('refuses keys of which no database can keep the words, or that say far too much: %s %#', async (path, body) => {
    const reply = await harness.as('root', 'POST', '/api-keys', body)
    expect(reply).toMatchObject({ status: 400, json: { code: 'request.invalid', problems: [{ path }] } })
    expect(await harness.accounts.listApiKeys()).toEqual([])
  })
})
