/** Callbacks in a whole center on the virtual network: who is called, in which order, how often, and what a restart leaves. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EngineError } from '../errors.ts'
import type { EventData, EventType } from '../events.ts'
import { silentLogger } from '../node/logger.ts'
import type { Reaction } from '../simulation/phone-plan.ts'
import { createSeededRandom } from '../simulation/seeded-random.ts'
import { createVirtualPhone } from '../simulation/virtual-phone.ts'
import { createWorld } from '../simulation/world.ts'

type QueueInput = NonNullable<CenterInput['queues']>[number]
type CallbackInput = NonNullable<QueueInput['callback']>

const carrierHost = '10.3.0.1'
const [first, second] = ['+442070000001', '+442070000002']
const picksUp: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 2_000, talkMs: 5_000 }
const refuses = (status: number): Reaction => ({ kind: 'refuse', ringAfterMs: 100, afterMs: 1_000, status })
const rings: Reaction = { kind: 'ignore', ringAfterMs: 100 }

function centerOf(callback: CallbackInput, queue: Omit<QueueInput, 'id'> = {}, rest: CenterInput = {}): CenterInput {
  return {
    queues: [{ id: 'support', wrapUpMs: 0, ...queue, callback: { retryMs: 60_000, ...callback } }],
    agents: [{ id: 'ada', queues: ['support'] }],
    numbers: [
      { match: 'support', queue: 'support' },
      { match: '+442079999999', queue: 'support' },
    ],
    trunks: [
      { id: 'people', addresses: ['10.1.0.0/16'] },
      { id: 'carrier', addresses: [carrierHost], host: carrierHost },
    ],
    outbound: [{ prefix: '+4420', trunk: 'carrier', callerId: '+441632960000' }],
    countryCode: '44',
    media: { timeoutMs: 0 },
    ...rest,
  }
}

async function setUp(center: CenterInput, reactions: readonly Reaction[] = [picksUp]) {
  const world = await createWorld({ seed: 1, center })
  const dialled: string[] = []
  const carrier = await createVirtualPhone({
    network: world.network.host(carrierHost),
    clock: world.clock,
    random: createSeededRandom(9),
    logger: silentLogger,
    host: carrierHost,
    port: 5060,
    user: 'carrier',
    onCall: () => {
      dialled.push(new Date(world.clock.now()).toISOString())
      return reactions[Math.min(dialled.length, reactions.length) - 1] ?? picksUp
    },
  })
  const told = <T extends EventType>(type: T) =>
    world.events.flatMap(event => (event.type === type ? [event.data as EventData<T>] : []))
  const types = (prefix: string) => world.events.map(({ type }) => type).filter(type => type.startsWith(prefix))
  const request = (number = first, more: object = {}) => world.engine.callbacks.request('support', { number, ...more })
  const signIn = () => world.engine.agents.signIn('ada', { availability: 'available' })
  const metrics = () => world.engine.queues.get('support').metrics
  /** Nothing is left behind. */
  const stop = async () => {
    await world.run(40_000)
    expect(world.engine.counters()).toMatchObject({
      callsActive: 0,
      sipDialogs: 0,
      rtpSessions: 0,
      outside: { active: 0 },
    })
    await world.stop()
    carrier.stop()
    expect(world.clock.pending).toBe(0)
  }
  return { world, carrier, dialled, told, types, request, signIn, metrics, stop }
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return (error as EngineError).code
  }
  return 'nothing was thrown'
}

