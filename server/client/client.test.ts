/** The client against a real server: five lines for a plugin, and nothing missed or repeated when the line breaks. */
import { readdirSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventTypes, topicOf } from '../../engine/events.ts'
import { buildApp } from '../app.ts'
import type { App } from '../context.ts'
import { resendEveryMs } from '../realtime/pops.ts'
import { cheapPasswords, createHarness, type Harness } from '../testing/harness.ts'
import { silentLogger } from '../testing/silent-logger.ts'
import { type Center, connect, createRest, type Status, signIn } from './index.ts'
import { topicOfType } from './topics.ts'

let harness: Harness
let server: App
let port: number
let url: string
let centers: Center[]
beforeEach(async () => {
  harness = await createHarness()
  server = harness.app
  await server.listen({ host: '127.0.0.1', port: 0 })
  port = (server.server.address() as AddressInfo).port
  url = `http://127.0.0.1:${port}`
  centers = []
})
afterEach(async () => {
  for (const center of centers) center.close()
  await server.close()
})

function open(name: 'sue' | 'ada' | 'crm', options: { topics?: string[]; cursor?: string } = {}): Center {
  const center = connect({ url, token: harness.tokenOf(name), ...options })
  centers.push(center)
  return center
}

/** The server as it comes back after a restart: same engine, same port. */
async function restart(): Promise<void> {
  server = await buildApp({
    engine: harness.engine,
    accounts: harness.accounts,
    clock: harness.clock,
    settings: { httpHost: '127.0.0.1', httpOrigins: [] },
    logger: silentLogger,
    passwords: cheapPasswords,
    dashboardFolder: '/nonexistent',
  })
  await server.listen({ host: '127.0.0.1', port })
}

const becomes = (center: Center, state: Status['state']) =>
  new Promise<Status>(resolve => {
    if (center.status.state === state) resolve(center.status)
    const stop = center.onStatus(status => {
      if (status.state !== state) return
      stop()
      resolve(status)
    })
  })
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(resolve => setImmediate(resolve))
}
const hold = (callId: string) => harness.engine.emit('call.held', { callId, by: 'agent' })

describe('the live client', () => {
  it('needs five lines for a plugin', async () => {
    const shown: string[] = []
    const center = open('crm')
    center.on('screenpop.requested', pop => {
      shown.push(pop.data.callId)
      void center.acknowledge(pop.data.popId, 'shown')
    })
    await becomes(center, 'live')
    harness.engine.requestPop({ popId: 'p1', agentId: 'ada', callId: 'c1' })
    await until(() => harness.engine.screenpops.open().length === 0)
    expect(shown).toEqual(['c1'])
  })

  it('hands a pop over once, however often it is sent, and also one that already rings', async () => {
    harness.engine.requestPop({ popId: 'p1', agentId: 'ada', callId: 'c1' })
    const shown: string[] = []
    const center = open('ada')
    center.on('screenpop.requested', pop => shown.push(pop.data.popId))
    await until(() => shown.length > 0)
    harness.clock.advance(3 * resendEveryMs)
    harness.engine.requestPop({ popId: 'p2', agentId: 'ada', callId: 'c2' })
    await until(() => shown.includes('p2'))
    expect(shown).toEqual(['p1', 'p2'])
  })

  it('misses and repeats nothing over a restart of the server', async () => {
    const cursors: string[] = []
    const snapshots: unknown[] = []
    const states: string[] = []
    const center = open('sue', { topics: ['calls'] })
    center.onAny(event => cursors.push(event.cursor ?? ''))
    center.onSnapshot(snapshot => snapshots.push(snapshot))
    center.onStatus(({ state }) => states.push(state))
    await becomes(center, 'live')
    hold('c1')
    hold('c2')
    await until(() => cursors.length === 2)
    const lost = becomes(center, 'connecting')
    await server.close()
    await lost
    for (let i = 0; i < 700; i++) hold('c3')
    await restart()
    await becomes(center, 'live')
    hold('c4')
    await until(() => cursors.at(-1) === '703')
    expect(cursors).toEqual(Array.from({ length: 703 }, (_, i) => String(i + 1)))
    expect(snapshots).toHaveLength(1)
    expect(states).toEqual(['live', 'connecting', 'live'])
    expect(center.cursor).toBe('703')
  })

  it('goes on from a cursor kept by an earlier process', async () => {
    for (let i = 0; i < 5; i++) hold('c')
    const cursors: string[] = []
    const center = open('sue', { cursor: '3' })
    center.on('call.held', event => cursors.push(event.cursor ?? ''))
    await until(() => cursors.length === 2)
    expect(cursors).toEqual(['4', '5'])
  })

  it('subscribes to what later handlers need', async () => {
    const center = open('sue')
    const held: string[] = []
    center.on('agent.next_status_set', () => undefined)
    await becomes(center, 'live')
    hold('before')
    center.on('call.held', event => held.push(event.data.callId))
    await until(() => held.length > 0)
    hold('after')
    await until(() => held.includes('after'))
    expect(held).toEqual(['before', 'after'])
  })

  it('says when it is refused, and tries again with another token', async () => {
    const center = connect({ url, token: 'wrong', topics: ['calls'] })
    centers.push(center)
    expect(await becomes(center, 'refused')).toMatchObject({ code: 'auth.failed' })
    center.reconnect(harness.tokenOf('sue'))
    await becomes(center, 'live')
    const agent = open('ada', { topics: ['agents:grace'] })
    expect(await becomes(agent, 'refused')).toMatchObject({ code: 'auth.forbidden' })
  })

  it('never rejects an acknowledgement', async () => {
    const center = open('crm', { topics: ['screenpop'] })
    expect(await center.acknowledge('none', 'shown')).toMatchObject({ ok: false, code: 'screenpop.unknown' })
  })
})

