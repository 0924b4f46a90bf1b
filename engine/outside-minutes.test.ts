/** The day's minutes of outside calls, in a whole center on the virtual network: what runs when they are used up is ended. */
import { describe, expect, it, vi } from 'vitest'
import { consult } from './calls/testing/consultation.ts'
import { createScriptedPhone } from './calls/testing/scripted-phone.ts'
import { createTestCenter, number, outside, patient, trunks, uri } from './calls/testing/test-center.ts'
import type { CenterInput } from './config.ts'
import { LimitedPass } from './routing/outbound-pass.ts'
import { engineHost } from './simulation/world.ts'
import type { SipRequest } from './sip/index.ts'

const [adaHost, abroadHost] = ['10.4.0.1', '10.3.0.2']
const abroad = '+33123456789'
const spoken = 'SIP;cause=503;text="No minutes left for outside calls"'
const limited = 'outboundLimited'

const adaConfig = { id: 'ada', contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }
const bob = { id: 'bob', queues: [], alwaysAvailable: true }

const center = {
  queues: [{ id: 'support', wrapUpMs: 0, overflow: [{ afterMs: 1_000, to: { number: abroad } }] }],
  agents: [{ ...adaConfig, queues: [] }, bob],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [...trunks, { id: 'abroad', addresses: [abroadHost], host: abroadHost }],
  outbound: [...outside, { prefix: '+33', trunk: 'abroad' }],
  outboundLimits: { minutesPerDay: 1 },
  media: { timeoutMs: 0 },
} satisfies CenterInput

async function setUp(changes: CenterInput = {}) {
  const tested = await createTestCenter({ ...center, ...changes })
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const far = await createScriptedPhone(world, 'far', abroadHost)
  const [run, told] = [world.run, tested.told]
  const ended = () => told('call.ended').map(({ ending, endedBy, cause }) => [ending, endedBy, cause])
  return { ...tested, ada, far, run, ended }
}

/** The Reason of the only request of a kind; `none`: it has none. */
function reasonOf(method: string, received: readonly { readonly kind: string }[]): string {
  const fitting = received.filter(it => it.kind === 'request' && (it as SipRequest).method === method) as SipRequest[]
  expect(fitting).toHaveLength(1)
  return fitting[0]?.headers.get('reason') ?? 'none'
}

