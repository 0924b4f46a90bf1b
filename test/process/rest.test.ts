/** REST on the built server with its real engine and real calls: what a program without our client meets. */
import { beforeAll, describe, expect, it } from 'vitest'
import { until } from '../peers/deadline.ts'
import { contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippPath } from '../peers/sipp.ts'
import { type Ask, asking } from './http.ts'
import { adminPassword, requireBuild, startServer } from './server-process.ts'
import { watch } from './watch.ts'

const signInPath = '/api/v1/session'
const queueCenter = { queues: [{ id: 'support' }], numbers: [{ match: 'support', queue: 'support' }] }

beforeAll(requireBuild)

async function signedIn(url: string, username: string, password: string): Promise<Ask> {
  const { body } = await asking(url)('POST', signInPath, { username, password })
  return asking(url, (body as { token: string }).token)
}

describe('REST without calls', () => {
  it('knows who asks, and refuses with problem documents', async () => {
    const agents = [{ id: 'ada', password: 'of-ada', queues: ['support'] }]
    const { url } = await startServer({ folder: scratchFolder(), center: { ...queueCenter, agents } })
    const stranger = asking(url)
    const wrong = await stranger('POST', signInPath, { username: 'admin', password: 'guess' })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'auth.failed', status: 401 } })
    expect(wrong.headers.get('content-type')).toContain('application/problem+json')
    const admin = await stranger('POST', signInPath, { username: 'admin', password: adminPassword })
    expect(admin).toMatchObject({ status: 200, body: { role: 'administrator', agentId: null, timeZone: 'UTC' } })
    expect(admin.headers.get('set-cookie')).toMatch(/^strowger_session=.*HttpOnly.*SameSite=Strict/)

    const ask = await signedIn(url, 'admin', adminPassword)
    const ada = await signedIn(url, 'ada', 'of-ada')
    expect(await ada('GET', signInPath)).toMatchObject({ status: 200, body: { user: 'ada', role: 'agent' } })
    const problems = [
      [stranger, 'GET', '/api/v1/queues', undefined, 401, 'auth.failed'],
      [ask, 'GET', '/api/v1/calls/none', undefined, 404, 'call.unknown'],
      [ask, 'GET', '/api/v1/calls/none/explain', undefined, 404, 'call.unknown'],
      [ask, 'GET', '/api/v1/queues/none', undefined, 404, 'queue.unknown'],
      [ask, 'PUT', '/api/v1/agents/none/state', { availability: 'available' }, 404, 'agent.unknown'],
      [ask, 'PUT', '/api/v1/agents/ada/state', { availability: 'perhaps' }, 400, 'request.invalid'],
      [ask, 'POST', '/api/v1/agents/ada/wrap-up/complete', {}, 409, 'agent.conflict'],
      [ask, 'GET', '/api/v1/events?after=yesterday', undefined, 400, 'request.invalid'],
      [ask, 'PUT', '/api/v1/center', { queues: [{ id: 'x', musik: 1 }] }, 422, 'config.invalid'],
      [ask, 'GET', '/api/v1/nothing', undefined, 404, 'request.not_found'],
      [ada, 'GET', '/api/v1/events', undefined, 403, 'auth.forbidden'],
      [ada, 'GET', '/api/v1/center', undefined, 403, 'auth.forbidden'],
    ] as const
    for (const [as, method, path, body, status, code] of problems) {
      const answer = await as(method, path, body)
      expect(answer, `${method} ${path}`).toMatchObject({
        status,
        body: { type: `urn:strowger:problem:${code}`, title: expect.any(String), status, code },
      })
      expect(answer.headers.get('content-type'), path).toContain('application/problem+json')
    }
    const invalid = await ask('PUT', '/api/v1/center', { queues: [{ id: 'x', musik: 1 }] })
    expect(invalid.body).toMatchObject({
      problems: [{ path: 'queues[0].musik', value: 1, allowed: expect.stringContaining('music') }],
    })
    expect(await ask('DELETE', signInPath)).toMatchObject({ status: 204 })
    expect(await ask('GET', signInPath)).toMatchObject({ status: 401 })
  })

  it('answers probes, metrics and documentation without login', async () => {
    const { url } = await startServer({ folder: scratchFolder(), center: queueCenter })
    const ask = asking(url)
    expect(await ask('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok', sip: true, store: true } })
    expect(await ask('GET', '/readyz')).toMatchObject({ status: 200, body: { ready: true } })
    const docs = await ask('GET', '/docs')
    expect(docs).toMatchObject({ status: 200, body: expect.stringContaining('swagger') })
    const description = await ask('GET', '/docs/json')
    expect(description).toMatchObject({ status: 200, body: { openapi: expect.stringMatching(/^3\./) } })
    const paths = Object.keys((description.body as { paths: object }).paths)
    expect(paths).toEqual(expect.arrayContaining(['/api/v1/queues', '/api/v1/calls/{id}/explain', '/api/v1/events']))
    const page = await ask('GET', '/')
    expect(page).toMatchObject({ status: 200, body: expect.stringContaining('<div id="root">') })
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
  })
})