describe('the REST helpers', () => {
  it('speak to every resource', async () => {
    harness.engine.addCall({ callId: 'c1', agentId: 'ada' })
    hold('c1')
    const session = await signIn(url, { username: 'sue', password: 'password of sue' })
    const rest = createRest({ url: `${url}/`, token: session.token })
    expect(await rest.whoAmI()).toMatchObject({ user: 'sue' })
    expect((await rest.queues()).items.map(queue => queue.id)).toEqual(['support', 'sales'])
    expect(await rest.queue('sales')).toMatchObject({ id: 'sales' })
    expect((await rest.agents()).items).toHaveLength(2)
    expect(await rest.agent('ada')).toMatchObject({ session: 'offline' })
    expect(await rest.setAgentState('ada', { availability: 'available' })).toMatchObject({ session: 'online' })
    expect(await rest.setAgentSession('ada', { session: 'offline' })).toMatchObject({ session: 'offline' })
    expect((await rest.calls({ limit: 5, agent: 'ada' })).items).toMatchObject([{ callId: 'c1' }])
    expect((await rest.call('c1')).timeline).toHaveLength(1)
    expect(await rest.explain('c1')).toMatchObject({ callId: 'c1' })
    expect(await rest.explain('c1', { agentId: 'ada' })).toMatchObject({ agent: { agentId: 'ada' } })
    expect(await rest.explainQueue('sales')).toMatchObject({ queueId: 'sales', visits: [] })
    expect(await rest.setAttributes('c1', { a: 'b' })).toMatchObject({ attributes: { a: 'b' } })
    expect((await rest.events({ after: '0' })).items).toHaveLength(1)
    expect(await rest.transfer('c1', { agent: 'bob' })).toMatchObject({ callId: 'c1' })
    await rest.hangup('c1')
    harness.engine.requestPop({ popId: 'p1', agentId: 'ada', callId: 'c1' })
    expect((await rest.screenpops()).items).toHaveLength(1)
    await rest.acknowledge('p1', 'shown')
    await expect(rest.completeWrapUp('ada')).rejects.toMatchObject({ code: 'agent.conflict', status: 409 })
    await rest.signOut()
    await expect(rest.queues()).rejects.toMatchObject({ name: 'StrowgerError', code: 'auth.failed', status: 401 })
    await expect(signIn(url, { username: 'sue', password: 'x' })).rejects.toMatchObject({ code: 'auth.failed' })
    await expect(createRest({ url: 'http://127.0.0.1:1', token: 'x' }).queues()).rejects.toMatchObject({ status: 0 })
  })
})

describe('the REST helpers for callbacks and voicemail', () => {
  it('ask for callbacks and take them back', async () => {
    const rest = createRest({ url, token: harness.tokenOf('crm') })
    const request = { number: '+442079460000', name: 'Ada Byron', priority: 3 }
    const { id } = await rest.requestCallback('support', request)
    expect(await rest.callback(id)).toMatchObject({ id, number: '+442079460000', actor: 'user:crm' })
    expect((await rest.callbacks()).items).toHaveLength(1)
    expect((await rest.callbacks('sales')).items).toEqual([])
    await rest.cancelCallback(id, 'solved')
    expect(harness.engine.asked.at(-1)).toEqual(['cancelCallback', id, { actor: 'user:crm', reason: 'solved' }])
    await expect(rest.callback(id)).rejects.toMatchObject({ code: 'callback.unknown', status: 404 })
    await expect(rest.requestCallback('support', { number: '123' })).rejects.toMatchObject({ code: 'outbound.denied' })
  })

  it('hear, mark and delete messages', async () => {
    harness.engine.leaveMessage('m/1', 'help', 'RIFF of one')
    harness.engine.leaveMessage('m2', 'help')
    harness.engine.leaveMessage('m3', 'boss')
    const rest = createRest({ url, token: harness.tokenOf('ada') })
    expect((await rest.mailboxes()).items).toMatchObject([{ id: 'help', messages: 2, unheard: 2 }])
    expect((await rest.voicemail({ limit: 1 })).next).toBe('m2')
    expect((await rest.voicemail({ before: 'm2', mailbox: 'help' })).items).toMatchObject([{ messageId: 'm/1' }])
    expect(await rest.message('m2')).toMatchObject({ mailboxId: 'help' })
    expect(rest.audioUrl('m/1')).toBe(`${url}/api/v1/voicemail/m%2F1/audio`)
    const audio = await rest.audio('m/1')
    expect([audio.type, await audio.text()]).toEqual(['audio/wav', 'RIFF of one'])
    await rest.setHeard('m/1', true)
    expect((await rest.voicemail({ unheard: true })).items).toMatchObject([{ messageId: 'm2' }])
    await rest.deleteMessage('m/1')
    await expect(rest.audio('m/1')).rejects.toMatchObject({ code: 'voicemail.unknown', status: 404 })
    await expect(rest.message('m3')).rejects.toMatchObject({ code: 'auth.forbidden' })
  })
})