describe.each(['agent-first', 'customer-first'] as const)('%s', mode => {
  it('that is not to be called yet is ahead of nobody; when its time has come it is, and nobody is told a worse place', async () => {
    const { world, told, request, metrics, stop } = await setUp(centerOf({ mode }))
    const notBefore = new Date(world.clock.now() + 60_000).toISOString()
    const numbers = [first, second]
    for (const number of numbers) request(number, { notBefore })
    world.engine.agents.signIn('ada', { availability: 'notReady' })
    const patient = { patienceMs: 90_000, talkMs: null, talkFrom: 'join' } as const
    await world.call('support', patient)
    await world.run(1_000)
    expect(told('call.queued')).toMatchObject([{ position: 1 }])
    expect(metrics()).toMatchObject({ waiting: 1, callbacks: 2, offering: 0 })
    expect(world.engine.queues.explain('support')).toMatchObject({ waiting: 3 })
    expect(world.engine.callbacks.list().map(({ position }) => position)).toEqual([1, 1])
    await world.run(60_000)
    await world.call('support', patient)
    await world.run(1_000)
    expect(told('call.queued').at(-1)).toMatchObject({ position: 4 })
    for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    await world.run(90_000)
    await stop()
  })

  it('calls those who asked back in the order in which they asked', async () => {
    const { world, told, types, request, signIn, metrics, stop } = await setUp(centerOf({ mode }))
    const [one, two] = [request(first), request(second)]
    expect([one.position, two.position]).toEqual([1, 2])
    expect(metrics()).toMatchObject({ waiting: 0, callbacks: 2 })
    signIn()
    await world.run(60_000)
    expect(told('callback.attempted').map(({ number }) => number)).toEqual([first, second])
    expect(told('callback.connected')).toMatchObject([
      { callbackId: one.id, number: first, attempt: 1, agentId: 'ada' },
      { callbackId: two.id, number: second, attempt: 1, agentId: 'ada' },
    ])
    expect(types('callback.')).not.toContain('callback.failed')
    expect(world.engine.callbacks.list()).toEqual([])
    // Nobody has called, so nobody was offered, answered or lost.
    expect(metrics().today).toMatchObject({ offered: 0, answered: 0, abandoned: 0, rejected: 0 })
    await stop()
  })

  it('tries a busy customer again after the gap, in his old place, and gives up after the last attempt', async () => {
    const { world, dialled, told, request, signIn, stop } = await setUp(centerOf({ mode, maxAttempts: 2 }), [
      refuses(486),
    ])
    const { id, enqueuedAt } = request()
    signIn()
    await world.run(30_000)
    expect(told('callback.failed')).toMatchObject([{ callbackId: id, attempt: 1, reason: 'busy', sipCode: 486 }])
    const [failed] = told('callback.failed')
    expect(world.engine.callbacks.get(id)).toMatchObject({
      state: 'later',
      attempts: 1,
      lastReason: 'busy',
      enqueuedAt,
      position: 1,
      nextAt: failed?.nextAt,
    })
    expect(world.engine.queues.explain('support').summary).toContain('called back from')
    await world.run(60_000)
    expect(dialled).toHaveLength(2)
    expect(told('callback.failed')[1]).toMatchObject({ attempt: 2, nextAt: null })
    expect(world.engine.callbacks.list()).toEqual([])
    expect(world.engine.agents.get('ada')).toMatchObject({ slot: 'idle', routable: true })
    await stop()
  })

  it('takes no for an answer, and a customer who does not pick up for no answer', async () => {
    const { world, dialled, told, request, signIn, stop } = await setUp(centerOf({ mode, ringMs: 10_000 }), [
      refuses(603),
      rings,
    ])
    request(first)
    signIn()
    await world.run(20_000)
    expect(told('callback.failed')).toMatchObject([{ number: first, reason: 'declined', nextAt: null }])
    const { id } = request(second)
    await world.run(30_000)
    expect(dialled).toHaveLength(2)
    expect(told('callback.failed')[1]).toMatchObject({ number: second, reason: 'noAnswer', attempt: 1 })
    world.engine.callbacks.cancel(id, { actor: 'user:sue', reason: 'solved' })
    expect(told('callback.canceled')).toEqual([])
    await world.run(1_000)
    expect(told('callback.canceled')).toMatchObject([
      { callbackId: id, actor: 'user:sue', reason: 'solved', attempts: 1 },
    ])
    await stop()
  })

  it('keeps its place through a killed process', async () => {
    const { world, told, request, signIn, stop } = await setUp(centerOf({ mode }))
    const before = request()
    request(second)
    await world.run(5_000)
    await world.restart()
    expect(world.engine.callbacks.get(before.id)).toEqual({ ...before, position: 1 })
    expect(world.engine.callbacks.list().map(({ position }) => position)).toEqual([1, 2])
    signIn()
    await world.run(60_000)
    expect(told('callback.connected').map(({ number }) => number)).toEqual([first, second])
    const sequences = world.events.filter(({ subject }) => subject === `callback/${before.id}`).map(e => e.sequence)
    expect(sequences).toEqual(['1', '2', '3'])
    await stop()
  })

  it('does not dial again at once after a process was killed while it dialled', async () => {
    const { world, dialled, told, request, signIn, stop } = await setUp(centerOf({ mode }), [rings, picksUp])
    const { id, enqueuedAt } = request()
    signIn()
    await world.runUntil(() => dialled.length === 1, 20_000, 100)
    await world.run(100)
    await world.restart()
    await world.run(1_000)
    expect(told('callback.failed')).toMatchObject([{ callbackId: id, attempt: 1, reason: 'restart' }])
    world.engine.agents.signIn('ada', { availability: 'available' })
    await world.run(30_000)
    expect(dialled).toHaveLength(1)
    expect(world.engine.callbacks.get(id)).toMatchObject({ enqueuedAt, attempts: 1, state: 'later' })
    await world.run(90_000)
    expect(dialled).toHaveLength(2)
    expect(told('callback.connected')).toMatchObject([{ callbackId: id, attempt: 2 }])
    await stop()
  })

  it('waits for the hours of the queue, for its delay, and is given up when its time is over', async () => {
    const hours: CenterInput['hours'] = [{ id: 'office', weekly: [{ days: ['mon'], from: '10:00', to: '18:00' }] }]
    const center = centerOf({ mode, delayMs: 600_000, expireMs: 7_200_000 }, { hours: 'office' }, { hours })
    const { world, dialled, told, request, signIn, stop } = await setUp(center, [rings])
    request()
    signIn()
    // It is 9 o'clock on a Monday.
    await world.run(1_800_000)
    expect(dialled).toEqual([])
    expect(world.engine.callbacks.list()).toMatchObject([{ because: 'It is called back when the queue is open.' }])
    await world.run(1_860_000)
    expect(dialled[0]).toMatch(/T10:00:0/)
    world.engine.agents.signOut('ada')
    await world.run(7_200_000)
    expect(told('callback.expired')).toMatchObject([{ number: first }])
    expect(world.engine.callbacks.list()).toEqual([])
    await stop()
  })
})