describe.skipIf(sippPath === null)(titled('REST around a call', 'SIPp', sippPath), () => {
  it('shows it waiting, offered, connected and ended, and why', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const contact = contactUri('a1', agent.host, agent.port)
    const server = await startServer({
      folder: scratchFolder(),
      center: {
        ...queueCenter,
        queues: [{ id: 'support', wrapUpMs: 60_000 }],
        agents: [{ id: 'a1', contact, queues: ['support'] }],
        trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
      },
    })
    const { log, token } = await watch(server)
    const ask = asking(server.url, token)
    const metric = async (name: string) => {
      const { body } = await asking(server.url)('GET', '/metrics')
      return new RegExp(`^${name} (\\S+)$`, 'm').exec(String(body))?.[1]
    }
    expect(await metric('strowger_queue_waiting{queue="support"}')).toBe('0')
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', server.address)
    const { callId } = (await log.waitFor('call.queued')).data
    expect(await metric('strowger_queue_waiting{queue="support"}')).toBe('1')
    expect(await metric('strowger_calls_active')).toBe('1')
    expect(await metric('strowger_sip_dialogs')).toBe('1')
    expect(Number(await metric('nodejs_heap_size_used_bytes'))).toBeGreaterThan(1e6)
    const live = await ask('GET', '/api/v1/calls?limit=1')
    expect(live.body).toMatchObject({ items: [{ callId, state: 'queued', queueId: 'support' }], next: null })
    const waits = await ask('GET', `/api/v1/calls/${callId}/explain`)
    expect(waits.body).toMatchObject({
      callId,
      state: 'queued',
      visits: [{ queueId: 'support', outcome: null, waitingBecause: expect.stringMatching(/./), offers: [] }],
    })
    expect((await ask('GET', '/api/v1/queues')).body).toMatchObject({
      items: [{ id: 'support', metrics: { waiting: 1, agents: { available: 0 } } }],
    })

    const changed = await ask('PUT', '/api/v1/agents/a1/state', { availability: 'available' })
    expect(changed).toMatchObject({ status: 200, body: { id: 'a1', session: 'online', availability: 'available' } })
    await log.waitFor('call.connected')
    const annotated = await ask('PATCH', `/api/v1/calls/${callId}`, { attributes: { ticket: '7' } })
    expect(annotated).toMatchObject({ status: 200, body: { attributes: { ticket: '7' } } })
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent)
    await log.waitFor('call.wrapup_started')
    const done = await ask('POST', '/api/v1/agents/a1/wrap-up/complete', { disposition: 'Resolved', notes: 'All good' })
    expect(done).toMatchObject({ status: 200, body: { slot: 'idle', today: { handled: 1 } } })
    await log.waitFor('call.wrapup_completed')

    const one = await ask('GET', `/api/v1/calls/${callId}`)
    expect(one.body).toMatchObject({
      state: 'completed',
      endedBy: 'customer',
      attributes: { ticket: '7' },
      segments: [{ agentId: 'a1', disposition: 'Resolved', notes: 'All good' }],
    })
    const { timeline } = one.body as { timeline: { type: string; cursor: string }[] }
    expect(timeline.map(({ type }) => type)).toEqual(
      expect.arrayContaining(['call.arrived', 'call.queued', 'offer.accepted', 'call.ended', 'call.wrapup_completed']),
    )
    expect((await ask('GET', `/api/v1/calls/${callId}/explain`)).body).toMatchObject({
      visits: [
        {
          outcome: 'answered',
          offers: [{ agentId: 'a1', outcome: 'accepted', explanation: { strategy: 'longest-idle', position: 1 } }],
        },
      ],
    })
    const from = Number(timeline[0]?.cursor) - 1
    const events = await ask('GET', `/api/v1/events?after=${from}&limit=2`)
    expect(events.body).toMatchObject({
      items: [{ type: 'call.arrived', cursor: String(from + 1) }, { cursor: String(from + 2) }],
      next: String(from + 2),
    })
    await until('nobody to wait', () => (log.all('queue.snapshot').at(-1)?.data.waiting === 0 ? true : null))
    expect(await metric('strowger_queue_waiting{queue="support"}')).toBe('0')
    expect(await metric('strowger_queue_answered_today{queue="support"}')).toBe('1')
  })
})