describe("when the day's minutes are used up", () => {
  it('a caller who was sent out is let go with whom he talks to, and both hear why', async () => {
    const { world, far, run, told, ended, stop } = await setUp()
    const { call: caller } = await world.call('support', patient)
    await run(60_900)
    expect([far.calls[0]?.ended, told('security.outbound_limited')]).toEqual([null, []])
    await run(600)
    expect(told('security.outbound_limited')).toEqual([{ limit: 'minutes', number: abroad }])
    expect(told('call.outside_ended')).toMatchObject([{ outcome: 'completed', reason: limited, talkMs: 60_000 }])
    expect(ended()).toEqual([['diverted', 'system', limited]])
    expect(reasonOf('BYE', far.received)).toBe(spoken)
    expect(caller.end).toMatchObject({ by: 'peer' })
    await stop()
  })

  it('several that run at once are ended in the moment in which they have used them up together', async () => {
    const { ada, far, world, run, told, ended, stop } = await setUp()
    ada.dial(number)
    await run(21_000)
    const { call: caller } = await world.call('support', patient)
    await run(20_500)
    expect(ended()).toEqual([])
    await run(1_000)
    expect(ended().sort()).toEqual([
      ['completed', 'system', limited],
      ['diverted', 'system', limited],
    ])
    const talked = told('call.outside_ended').map(({ talkMs }) => talkMs)
    expect(Math.abs((talked[0] ?? 0) + (talked[1] ?? 0) - 60_000)).toBeLessThanOrEqual(1)
    expect(told('security.outbound_limited')).toHaveLength(1)
    expect(reasonOf('BYE', ada.received)).toBe(spoken)
    expect(reasonOf('BYE', far.received)).toBe(spoken)
    expect(caller.end).toMatchObject({ by: 'peer' })
    const again = ada.dial(number)
    await run(1_000)
    expect([ada.answered.at(-1), again.ended]).toEqual([503, 'engine'])
    await stop()
  })

  it('nobody is rung any longer: the caller goes where the queue would have him go next, and the agent hears 503', async () => {
    const queues = [
      {
        id: 'support',
        wrapUpMs: 0,
        answer: 'with-agent' as const,
        overflow: [
          { afterMs: 25_000, to: { number: abroad } },
          { afterMs: 600_000, to: { queue: 'sales' } },
        ],
      },
      { id: 'sales', answer: 'with-agent' as const },
    ]
    const { world, ada, far, react, run, told, stop } = await setUp({ queues })
    far.answer = 180
    ada.dial(number)
    await run(30_000)
    const { call: caller } = await world.call('support', patient)
    react({ kind: 'ignore', ringAfterMs: 100 })
    const second = await world.phones.get('bob')?.dial(`sip:${encodeURIComponent('+447')}@${engineHost}:5060`, patient)
    await run(32_000)
    expect(reasonOf('CANCEL', far.received)).toBe(spoken)
    expect(told('call.outside_ended').map(({ number: to, outcome, reason }) => [to, outcome, reason])).toEqual([
      [number, 'completed', limited],
      ['+447', 'failed', limited],
      [abroad, 'failed', limited],
    ])
    expect(second?.end).toMatchObject({ status: 503 })
    expect(told('call.queued').map(({ queueId }) => queueId)).toEqual(['support', 'sales'])
    caller.hangup()
    await stop()
  })

  it('how long it rings costs nothing', async () => {
    const { ada, far, run, ended, stop } = await setUp()
    far.answer = 180
    ada.dial(abroad)
    await run(90_000)
    far.pickUp()
    await run(59_900)
    expect(ended()).toEqual([])
    await run(1_000)
    expect(ended()).toEqual([['completed', 'system', limited]])
    await stop()
  })

  it('whom an agent has called and handed on is let go by whoever has him now', async () => {
    const { world, ada, run, slot, ended, stop } = await setUp()
    const own = ada.dial(number)
    await run(3_000)
    ada.refer(own, uri('bob'))
    await run(5_000)
    expect([ada.referred, slot('bob')]).toEqual([[202], 'engaged'])
    await run(60_000)
    expect(ended()).toEqual([['completed', 'system', limited]])
    expect([slot('bob'), world.engine.counters().outside.active]).toEqual(['idle', 0])
    await stop()
  })

  it('whom an agent has called about a customer goes, be it that he has got him by then', async () => {
    const { world, ada, run, told, ended, stop } = await setUp({
      queues: [{ id: 'support', wrapUpMs: 0 }],
      agents: [{ ...adaConfig, queues: ['support'] }, bob],
    })
    const { call: caller } = await world.call('support', patient)
    await run(3_000)
    const consult = ada.dial(number)
    await run(3_000)
    const [talk] = ada.calls
    if (talk === undefined) throw new Error('ada talks to nobody')
    ada.refer(talk, ada.replaces(consult))
    await run(3_000)
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: `number:${number}` }])
    expect(caller.end).toBeNull()
    await run(60_000)
    expect(ended().sort()).toEqual([
      ['completed', 'agent', 'transferred'],
      ['diverted', 'system', limited],
    ])
    expect(caller.end).toMatchObject({ by: 'peer' })
    await stop()
  })

  it("an agent's telephone outside, to which his phone has sent the call, is hung up with the caller", async () => {
    const { world, ada, far, run, told, ended, stop } = await setUp({
      queues: [{ id: 'support', wrapUpMs: 0 }],
      agents: [{ ...adaConfig, queues: ['support'] }],
      sip: { redirects: 'follow' },
    })
    ada.refusal = { status: 302, headers: [`Contact: <sip:${abroad}@x.example>`] }
    const { call: caller } = await world.call('support', patient)
    await run(59_000)
    expect(told('call.connected')).toMatchObject([{ agentId: 'ada' }])
    await run(3_000)
    expect(ended()).toEqual([['completed', 'system', limited]])
    expect(reasonOf('BYE', far.received)).toBe(spoken)
    expect(caller.end).toMatchObject({ by: 'peer' })
    await stop()
  })

  it("an agent's telephone outside that rings is not let in: his offer fails", async () => {
    const { world, ada, far, run, told, stop } = await setUp({
      queues: [{ id: 'support', wrapUpMs: 0, ringTimeoutMs: 60_000 }],
      agents: [{ ...adaConfig, queues: ['support'] }, bob],
      sip: { redirects: 'follow' },
    })
    far.answer = 180
    ada.refusal = { status: 302, headers: [`Contact: <sip:${abroad}@x.example>`] }
    await world.phones.get('bob')?.dial(`sip:${encodeURIComponent(number)}@${engineHost}:5060`, patient)
    await run(30_000)
    const { call: caller } = await world.call('support', patient)
    await run(32_000)
    expect(reasonOf('CANCEL', far.received)).toBe(spoken)
    expect(told('offer.failed')).toMatchObject([{ agentId: 'ada', reason: limited, sipCode: 503 }])
    caller.hangup()
    await stop()
  })

  it('a customer who was called back is let go, and has cost what he waited for an agent, too', async () => {
    const queues = [
      { id: 'support', wrapUpMs: 0, callback: { mode: 'customer-first' as const }, overflow: [] },
    ] satisfies CenterInput['queues']
    const { world, far, run, told, stop } = await setUp({
      queues,
      agents: [{ id: 'bob', queues: ['support'] }],
    })
    world.engine.agents.signIn('bob', { availability: 'available' })
    world.engine.callbacks.request('support', { number: abroad })
    await run(500)
    // He is called for an agent who is gone by the time that he has picked up.
    world.engine.agents.setAvailability('bob', 'notReady')
    await run(58_000)
    expect([far.calls.length, far.calls[0]?.ended]).toEqual([1, null])
    await run(4_000)
    expect(reasonOf('BYE', far.received)).toBe(spoken)
    expect(told('callback.failed')).toMatchObject([{ reason: limited }])
    expect(world.engine.counters().outside.active).toBe(0)
    for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    await stop()
  })
})

