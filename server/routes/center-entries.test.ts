/** The definition changed entry by entry: checked and applied as the whole, told from where the reader stands. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeEach(async () => {
  harness = await createHarness()
})
afterEach(() => harness.close())

const send = (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown, headers: object = {}) =>
  harness.app.inject({
    method,
    url: `/api/v1/center${path}`,
    headers: {
      authorization: `Bearer ${harness.tokenOf('root')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
  })
const inForce = () => harness.engine.center()

describe('one entry', () => {
  it('is read, defined anew in its place, and added at the end', async () => {
    expect((await send('GET', '/queues/support')).json()).toMatchObject({ id: 'support', strategy: 'longest-idle' })
    const put = await send('PUT', '/queues/support', { strategy: 'linear', name: 'Help' })
    expect([put.statusCode, put.json()]).toMatchObject([200, { id: 'support', name: 'Help', strategy: 'linear' }])
    const added = await send('PUT', '/queues/billing', { id: 'billing' })
    expect([added.statusCode, added.json().ringTimeoutMs]).toEqual([201, 15_000])
    expect(inForce().queues.map(({ id, strategy }) => [id, strategy])).toEqual([
      ['support', 'linear'],
      ['sales', 'longest-idle'],
      ['billing', 'longest-idle'],
    ])
    // What is absent has its default again.
    expect((await send('PUT', '/queues/support', {})).json()).toMatchObject({
      name: 'support',
      strategy: 'longest-idle',
    })
  })

  it('is changed in what a merge patch names', async () => {
    await send('PUT', '/queues/support', { strategy: 'linear', wrapUpMs: 1, announce: { position: true } })
    const patched = await send(
      'PATCH',
      '/queues/support',
      { wrapUpMs: null, announce: { everyMs: 60_000 } },
      { 'content-type': 'application/merge-patch+json' },
    )
    expect(patched.json()).toMatchObject({
      strategy: 'linear',
      wrapUpMs: 10_000,
      announce: { position: true, everyMs: 60_000 },
    })
    const yaml = await harness.app.inject({
      method: 'PATCH',
      url: '/api/v1/center/queues/support',
      headers: { authorization: `Bearer ${harness.tokenOf('root')}`, 'content-type': 'application/yaml' },
      payload: 'strategy: null',
    })
    expect(yaml.json()).toMatchObject({ strategy: 'longest-idle' })
  })

  it.each([
    ['numbers', '+4420*', { queue: 'sales' }],
    ['outbound', '+44', { trunk: 'carrier' }],
    ['blocked', '+44900*', { note: 'premium' }],
    ['hours', 'night', { weekly: [{ days: ['mon'], from: '20:00', to: '06:00' }] }],
    ['flows', 'main', { steps: [{ enqueue: 'sales' }] }],
    ['mailboxes', 'box', {}],
    ['devices', 'desk1', { zipTone: true }],
  ])('of %s has its key as its address', async (list, key, body) => {
    await send('PUT', '/trunks/carrier', { host: 'sip.example', password: 'hidden' })
    const path = `/${list}/${encodeURIComponent(key)}`
    const made = await send('PUT', path, body)
    expect([made.statusCode, made.json()]).toMatchObject([201, body])
    expect((await send('GET', path)).json()).toEqual(made.json())
    expect((await send('GET', `/${list}`)).json()).toContainEqual(made.json())
    expect((await send('DELETE', path)).statusCode).toBe(204)
    expect((await send('GET', path)).json()).toMatchObject({ code: 'center.unknown', status: 404 })
    expect((await send('DELETE', path)).statusCode).toBe(404)
    expect((await send('PATCH', path, {})).statusCode).toBe(404)
  })

  it('never tells a secret, and keeps one that is left out', async () => {
    const made = await send('PUT', '/agents/linus', { password: 'tux', number: '7', pin: '4711' })
    expect(made.body).not.toMatch(/tux|4711/)
    await send('PATCH', '/agents/linus', { name: 'Linus' })
    // What is applied has no password for him: the engine keeps his.
    expect(harness.engine.asked.at(-1)).toMatchObject([
      'applyCenter',
      { agents: [{}, {}, { name: 'Linus' }] },
      'user:root',
    ])
    expect(JSON.stringify(harness.engine.asked.at(-1))).not.toContain('tux')
    const credentials = { username: 'linus', password: 'tux' }
    const session = () => harness.app.inject({ method: 'POST', url: '/api/v1/session', payload: credentials })
    expect((await session()).statusCode).toBe(200)
    await send('DELETE', '/agents/linus')
    expect((await session()).statusCode).toBe(401)
  })

  it('with a fault is refused with paths within it, and others by their keys', async () => {
    const wrong = await send('PUT', '/queues/sales', { ringTimeoutMs: 5, bullseye: [{}], musik: 1 })
    expect([wrong.statusCode, wrong.json().problems.map(({ path }: { path: string }) => path)]).toEqual([
      422,
      ['ringTimeoutMs', 'bullseye[0].timeoutMs', 'musik'],
    ])
    expect((await send('PUT', '/queues/new', { requirements: 'a and' })).json().problems).toMatchObject([
      { path: 'requirements', value: 'a and' },
    ])
    expect((await send('PUT', '/queues/sales', 7)).json().problems).toMatchObject([{ path: '(root)', value: 7 }])
    expect((await send('PUT', '/numbers/200', {})).json().problems).toMatchObject([
      { path: '(root)', allowed: expect.stringContaining('exactly one of queue, agent and flow') },
    ])
    expect((await send('PUT', '/queues/sales', { id: 'other' })).json().problems).toMatchObject([
      { path: 'id', value: 'other', allowed: 'sales, as in the address' },
    ])
    await send('PUT', '/trunks/carrier', { host: 'sip.example' })
    await send('PUT', '/outbound/+44', { trunk: 'carrier' })
    expect((await send('PATCH', '/trunks/carrier', { host: null })).json().problems).toMatchObject([
      { path: 'outbound["+44"].trunk', value: 'carrier', allowed: 'a trunk that has a host' },
    ])
    expect(inForce().queues).toHaveLength(2)
  })

  it('that is needed elsewhere is not removed, and who needs it is told', async () => {
    await send('PUT', '/queues/support', { overflow: [{ afterMs: 1, to: { queue: 'sales' } }] })
    await send('PATCH', '/agents/grace', { queues: ['support', 'sales'] })
    const refused = await send('DELETE', '/queues/sales')
    expect(refused.statusCode).toBe(409)
    expect(refused.json()).toMatchObject({
      code: 'center.needed',
      detail: 'Queue sales is needed by agents["grace"].queues[1], queues["support"].overflow[0].to.queue',
      problems: [
        { path: 'agents["grace"].queues[1]', value: 'sales' },
        { path: 'queues["support"].overflow[0].to.queue' },
      ],
    })
    expect(inForce().queues).toHaveLength(2)
  })
})

describe('changes of two people', () => {
  it('do not overwrite each other when they say what they have read', async () => {
    const { etag = '' } = (await send('GET', '/queues/support')).headers as { etag?: string }
    const first = await send('PATCH', '/queues/support', { maxWaiting: 7 }, { 'if-match': etag })
    expect(first.statusCode).toBe(200)
    const second = await send('PATCH', '/queues/support', { maxWaiting: 8 }, { 'if-match': etag })
    expect([second.statusCode, second.json().code]).toEqual([412, 'center.changed'])
    expect((await send('DELETE', '/queues/support', undefined, { 'if-match': etag })).statusCode).toBe(412)
    const now = String(first.headers.etag)
    // A change of another entry is none of this one.
    await send('PATCH', '/queues/sales', { maxWaiting: 1 })
    expect((await send('PATCH', '/queues/support', { maxWaiting: 8 }, { 'if-match': now })).statusCode).toBe(200)
    expect((await send('PUT', '/queues/support', {}, { 'if-none-match': '*' })).statusCode).toBe(412)
    expect((await send('PUT', '/queues/new', {}, { 'if-none-match': '*' })).statusCode).toBe(201)
    expect((await send('PUT', '/queues/newer', {}, { 'if-match': '*' })).statusCode).toBe(412)
  })

  it('of the whole neither', async () => {
    const { etag = '' } = (await send('GET', '')).headers as { etag?: string }
    const patched = await send('PATCH', '', { timeZone: 'Europe/Berlin' }, { 'if-match': etag })
    expect(patched.json()).toMatchObject({ timeZone: 'Europe/Berlin', queues: [{ id: 'support' }, { id: 'sales' }] })
    expect((await send('PUT', '', {}, { 'if-match': etag })).statusCode).toBe(412)
    expect((await send('PUT', '', {}, { 'if-match': String(patched.headers.etag) })).statusCode).toBe(200)
  })

  it('that come at once are made one after the other', async () => {
    const ids = ['a', 'b', 'c', 'd']
    // Their accounts are looked up before they are applied: time enough for another one.
    await Promise.all(ids.map(id => send('PUT', `/agents/${id}`, { password: `of ${id}` })))
    expect(inForce().agents.map(({ id }) => id)).toEqual(['ada', 'grace', ...ids])
  })
})

describe('groups and lists', () => {
  it('are read, replaced and patched', async () => {
    expect((await send('PATCH', '/media', { mode: 'direct' })).json()).toEqual({ mode: 'direct', timeoutMs: 60_000 })
    expect((await send('PUT', '/media', { timeoutMs: 0 })).json()).toEqual({ mode: 'relay', timeoutMs: 0 })
    expect((await send('PUT', '/media', { mode: 'smoke' })).json().problems).toMatchObject([{ path: 'mode' }])
    expect((await send('PUT', '/agentPolicy', { phoneCodes: { signIn: null } })).json()).toMatchObject({
      phoneCodes: { signIn: null, signOut: '*12' },
    })
    const { etag } = (await send('GET', '/queues')).headers
    const reversed = [{ id: 'sales' }, { id: 'support' }]
    const put = await send('PUT', '/queues', reversed, { 'if-match': String(etag) })
    expect(put.json()).toMatchObject(reversed)
    expect((await send('PUT', '/queues', [{ id: 'support' }, {}])).json().problems).toMatchObject([{ path: '[1].id' }])
  })

  it('are all that the schema lists, and the schema is told', async () => {
    const schema = (await send('GET', '/schema')).json() as { properties: Record<string, { type?: string }> }
    for (const [name, { type }] of Object.entries(schema.properties))
      expect((await send('GET', `/${name}`)).statusCode, name).toBe(type === 'array' || type === 'object' ? 200 : 404)
    expect(schema.properties.queues).toMatchObject({
      'x-key': 'id',
      items: { properties: { ringTimeoutMs: { default: 15_000, minimum: 1000, description: expect.any(String) } } },
    })
  })

  it('are for administrators only', async () => {
    for (const name of ['sue', 'ada', 'crm'] as const)
      for (const [method, path] of [
        ['GET', '/center/schema'],
        ['GET', '/center/queues/support'],
        ['PUT', '/center/queues/support'],
        ['PATCH', '/center/media'],
        ['PATCH', '/center'],
        ['DELETE', '/center/queues/support'],
      ] as const)
        expect((await harness.as(name, method, path, method === 'GET' ? undefined : {})).status, path).toBe(403)
  })

  it('stand in the documentation with their schemas', async () => {
    const { paths } = (await harness.app.inject({ url: '/docs/json' })).json()
    const put = paths['/api/v1/center/queues/{id}'].put
    expect(put.requestBody.content['application/json'].schema.properties.strategy.enum).toContain('optimal')
    expect(Object.keys(paths['/api/v1/center/outbound/{id}'])).toEqual(['get', 'put', 'patch', 'delete'])
  })
})
