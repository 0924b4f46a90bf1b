/** What every request meets: problem documents, probes, documentation, the dashboard's files, headers. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { groupSections, listSections } from './center-sections.ts'
import { createHarness, type Harness } from './testing/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(async () => {
  await harness.close()
})

describe('problem documents', () => {
  it('answers an unknown address with 404', async () => {
    const reply = await harness.app.inject('/api/v1/nothing')
    expect(reply.statusCode).toBe(404)
    expect(reply.headers['content-type']).toContain('application/problem+json')
    expect(reply.json()).toMatchObject({ status: 404, code: 'request.not_found', instance: '/api/v1/nothing' })
  })

  it('answers a missing, a wrong and an expired token with 401 and a challenge', async () => {
    const without = await harness.app.inject('/api/v1/queues')
    expect(without.statusCode).toBe(401)
    expect(without.headers['www-authenticate']).toBe('Bearer')
    expect(without.json()).toMatchObject({ code: 'auth.failed', status: 401 })
    const headers = { authorization: 'Bearer wrong' }
    expect((await harness.app.inject({ url: '/api/v1/queues', headers })).statusCode).toBe(401)
    harness.clock.advance(12 * 3_600_000)
    expect((await harness.as('root', 'GET', '/queues')).status).toBe(401)
  })

  it('names every fault of a request that does not fit', async () => {
    const reply = await harness.as('root', 'PUT', '/agents/ada/state', { availability: 'maybe', colour: 'red' })
    expect(reply.status).toBe(400)
    expect(reply.type).toContain('application/problem+json')
    expect(reply.json).toMatchObject({
      code: 'request.invalid',
      problems: expect.arrayContaining([
        { path: 'body.availability', value: 'maybe', allowed: 'available | notReady' },
        expect.objectContaining({ path: 'body.colour' }),
      ]),
    })
    expect((await harness.as('root', 'GET', '/calls?limit=0')).json).toMatchObject({
      problems: [expect.objectContaining({ path: 'querystring.limit', value: 0 })],
    })
  })

  it('answers broken JSON with 400 and a body of a strange type with 415', async () => {
    const send = (type: string, payload: string) =>
      harness.app.inject({
        method: 'PUT',
        url: '/api/v1/agents/ada/state',
        headers: { authorization: `Bearer ${harness.tokenOf('root')}`, 'content-type': type },
        payload,
      })
    expect((await send('application/json', '{')).json()).toMatchObject({ status: 400, code: 'request.invalid' })
    expect((await send('application/x-strange', 'x')).json()).toMatchObject({ status: 415, code: 'request.invalid' })
  })

  it('does not tell what failed inside', async () => {
    harness.engine.queues.list = () => {
      throw new Error('secret detail')
    }
    const reply = await harness.as('root', 'GET', '/queues')
    expect(reply.status).toBe(500)
    expect(reply.text).not.toContain('secret detail')
    expect(reply.json).toMatchObject({ code: 'server.failed' })
  })
})

describe('probes', () => {
  it('is healthy while the process works, and says what is degraded', async () => {
    harness.engine.healthIs({ status: 'degraded', notes: ['journal is slow'] })
    const reply = await harness.app.inject('/healthz')
    expect(reply.statusCode).toBe(200)
    expect(reply.json()).toMatchObject({ status: 'degraded', notes: ['journal is slow'] })
  })

  it.each([
    [{ status: 'ok' }, 200],
    [{ status: 'degraded' }, 200],
    [{ status: 'draining' }, 503],
    [{ sip: false }, 503],
    [{ store: false }, 503],
  ] as const)('is ready with %j: %i', async (health, status) => {
    harness.engine.healthIs(health)
    expect((await harness.app.inject('/readyz')).statusCode).toBe(status)
  })

  it('shows metrics as they are at the scrape, each app its own', async () => {
    const other = await createHarness()
    harness.engine.addCall({ callId: 'c1' })
    const text = (await harness.app.inject('/metrics')).body
    expect(text).toContain('strowger_calls_total 1\n')
    expect(text).toContain('strowger_offers_total{outcome="timed_out"} 1')
    expect(text).toContain('strowger_queue_waiting{queue="support"} 2')
    for (const name of ['sip_auth_failures_total', 'sip_bans_total', 'sip_banned', 'calls_shed_total', 'overloaded'])
      expect(text).toContain(`strowger_${name} 0\n`)
    expect((await harness.app.inject('/metrics')).body).toContain('strowger_calls_total 1\n')
    expect((await other.app.inject('/metrics')).body).toContain('strowger_calls_total 0\n')
    await other.close()
  })
})

describe('documentation', () => {
  it('describes every route of the interface', async () => {
    const document = (await harness.app.inject('/docs/json')).json() as { paths: Record<string, object> }
    const described = [
      '/api/v1/agents',
      '/api/v1/agents/{id}',
      '/api/v1/agents/{id}/device',
      '/api/v1/agents/{id}/queues/{queueId}',
      '/api/v1/agents/{id}/session',
      '/api/v1/agents/{id}/state',
      '/api/v1/agents/{id}/wrap-up',
      '/api/v1/agents/{id}/wrap-up/complete',
      '/api/v1/agents/{id}/wrap-up/extend',
      '/api/v1/agents/{id}/wrap-up/request',
      '/api/v1/api-keys',
      '/api/v1/api-keys/{id}',
      '/api/v1/callbacks',
      '/api/v1/callbacks/{id}',
      '/api/v1/callbacks/{id}/explain',
      '/api/v1/calls',
      '/api/v1/calls/{id}',
      '/api/v1/calls/{id}/explain',
      '/api/v1/calls/{id}/hangup',
      '/api/v1/calls/{id}/transfer',
      '/api/v1/center',
      ...[...groupSections, ...listSections].map(({ name }) => `/api/v1/center/${name}`),
      ...listSections.map(({ name }) => `/api/v1/center/${name}/{id}`),
      '/api/v1/center/schema',
      '/api/v1/devices',
      '/api/v1/events',
      '/api/v1/hours',
      '/api/v1/hours/{id}',
      '/api/v1/hours/{id}/override',
      '/api/v1/mailboxes',
      '/api/v1/queues',
      '/api/v1/queues/{id}',
      '/api/v1/queues/{id}/callbacks',
      '/api/v1/queues/{id}/explain',
      '/api/v1/screenpops',
      '/api/v1/screenpops/{id}/ack',
      '/api/v1/session',
      '/api/v1/staffing',
      '/api/v1/staffing-simulations',
      '/api/v1/trunks',
      '/api/v1/voicemail',
      '/api/v1/voicemail/{id}',
      '/api/v1/voicemail/{id}/audio',
    ]
    expect(Object.keys(document.paths).sort()).toEqual(described.sort())
  })

  it('is readable without login', async () => {
    expect((await harness.app.inject('/docs/')).statusCode).toBe(200)
  })
})

describe('dashboard', () => {
  const asPage = { accept: 'text/html,*/*' }

  it('says so when it is not built', async () => {
    const reply = await harness.app.inject({ url: '/', headers: asPage })
    expect(reply.statusCode).toBe(503)
    expect(reply.body).toContain('npm run build')
  })

  it('serves the page for every address that is nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strowger-dashboard-'))
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<title>wallboard</title>')
    await writeFile(join(folder, 'assets', 'a-1.js'), 'export {}')
    const built = await createHarness({ dashboardFolder: folder })
    const get = (url: string, headers = asPage) => built.app.inject({ url, headers })
    for (const url of ['/', '/calls/abc']) {
      const page = await get(url)
      expect(page.statusCode).toBe(200)
      expect(page.body).toContain('wallboard')
      expect(page.headers['cache-control']).toBe('no-cache')
      expect(page.headers['content-security-policy']).toContain("default-src 'self'")
    }
    expect((await get('/assets/a-1.js')).headers['cache-control']).toContain('immutable')
    expect((await get('/assets/gone.js')).statusCode).toBe(404)
    expect((await get('/gone.js', { accept: '*/*' })).statusCode).toBe(404)
    expect((await get('/api/v1/nothing')).statusCode).toBe(404)
    await built.close()
    await rm(folder, { recursive: true })
  })
})