describe('a callback that nobody comes to', () => {
  const hourMs = 3_600_000
  const office: CenterInput['hours'] = [
    { id: 'office', weekly: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '09:00', to: '18:00' }] },
  ]
  const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

  it.each([
    ['an appointment', 48 * hourMs, 0],
    ['a delay as long as its time', 0, 24 * hourMs],
  ])('is given up so long after it might first be called: %s', async (_what, notBefore, delayMs) => {
    const { world, told, request, signIn, stop } = await setUp(centerOf({ delayMs }))
    const began = world.clock.now()
    const firstMs = notBefore + delayMs
    const more = notBefore === 0 ? {} : { notBefore: new Date(began + notBefore).toISOString() }
    const { nextAt, expiresAt } = request(first, more)
    expect([Date.parse(nextAt) - began, Date.parse(expiresAt) - began]).toEqual([firstMs, firstMs + 24 * hourMs])
    request(second, more)
    await world.run(firstMs + hourMs)
    expect(told('callback.expired')).toEqual([])
    signIn()
    await world.runUntil(() => told('callback.connected').length === 1, 60_000, 1_000)
    world.engine.agents.setAvailability('ada', 'notReady')
    await world.run(24 * hourMs)
    expect(told('callback.expired')).toMatchObject([{ number: second, attempts: 0 }])
    await stop()
  })

  it.each([
    ['that was asked for while the queue was open', 17],
    ['that was asked for when it had closed', 19],
  ])('on a Friday evening waits for Monday, in the next process, too: one %s', async (_what, hour) => {
    const center = centerOf({ expireMs: 12 * hourMs }, { hours: 'office' }, { hours: office })
    const { world, dialled, told, request, signIn, stop } = await setUp(center)
    const at = () => {
      const now = new Date(world.clock.now())
      return `${weekdays[now.getUTCDay()]} ${now.getUTCHours()}`
    }
    await world.runUntil(() => at() === `fri ${hour}`, 200 * hourMs, hourMs)
    const { id, expiresAt } = request()
    await world.runUntil(() => at() === 'sun 12', 100 * hourMs, hourMs)
    await world.restart()
    expect(world.engine.callbacks.get(id)).toMatchObject({ because: 'It is called back when the queue is open.' })
    await world.runUntil(() => at() === 'mon 10', 100 * hourMs, hourMs)
    expect(world.engine.callbacks.get(id)).toMatchObject({ state: 'waiting', expiresAt })
    signIn()
    await world.run(60_000)
    expect(told('callback.connected')).toMatchObject([{ callbackId: id }])
    expect(dialled).toHaveLength(1)
    await stop()
  })

  it('loses no time while a supervisor keeps the queue closed', async () => {
    const center = centerOf({ expireMs: 2 * hourMs }, { hours: 'office' }, { hours: office })
    const { world, told, request, stop } = await setUp(center)
    await world.run(hourMs)
    const { id } = request()
    await world.run(hourMs)
    world.engine.hours.override('office', 'closed')
    await world.run(4 * hourMs)
    expect(world.engine.callbacks.get(id)).toMatchObject({ state: 'later' })
    world.engine.hours.override('office', null)
    await world.run(hourMs - 120_000)
    expect(told('callback.expired')).toEqual([])
    await world.run(240_000)
    expect(told('callback.expired')).toMatchObject([{ callbackId: id }])
    await stop()
  })
})