it('a bound that is lowered ends at once what is past it', async () => {
  const { world, ada, run, ended, stop } = await setUp({ outboundLimits: { minutesPerDay: 100 } })
  ada.dial(number)
  await run(150_000)
  const changed = world.furnished({ ...center, outboundLimits: { minutesPerDay: 2 } })
  await world.engine.applyCenter(changed)
  await run(100)
  expect(ended()).toEqual([['completed', 'system', limited]])
  await stop()
})

describe('who is let through just as the last minute is over', () => {
  /** Whoever has a call from now on learns at once that there is none left. */
  const spend = () => vi.spyOn(LimitedPass.prototype, 'onSpent').mockImplementation(end => end())

  it('is dialled and given up, in that order, and rung by nobody', async () => {
    const { world, far, run, told, ended, stop } = await setUp()
    spend()
    const { call: caller } = await world.call('support', patient)
    await run(3_000)
    const types = world.events.map(({ type }) => type).filter(type => type.startsWith('call.outside'))
    expect(types).toEqual(['call.outside_dialled', 'call.outside_ended'])
    expect(told('call.outside_ended')).toMatchObject([{ outcome: 'failed', reason: limited }])
    expect([far.calls.length, ended()]).toEqual([0, [['rejected', 'system', limited]]])
    expect(caller.end).toMatchObject({ by: 'peer' })
    await stop()
  })

  it.each([
    ['talks', 200],
    ['rings', 180],
  ])('and has been handed on, who %s by then, is let go', async (_, answer) => {
    const queues = [{ id: 'desk', wrapUpMs: 0 }]
    const agents = [{ ...adaConfig, queues: ['desk'] }]
    const numbers = [{ match: 'desk', queue: 'desk' }]
    const tested = await setUp({ queues, agents, numbers })
    const { ada, far, run, told, stop } = tested
    far.answer = answer
    const { caller, call, second } = await consult(tested, ada, abroad, { queue: 'desk' })
    spend()
    ada.refer(call, ada.replaces(second))
    await run(3_000)
    const [before, after] = told('call.outside_ended')
    expect([before?.reason, after?.reason]).toEqual(['transferred', limited])
    expect(told('call.outside_dialled').map(({ legId }) => legId)).toEqual([before?.legId, after?.legId])
    expect(far.calls.map(({ ended }) => ended)).toEqual(['engine'])
    expect(told('call.transfer_failed')).toMatchObject([{ reason: limited, next: 'recall' }])
    caller.hangup()
    await stop()
  })
})