describe('the REST helpers for opening hours', () => {
  it('read them, and close, open and give them back to the calendar', async () => {
    const rest = createRest({ url, token: harness.tokenOf('sue') })
    expect((await rest.hours()).items.map(({ id }) => id)).toEqual(['office'])
    expect(await rest.hoursOf('office')).toMatchObject({ id: 'office', override: null })
    const until = new Date(harness.clock.now() + 3_600_000).toISOString()
    const closed = await rest.overrideHours('office', { state: 'closed', until, reason: 'fire drill' })
    expect(closed.override).toMatchObject({ state: 'closed', until, reason: 'fire drill', actor: 'user:sue' })
    const opened = await rest.overrideHours('office', { state: 'open' })
    expect(opened.override).toMatchObject({ state: 'open', until: null, reason: '' })
    expect(await rest.hoursOf('office')).toEqual(opened)
    expect((await rest.overrideHours('office', { state: null })).override).toBeNull()
  })

  it('are refused in words', async () => {
    const supervisor = createRest({ url, token: harness.tokenOf('sue') })
    await expect(supervisor.hoursOf('a/b')).rejects.toMatchObject({ code: 'hours.unknown', status: 404 })
    const long = supervisor.overrideHours('office', { state: 'open', reason: 'x'.repeat(201) })
    await expect(long).rejects.toMatchObject({ code: 'request.invalid', status: 400 })
    const agent = createRest({ url, token: harness.tokenOf('ada') })
    expect((await agent.hours()).items).toHaveLength(1)
    const denied = agent.overrideHours('office', { state: 'open' })
    await expect(denied).rejects.toMatchObject({ code: 'auth.forbidden', status: 403 })
  })
})

describe('the REST helpers for the definition', () => {
  it('change it as a whole and entry by entry, and insist on what was read', async () => {
    const { center } = createRest({ url, token: harness.tokenOf('root') })
    const whole = await center.read()
    expect(whole.value.timeZone).toBe('Europe/London')
    expect((await center.patch({ timeZone: null }, { ifMatch: whole.tag })).value.timeZone).toBe('UTC')
    await expect(center.patch({}, { ifMatch: whole.tag })).rejects.toMatchObject({
      code: 'center.changed',
      status: 412,
    })

    const made = await center.putEntry('numbers', '+4420*', { queue: 'sales', priority: 5 })
    expect(made.value).toEqual({ match: '+4420*', queue: 'sales', priority: 5 })
    const patched = await center.patchEntry('numbers', '+4420*', { priority: null }, { ifMatch: made.tag })
    expect(patched.value.priority).toBeUndefined()
    expect(await center.entry('numbers', '+4420*')).toEqual(patched)
    expect((await center.list('numbers')).map(({ match }) => match)).toEqual(['support', '+4420*'])
    const needed = center.removeEntry('queues', 'sales')
    await expect(needed).rejects.toMatchObject({ code: 'center.needed', status: 409 })
    const late = center.removeEntry('numbers', '+4420*', { ifMatch: made.tag })
    await expect(late).rejects.toMatchObject({ code: 'center.changed' })
    await center.removeEntry('numbers', '+4420*')
    await expect(center.entry('numbers', '+4420*')).rejects.toMatchObject({ code: 'center.unknown', status: 404 })
    const wrong = center.putEntry('queues', 'sales', { ringTimeoutMs: 1 })
    await expect(wrong).rejects.toMatchObject({ problem: { problems: [{ path: 'ringTimeoutMs', value: 1 }] } })
    const supervisor = createRest({ url, token: harness.tokenOf('sue') })
    await expect(supervisor.center.read()).rejects.toMatchObject({ code: 'auth.forbidden' })
  })
})

describe('the client package', () => {
  it('knows the topic of every event', () => {
    for (const type of eventTypes) expect(topicOfType(type)).toBe(topicOf(type))
  })

  it('imports nothing at run time but socket.io-client', () => {
    for (const file of readdirSync(import.meta.dirname).filter(name => !name.endsWith('.test.ts'))) {
      const source = readFileSync(new URL(file, import.meta.url), 'utf8')
      const runtime = [...source.matchAll(/^(?:import|export) (?!type )[^'\n]*from '([^']+)'/gm)].map(match => match[1])
      for (const name of runtime) expect(name).toMatch(/^(socket\.io-client|\.\/[\w-]+\.ts)$/)
    }
  })
})