describe('customer-first', () => {
  it('dials no more customers than agents are free', async () => {
    const { world, dialled, told, request, signIn, stop } = await setUp(centerOf({ mode: 'customer-first' }), [
      { ...picksUp, afterMs: 5_000 },
    ])
    request(first)
    request(second)
    signIn()
    await world.run(4_000)
    expect(dialled).toHaveLength(1)
    expect(world.engine.callbacks.list()).toMatchObject([{ state: 'calling' }, { state: 'later' }])
    await world.run(60_000)
    expect(told('callback.connected').map(({ number }) => number)).toEqual([first, second])
    await stop()
  })

  it('leaves the free agent to callers while a customer is rung, and connects him next', async () => {
    const { world, told, request, signIn, stop } = await setUp(centerOf({ mode: 'customer-first' }), [
      { ...picksUp, afterMs: 5_000, talkMs: 20_000 },
    ])
    request(first)
    signIn()
    await world.run(2_000)
    await world.call('support', { patienceMs: 60_000, talkMs: 10_000, talkFrom: 'join' })
    await world.run(60_000)
    const [caller, customer] = told('call.connected')
    expect(caller?.callId).not.toBe(told('callback.attempted')[0]?.callId)
    expect(customer?.callId).toBe(told('callback.connected')[0]?.callId)
    await stop()
  })
})

describe('agent-first', () => {
  it('stops ringing the customer when the agent leaves', async () => {
    const { world, dialled, told, request, signIn, stop } = await setUp(centerOf({}), [rings])
    world.react('ada', { kind: 'answer', ringAfterMs: 100, afterMs: 1_000, talkMs: 3_000 })
    request()
    signIn()
    await world.run(20_000)
    expect(dialled).toHaveLength(1)
    expect(told('callback.failed')).toMatchObject([{ reason: 'agentLeft', attempt: 1 }])
    expect(told('call.connected')).toEqual([])
    world.engine.agents.signOut('ada')
    await stop()
  })

  it('goes to another agent when one does not take it, without dialling anybody', async () => {
    const center = centerOf({})
    const { world, dialled, told, request, stop } = await setUp({
      ...center,
      agents: [
        { id: 'ada', queues: ['support'] },
        { id: 'bob', queues: ['support'] },
      ],
    })
    world.react('ada', refuses(486))
    request()
    world.engine.agents.signIn('ada', { availability: 'available' })
    await world.run(1_500)
    expect(told('offer.rejected')).toHaveLength(1)
    expect(dialled).toEqual([])
    world.engine.agents.signIn('bob', { availability: 'available' })
    await world.run(30_000)
    expect(told('callback.attempted')).toMatchObject([{ attempt: 1, agentId: 'bob' }])
    expect(told('callback.connected')).toMatchObject([{ agentId: 'bob' }])
    await stop()
  })
})

describe('a conversation after a callback', () => {
  it('is transferred as any other, and its next visit counts', async () => {
    const center = centerOf({})
    const { world, told, request, metrics, stop } = await setUp(
      {
        ...center,
        agents: [
          { id: 'ada', queues: ['support'] },
          { id: 'bob', queues: ['support'] },
        ],
      },
      [{ ...picksUp, talkMs: null }],
    )
    request()
    world.engine.agents.signIn('ada', { availability: 'available' })
    await world.run(10_000)
    const [callback] = told('callback.connected')
    const callId = callback?.callId ?? ''
    world.engine.agents.signIn('bob', { availability: 'available' })
    world.engine.calls.transfer(callId, { agent: 'bob' })
    await world.run(10_000)
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'bob'])
    expect(told('screenpop.requested').map(({ trigger }) => trigger)).toEqual(['callbackPreview', 'transfer'])
    world.engine.calls.transfer(callId, { queue: 'support' })
    await world.run(10_000)
    expect(told('call.connected')).toHaveLength(3)
    expect(metrics().today).toMatchObject({ offered: 1, answered: 1 })
    world.engine.calls.hangup(callId)
    await world.run(2_000)
    expect(told('callback.connected')).toHaveLength(1)
    expect(world.engine.callbacks.list()).toEqual([])
    await stop()
  })
})

