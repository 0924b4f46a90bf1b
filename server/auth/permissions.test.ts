/** The whole table: every route with every role. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { groupSections, listSections } from '../center-sections.ts'
import { createHarness, type Harness, type PersonName } from '../testing/harness.ts'
import { type Principal, permissionTable, reachOf, scopes, scopesOf } from './permissions.ts'

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
  const { engine } = harness
  engine.addCall({ callId: 'own', agentId: 'ada' })
  engine.addCall({ callId: 'other', agentId: 'grace' })
  engine.leaveMessage('mine', 'help')
  engine.leaveMessage('others', 'boss')
})
afterAll(() => harness.close())

type Row = readonly [
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body: object | undefined,
  allowed: readonly PersonName[],
]
const everyone: readonly PersonName[] = ['root', 'sue', 'ada', 'crm']
const notReady = { availability: 'notReady' }
const rows: readonly Row[] = [
  ['GET', '/session', undefined, everyone],
  ['GET', '/queues', undefined, everyone],
  ['GET', '/queues/support', undefined, everyone],
  ['GET', '/queues/support/explain', undefined, everyone],
  ['GET', '/callbacks', undefined, ['root', 'sue', 'crm']],
  ['GET', '/callbacks/cb-1', undefined, ['root', 'sue', 'crm']],
  ['GET', '/callbacks/cb-1/explain', undefined, ['root', 'sue', 'crm']],
  ['GET', '/queues/support/callbacks', undefined, ['root', 'sue', 'crm']],
  ['POST', '/queues/support/callbacks', { number: '+442079460000' }, ['root', 'sue', 'crm']],
  ['DELETE', '/callbacks/nobody', undefined, ['root', 'sue', 'crm']],
  ['POST', '/staffing', { calls: 0 }, ['root', 'sue']],
  ['POST', '/staffing-simulations', { calls: 0 }, ['root', 'sue']],
  ['GET', '/hours', undefined, everyone],
  ['GET', '/hours/office', undefined, everyone],
  ['GET', '/hours/office/override', undefined, everyone],
  ['PUT', '/hours/office/override', { state: 'closed' }, ['root', 'sue']],
  ['GET', '/trunks', undefined, ['root', 'sue']],
  ['GET', '/agents', undefined, everyone],
  ['GET', '/agents/ada', undefined, everyone],
  ['GET', '/agents/grace', undefined, ['root', 'sue', 'crm']],
  ['PUT', '/agents/ada/state', notReady, ['root', 'sue', 'ada']],
  ['PUT', '/agents/grace/state', notReady, ['root', 'sue']],
  ['PUT', '/agents/ada/session', { session: 'online' }, ['root', 'sue', 'ada']],
  ['PUT', '/agents/grace/session', { session: 'online' }, ['root', 'sue']],
  ['POST', '/agents/grace/wrap-up/complete', {}, ['root', 'sue']],
  ['POST', '/agents/grace/wrap-up/extend', {}, ['root', 'sue']],
  ['POST', '/agents/grace/wrap-up/request', undefined, ['root', 'sue']],
  ['PUT', '/agents/grace/wrap-up', {}, ['root', 'sue']],
  ['PUT', '/agents/ada/queues/support', { signedIn: true }, ['root', 'sue', 'ada']],
  ['PUT', '/agents/grace/queues/support', { signedIn: true }, ['root', 'sue']],
  ['PUT', '/agents/grace/device', { deviceId: null }, ['root', 'sue']],
  ['GET', '/devices', undefined, everyone],
  ['GET', '/calls', undefined, everyone],
  ['GET', '/calls?agent=grace', undefined, ['root', 'sue', 'crm']],
  ['GET', '/calls/own', undefined, everyone],
  ['GET', '/calls/other', undefined, ['root', 'sue', 'crm']],
  ['GET', '/calls/own/explain', undefined, everyone],
  ['GET', '/calls/other/explain', undefined, ['root', 'sue', 'crm']],
  ['GET', '/calls/own/explain?agentId=ada', undefined, everyone],
  ['GET', '/calls/own/explain?agentId=grace', undefined, ['root', 'sue', 'crm']],
  ['PATCH', '/calls/own', { attributes: {} }, everyone],
  ['PATCH', '/calls/other', { attributes: {} }, ['root', 'sue', 'crm']],
  ['POST', '/calls/own/transfer', { to: { agent: 'bob' } }, ['root', 'sue', 'ada']],
  ['POST', '/calls/other/transfer', { to: { agent: 'bob' } }, ['root', 'sue']],
  ['POST', '/calls/own/hangup', undefined, ['root', 'sue', 'ada']],
  ['POST', '/calls/other/hangup', undefined, ['root', 'sue']],
  ['GET', '/mailboxes', undefined, everyone],
  ['GET', '/voicemail', undefined, everyone],
  ['GET', '/voicemail/mine', undefined, everyone],
  ['GET', '/voicemail/others', undefined, ['root', 'sue', 'crm']],
  ['GET', '/voicemail/others/audio', undefined, ['root', 'sue', 'crm']],
  ['PATCH', '/voicemail/others', { heard: true }, ['root', 'sue', 'crm']],
  ['PATCH', '/voicemail/mine', { heard: true }, everyone],
  ['DELETE', '/voicemail/none', undefined, everyone],
  ['GET', '/events', undefined, ['root', 'sue', 'crm']],
  ['GET', '/screenpops', undefined, everyone],
  ['GET', '/center', undefined, ['root']],
  ['PUT', '/center', { queues: 1 }, ['root']],
  ['PATCH', '/center', { queues: 1 }, ['root']],
  ['GET', '/center/schema', undefined, ['root']],
  ...groupSections.flatMap(({ name }): Row[] => [
    ['GET', `/center/${name}`, undefined, ['root']],
    ['PUT', `/center/${name}`, { wrong: 1 }, ['root']],
    ['PATCH', `/center/${name}`, { wrong: 1 }, ['root']],
  ]),
  ...listSections.flatMap(({ name }): Row[] => [
    ['GET', `/center/${name}`, undefined, ['root']],
    ['PUT', `/center/${name}`, { wrong: 1 }, ['root']],
    ['GET', `/center/${name}/none`, undefined, ['root']],
    ['PUT', `/center/${name}/none`, { wrong: 1 }, ['root']],
    ['PATCH', `/center/${name}/none`, { wrong: 1 }, ['root']],
    ['DELETE', `/center/${name}/none`, undefined, ['root']],
  ]),
  ['GET', '/api-keys', undefined, ['root']],
  ['POST', '/api-keys', { name: 'k', role: 'agent' }, ['root']],
  ['DELETE', '/api-keys/none', undefined, ['root']],
]

describe('permissions', () => {
  it.each(rows)('%s %s %j: %j', async (method, path, body, allowed) => {
    const permitted: PersonName[] = []
    for (const name of everyone) {
      const { status } = await harness.as(name, method, path, body)
      if (status !== 403) permitted.push(name)
    }
    expect(permitted).toEqual(allowed)
  })

  it('lets an agent acknowledge its own pops only', async () => {
    harness.engine.requestPop({ popId: 'p1', agentId: 'ada', callId: 'own' })
    harness.engine.requestPop({ popId: 'p2', agentId: 'grace', callId: 'other' })
    expect((await harness.as('ada', 'GET', '/screenpops')).json).toMatchObject({ items: [{ popId: 'p1' }] })
    expect((await harness.as('ada', 'POST', '/screenpops/p2/ack', { result: 'shown' })).status).toBe(403)
    expect((await harness.as('ada', 'POST', '/screenpops/p1/ack', { result: 'shown' })).status).toBe(204)
    expect((await harness.as('crm', 'POST', '/screenpops/p2/ack', { result: 'shown' })).status).toBe(204)
    expect((await harness.as('crm', 'POST', '/screenpops/p2/ack', { result: 'opened' })).status).toBe(204)
    expect((await harness.as('crm', 'POST', '/screenpops/p3/ack', { result: 'shown' })).status).toBe(404)
  })

  it('has a row for every route', async () => {
    const document = (await harness.app.inject('/docs/json')).json() as { paths: Record<string, object> }
    const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(
        method =>
          `${method.toUpperCase()} ${path.replace('/api/v1', '').replace('{id}', 'ID').replace('{queueId}', 'support')}`,
      ),
    )
    const covered = rows.map(([method, path]) => {
      const [bare = ''] = path.split('?')
      // A part of the definition has its id behind its name.
      const upToId = bare.startsWith('/center/') ? /^(\/center\/[\w-]+\/)[\w-]+/ : /^(\/[\w-]+\/)[\w-]+/
      return `${method} ${bare.replace(upToId, '$1ID')}`
    })
    const elsewhere = ['POST /session', 'DELETE /session', 'POST /screenpops/ID/ack']
    expect([...new Set([...covered, ...elsewhere])].sort()).toEqual(routes.sort())
  })

  it('gives the administrator every scope, and nobody a scope without a permission', () => {
    expect(scopesOf('administrator')).toEqual(scopes)
    expect(scopesOf('supervisor')).toEqual(
      scopes.filter(scope => !scope.startsWith('center:') && !scope.startsWith('keys:')),
    )
    expect(scopesOf('integrator')).not.toContain('agents:write')
    expect(scopesOf('agent')).not.toContain('events:read')
  })

  it('permits nothing without the scope', () => {
    const nobody: Principal = {
      user: 'x',
      role: 'administrator',
      agentId: null,
      scopes: [],
      actor: 'key:x',
      credential: { kind: 'key', id: 'x' },
    }
    for (const permission of Object.keys(permissionTable) as (keyof typeof permissionTable)[]) {
      expect(reachOf(nobody, permission)).toBeNull()
      expect(reachOf({ ...nobody, scopes: [permissionTable[permission].scope] }, permission)).toBe('all')
    }
  })
})