describe('who may be called back', () => {
  it('is who the outbound rules, the queue and the block list permit, once, and while there is room', async () => {
    const center = centerOf({ numbers: ['+442070'], maxOpen: 2 }, {}, { blocked: [{ match: '+442070666*' }] })
    const { world, request, stop } = await setUp(center)
    expect(request('020 7000 0001')).toMatchObject({ number: first, position: 1, state: 'waiting' })
    expect(codeOf(() => request(first))).toBe('callback.conflict')
    expect(codeOf(() => request('+4930000000'))).toBe('outbound.denied')
    expect(codeOf(() => request('+442079999999'))).toBe('outbound.denied')
    expect(codeOf(() => request('+442071000000'))).toBe('outbound.denied')
    expect(codeOf(() => request('+442070666000'))).toBe('outbound.denied')
    expect(codeOf(() => request('*21*+442070000009#'))).toBe('request.invalid')
    expect(codeOf(() => request('sip:boss@example.com'))).toBe('request.invalid')
    expect(codeOf(() => world.engine.callbacks.request('nowhere', { number: first }))).toBe('queue.unknown')
    expect(codeOf(() => request(second, { notBefore: 'soon' }))).toBe('request.invalid')
    request(second)
    expect(codeOf(() => request('+442070000003'))).toBe('callback.conflict')
    expect(codeOf(() => world.engine.callbacks.cancel('nobody'))).toBe('callback.unknown')
    for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    await stop()
  })

  it('does not pass the bounds on outside calls, and waits for them', async () => {
    const outboundLimits = { callsPerMin: 1 }
    const { world, dialled, told, request, signIn, stop } = await setUp(centerOf({}, {}, { outboundLimits }))
    request(first)
    request(second)
    signIn()
    await world.run(40_000)
    expect(dialled).toHaveLength(1)
    expect(told('security.outbound_limited')).toMatchObject([{ limit: 'rate', number: second }])
    expect(world.engine.callbacks.list()).toMatchObject([
      { number: second, attempts: 0, lastReason: 'outboundLimited' },
    ])
    await world.run(80_000)
    expect(told('callback.connected').map(({ number }) => number)).toEqual([first, second])
    await stop()
  })
})

describe('the line', () => {
  it('counts callbacks in the position of others and in the size of the queue', async () => {
    const { world, told, request, metrics, stop } = await setUp(centerOf({}, { maxWaiting: 2 }))
    const { id } = request()
    await world.run(1_000)
    const plan = { patienceMs: 5_000, talkMs: null, talkFrom: 'join' } as const
    await world.call('support', plan)
    await world.run(1_000)
    expect(told('call.queued')).toMatchObject([{ position: 2 }])
    expect(metrics()).toMatchObject({ waiting: 1, callbacks: 1 })
    expect(metrics().oldestEnqueuedAt).toBe(told('call.queued')[0]?.enqueuedAt)
    expect(world.engine.queues.explain('support').visits).toMatchObject([{ callbackId: id }, {}])
    await world.call('support', plan)
    await world.run(1_000)
    expect(told('call.rejected')).toMatchObject([{ reason: 'full' }])
    world.engine.callbacks.cancel(id)
    await stop()
  })

  it('keeps what is open when the process is stopped in good order', async () => {
    const { world, carrier, request } = await setUp(centerOf({}))
    const { id } = request()
    await world.stop()
    carrier.stop()
    expect(world.clock.pending).toBe(0)
    const { checkpoints } = await world.store.open()
    expect(checkpoints).toMatchObject([{ kind: 'callback', id }])
  })

  it('is left by a callback whose queue is gone', async () => {
    const center = centerOf({})
    const { world, told, request, stop } = await setUp(center)
    request()
    await world.engine.applyCenter(world.furnished({ ...center, queues: [], agents: [], numbers: [] }))
    await world.run(1_000)
    expect(told('callback.failed')).toMatchObject([{ reason: 'queueGone', nextAt: null, callId: null }])
    await stop()
  })
})
