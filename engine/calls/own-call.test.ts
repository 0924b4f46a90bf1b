/** An agent hands on whom he has called himself, in a whole center on the virtual network. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { Reaction } from '../simulation/phone-plan.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { createTestCenter, number, trunks, uri } from './testing/test-center.ts'

const abroadHost = '10.3.0.2'
const phoneHost = '10.4.0.1'
const otherNumber = '+442079999999'
const refuses: Reaction = { kind: 'refuse', ringAfterMs: 100, afterMs: 500, status: 486 }

const center = {
  queues: [
    { id: 'support', wrapUpMs: 60_000 },
    { id: 'sales', wrapUpMs: 0 },
  ],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${phoneHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: [], alwaysAvailable: true },
    { id: 'sam', queues: ['sales'] },
  ],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'sales', queue: 'sales' },
  ],
  trunks: [...trunks, { id: 'abroad', addresses: [abroadHost], host: abroadHost }],
  outbound: [
    { prefix: '+44', trunk: 'carrier', callerId: '+441' },
    { prefix: '+33', trunk: 'abroad' },
  ],
} satisfies CenterInput

async function setUp(mode: 'relay' | 'direct' = 'relay', changes: CenterInput = {}) {
  const tested = await createTestCenter({ ...center, media: { mode, timeoutMs: 0 }, ...changes })
  const { world, told, carrier } = tested
  const ada = await createScriptedPhone(world, 'ada', phoneHost)
  /** Ada talks to somebody outside. */
  const call = async (to = number) => {
    const own = ada.dial(to)
    await world.run(3_000)
    return { own, callId: told('call.outside_connected').at(-1)?.callId ?? '' }
  }
  const refer = async (on: ScriptedCall, to: string, ms = 5_000) => {
    ada.refer(on, to)
    await world.run(ms)
  }
  const endpoint = () => world.engine.agents.get('ada').endpoint
  const hangUpOutside = () => carrier.calls[0]?.hangup()
  const stop = async () => {
    await tested.stop()
    const [dialled, ended] = [told('call.outside_dialled'), told('call.outside_ended')]
    expect(ended.map(({ legId }) => legId).sort()).toEqual(dialled.map(({ legId }) => legId).sort())
  }
  return { ...tested, stop, ada, call, refer, endpoint, hangUpOutside }
}

const modes = ['relay', 'direct'] as const

describe('an agent hands on whom he has called', () => {
  it.each(modes)('to a colleague: the party is his customer then (%s)', async mode => {
    const { world, ada, told, call, refer, slot, endpoint, record, hangUpOutside, stop } = await setUp(mode)
    const { own, callId } = await call()
    expect([slot('ada'), endpoint()]).toEqual(['idle', 'inUse'])
    await refer(own, uri('bob'))
    expect(ada.referred).toEqual([202])
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect([own.ended, slot('ada'), endpoint(), slot('bob')]).toEqual(['engine', 'idle', 'reachable', 'engaged'])
    expect(told('call.transfer_started')).toMatchObject([{ callId, kind: 'blind', from: 'agent:ada', to: 'agent:bob' }])
    expect(told('call.transferred')).toMatchObject([{ callId, to: 'agent:bob' }])
    expect(told('screenpop.requested')).toMatchObject([
      { agentId: 'bob', trigger: 'transfer', ani: { e164: number }, dnis: '+441' },
    ])
    expect(await record(callId)).toMatchObject({
      state: 'connected',
      agentId: 'bob',
      fromAgentId: 'ada',
      segments: [{ agentId: 'ada' }, { agentId: 'bob' }],
      transfers: [{ outcome: 'transferred' }],
      outside: [{ number, endedAt: null }],
    })
    expect((await world.engine.calls.explain(callId))?.summary).toBe(
      'Talking to bob after 0 s of waiting, transferred by agent:ada.',
    )
    // It costs as long as the party is there, whoever talks to him.
    expect(world.engine.counters()).toMatchObject({ outside: { active: 1 }, rtpSessions: mode === 'relay' ? 2 : 0 })
    hangUpOutside()
    await world.run(1_000)
    expect(slot('bob')).toBe('idle')
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer', cause: 'customerHangup' }])
    const [ended] = told('call.outside_ended')
    expect(ended).toMatchObject({ outcome: 'completed', reason: 'customerHangup' })
    expect(ended?.talkMs).toBeGreaterThan(5_000)
    // Nothing of the talk is counted twice, nor left out: but for the ringing of the second phone.
    const talkMs = told('call.ended')[0]?.totals.talkMs ?? 0
    expect((ended?.talkMs ?? 0) - talkMs).toBeGreaterThanOrEqual(1_000)
    expect((ended?.talkMs ?? 0) - talkMs).toBeLessThan(1_300)
    await stop()
  })

  it('to a queue, where the party waits as any caller', async () => {
    const { world, ada, told, call, refer, hangUpOutside, stop } = await setUp()
    const { own, callId } = await call()
    await refer(own, uri('sales'))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect(own.ended).toBe('engine')
    expect(told('call.queued')).toMatchObject([{ callId, queueId: 'sales', cause: 'transfer' }])
    world.engine.agents.signIn('sam', { availability: 'available' })
    await world.run(5_000)
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'sam'])
    hangUpOutside()
    await stop()
  })

  it.each(modes)('to another number outside (%s)', async mode => {
    const { world, told, call, refer, hangUpOutside, stop } = await setUp(mode)
    const { own } = await call()
    await refer(own, uri(otherNumber))
    expect(told('call.transferred')).toMatchObject([{ to: `number:${otherNumber}` }])
    expect(told('call.outside_connected').map(it => it.number)).toEqual([number, otherNumber])
    expect([own.ended, world.engine.counters().outside.active]).toEqual(['engine', 2])
    hangUpOutside()
    await stop()
    expect(told('call.ended')).toMatchObject([{ ending: 'diverted', endedBy: 'customer' }])
  })

  it.each([
    ['nothing of the agent by whose id the party was called', '+33111', null],
    ['the number that the party was shown', number, '+441'],
  ])('to another number outside, whose trunk is told %s', async (_, called, shown) => {
    const trusted = { id: 'abroad', addresses: [abroadHost], host: abroadHost, trusted: true }
    const { world, call, refer, stop, hangUpOutside } = await setUp('relay', { trunks: [...trunks, trusted] })
    const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
    const { own } = await call(called)
    await refer(own, uri('+33222'))
    const invite = abroad.received.findLast(it => it.kind === 'request' && it.method === 'INVITE')
    const told = ['history-info', 'diversion'].map(name => /sip:([^@>]*)@/.exec(invite?.headers.get(name) ?? '')?.[1])
    expect(invite).toMatchObject({ uri: expect.stringContaining('33222') })
    expect(told.map(each => (each === undefined ? null : decodeURIComponent(each)))).toEqual([shown, shown])
    hangUpOutside()
    for (const leg of abroad.calls) abroad.hangup(leg)
    await stop()
  })

  it.each(modes)('and has the party back whom nobody takes (%s)', async mode => {
    const { world, ada, told, call, refer, slot, stop } = await setUp(mode)
    const { own } = await call()
    world.react('bob', refuses)
    await refer(own, uri('bob'))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 480 Temporarily Unavailable (terminated)')
    expect(told('call.transfer_failed')).toMatchObject([{ next: 'recall' }])
    expect([own.ended, slot('ada')]).toEqual([null, 'engaged'])
    // And again, now with better luck.
    world.react('bob', { kind: 'answer', ringAfterMs: 100, afterMs: 500, talkMs: null })
    await refer(own, uri('bob'))
    expect([ada.referred, slot('bob')]).toEqual([[202, 202], 'engaged'])
    world.phones.get('bob')?.calls[0]?.hangup()
    await world.run(1_000)
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'agent', cause: 'agentHangup' }])
    await stop()
  })

  it('and is rung for the party whom nobody takes after he has hung up', async () => {
    const { world, ada, told, call, refer, slot, hangUpOutside, stop } = await setUp()
    const { own } = await call()
    world.react('bob', { ...refuses, afterMs: 3_000 })
    await refer(own, uri('bob'), 500)
    ada.hangup(own)
    await world.run(5_000)
    expect(told('call.transfer_failed')).toMatchObject([{ next: 'recall' }])
    expect([ada.calls.length, slot('ada')]).toEqual([2, 'engaged'])
    hangUpOutside()
    await stop()
  })

  it('by command: his phone is let go at once', async () => {
    const { world, ada, told, call, slot, hangUpOutside, stop } = await setUp()
    const { own, callId } = await call()
    world.engine.calls.transfer(callId, { agent: 'bob' }, { actor: 'user:ada' })
    await world.run(100)
    expect([own.ended, ada.notes, slot('ada')]).toEqual(['engine', [], 'idle'])
    await world.run(4_000)
    expect(told('call.transfer_started')).toMatchObject([{ actor: 'user:ada' }])
    expect(told('call.transferred')).toMatchObject([{ to: 'agent:bob' }])
    hangUpOutside()
    await stop()
  })
})

describe('after a consultation', () => {
  it.each([
    ['in the first call', 'bob', 'agent:bob', 0],
    ['in the second call', 'bob', 'agent:bob', 1],
    ['to somebody else outside', otherNumber, `number:${otherNumber}`, 0],
    ['to his place in a queue', 'sales', 'queue:sales', 0],
  ] as const)('he joins the two, asked %s', async (_how, asked, to, which) => {
    const { world, ada, told, call, slot, record, hangUpOutside, stop } = await setUp()
    const { own, callId } = await call()
    ada.hold(own)
    await world.run(200)
    const second = ada.dial(asked)
    await world.run(4_000)
    const [on, named] = which === 0 ? [own, second] : [second, own]
    ada.refer(on, ada.replaces(named))
    await world.run(3_000)
    expect(ada.referred).toEqual([202])
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect([own.ended, second.ended, slot('ada')]).toEqual(['engine', 'engine', 'idle'])
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', from: 'agent:ada', to }])
    if (asked === 'bob') expect(await record(callId)).toMatchObject({ state: 'connected', agentId: 'bob' })
    hangUpOutside()
    await stop()
  })
})

describe('an agent hands on a colleague whom he has called', () => {
  /** Ada talks to Bob, whom she has called. */
  const withBob = async (mode: 'relay' | 'direct' = 'relay') => {
    const set = await setUp(mode)
    const own = set.ada.dial('bob')
    await set.world.run(3_000)
    expect([set.slot('ada'), set.endpoint(), set.slot('bob')]).toEqual(['idle', 'inUse', 'engaged'])
    const endpointOf = (agentId: string) => set.world.engine.agents.get(agentId).endpoint
    const bob = () => set.world.phones.get('bob')?.calls[0]
    return { ...set, own, callId: set.told('call.arrived')[0]?.callId ?? '', endpointOf, bob }
  }

  it.each(modes)('to a queue: he waits there as one who has called himself (%s)', async mode => {
    const { world, ada, told, own, callId, refer, slot, endpoint, endpointOf, record, bob, stop } = await withBob(mode)
    await refer(own, uri('sales'))
    expect([ada.referred, ada.notes.at(-1)]).toEqual([[202], 'SIP/2.0 200 OK (terminated)'])
    expect([own.ended, slot('ada'), endpoint(), slot('bob'), endpointOf('bob')]).toEqual([
      'engine',
      'idle',
      'reachable',
      'idle',
      'inUse',
    ])
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'blind', from: 'agent:ada', to: 'queue:sales' }])
    expect(told('call.queued')).toMatchObject([{ callId, queueId: 'sales', cause: 'transfer' }])
    world.engine.agents.signIn('sam', { availability: 'available' })
    await world.run(5_000)
    expect(told('screenpop.requested').at(-1)).toMatchObject({
      agentId: 'sam',
      trigger: 'transfer',
      ani: { raw: 'bob', e164: null },
      dnis: 'ada',
    })
    expect(await record(callId)).toMatchObject({
      state: 'connected',
      segments: [{ agentId: 'bob' }, { agentId: 'ada' }, { agentId: 'sam' }],
    })
    bob()?.hangup()
    await world.run(500)
    expect([slot('sam'), endpointOf('bob')]).toEqual(['idle', 'reachable'])
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer' }])
    await stop()
  })

  it.each(modes)('to a number outside: it is his own call from then on (%s)', async mode => {
    const { world, told, own, refer, slot, endpointOf, hangUpOutside, carrier, stop } = await withBob(mode)
    await refer(own, uri(number))
    expect(told('call.outside_connected')).toMatchObject([{ number }])
    expect([own.ended, slot('bob'), endpointOf('bob'), carrier.calls.length]).toEqual(['engine', 'idle', 'inUse', 1])
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    hangUpOutside()
    await stop()
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'outside' }])
  })

  it('and has him back whom nobody takes', async () => {
    const { world, ada, told, own, refer, slot, endpointOf, bob, stop } = await withBob()
    world.engine.agents.signIn('sam', { availability: 'available' })
    world.react('sam', refuses)
    await refer(own, uri('sam'))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 480 Temporarily Unavailable (terminated)')
    expect(told('call.transfer_failed')).toMatchObject([{ next: 'recall' }])
    expect([own.ended, slot('ada'), slot('bob'), endpointOf('bob')]).toEqual([null, 'engaged', 'idle', 'inUse'])
    bob()?.hangup()
    await stop()
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer' }])
  })

  it.each([
    ['a colleague, asked in the first call', 'sam', 'agent:sam', 0],
    ['a colleague, asked in the second call', 'sam', 'agent:bob', 1],
    ['somebody outside, who is the customer then', number, 'agent:bob', 0],
    ['her own place in a queue', 'sales', 'queue:sales', 0],
    ['her own place in a queue, asked there', 'sales', 'queue:sales', 1],
  ] as const)('to %s', async (_who, asked, to, which) => {
    const { world, ada, told, own, slot, endpoint, endpointOf, bob, stop } = await withBob()
    if (asked === 'sam') world.engine.agents.signIn('sam', { availability: 'available' })
    ada.hold(own)
    await world.run(200)
    const second = ada.dial(asked)
    await world.run(4_000)
    const since = told('call.queued')[0]?.enqueuedAt
    const [on, named] = which === 0 ? [own, second] : [second, own]
    ada.refer(on, ada.replaces(named))
    await world.run(3_000)
    expect([ada.referred, ada.notes.at(-1)]).toEqual([[202], 'SIP/2.0 200 OK (terminated)'])
    expect([own.ended, second.ended, slot('ada'), endpoint()]).toEqual(['engine', 'engine', 'idle', 'reachable'])
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', from: 'agent:ada', to }])
    // One of the two is the other's customer.
    const agent = to.slice('agent:'.length)
    expect([slot('bob'), endpointOf('bob')]).toEqual(agent === 'bob' ? ['engaged', 'reachable'] : ['idle', 'inUse'])
    if (asked === 'sam') expect(slot('sam')).toBe(agent === 'sam' ? 'engaged' : 'idle')
    // The place is the one that Ada had.
    if (asked === 'sales') expect(told('call.queued').at(-1)?.enqueuedAt).toBe(since)
    bob()?.hangup()
    await world.run(500)
    expect([slot('sam'), endpointOf('bob')]).toEqual(['idle', 'reachable'])
    await stop()
  })

  it.each([0, 60_000])(
    'who took it from a queue: his after-call work is his, another call is not (%s ms)',
    async wrapUpMs => {
      const queues = [{ id: 'support' }, { id: 'sales', wrapUpMs }]
      const { world, ada, told, refer, slot, stop } = await setUp('relay', { queues })
      world.engine.agents.signIn('sam', { availability: 'available' })
      const own = ada.dial('sales')
      await world.run(3_000)
      const { call: waits } = await world.call('sales', { patienceMs: 600_000, talkMs: null, talkFrom: 'join' })
      await world.run(1_000)
      await refer(own, uri('bob'))
      expect([slot('sam'), slot('bob')]).toEqual([wrapUpMs === 0 ? 'idle' : 'wrapping', 'engaged'])
      expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['sam', 'ada', 'bob'])
      expect(told('call.wrapup_started').map(({ agentId }) => agentId)).toEqual(wrapUpMs === 0 ? [] : ['sam'])
      world.phones.get('sam')?.calls[0]?.hangup()
      await world.run(500)
      if (wrapUpMs > 0) world.engine.agents.completeWrapUp('sam')
      await world.run(3_000)
      // Who has waited is next.
      expect([slot('sam'), slot('bob')]).toEqual(['engaged', 'idle'])
      waits.hangup()
      await world.run(500)
      if (wrapUpMs > 0) world.engine.agents.completeWrapUp('sam')
      await stop()
    },
  )

  it('not to himself, nor to her, nor what she waits for alone', async () => {
    const { world, ada, told, own, refer, slot, stop } = await withBob()
    await refer(own, uri('bob'), 500)
    await refer(own, uri('ada'), 500)
    ada.hangup(own)
    await world.run(500)
    const waiting = ada.dial('sales')
    await world.run(1_000)
    await refer(waiting, uri('bob'), 500)
    expect(ada.referred).toEqual([603, 603, 603])
    expect([told('call.transfer_started').length, slot('bob')]).toEqual([0, 'idle'])
    ada.hangup(waiting)
    await stop()
  })

  it('not while a caller waits', async () => {
    const { world, ada, told, refer, slot, stop } = await setUp()
    const { call: caller } = await world.call('support', { patienceMs: 600_000, talkMs: null, talkFrom: 'join' })
    await world.run(3_000)
    const second = ada.dial('bob')
    await world.run(3_000)
    await refer(second, uri('sales'), 500)
    expect([ada.referred, told('call.transfer_started').length, slot('bob')]).toEqual([[603], 0, 'engaged'])
    ada.hangup(second)
    caller.hangup()
    await stop()
  })
})

describe('who may not', () => {
  it('an agent who may not call the target, and an agent for himself: nothing has changed', async () => {
    const { ada, told, call, refer, slot, endpoint, stop } = await setUp()
    const { own } = await call()
    for (const target of ['+8821234', 'nobody']) await refer(own, uri(target), 500)
    await refer(own, uri('ada'), 500)
    expect(ada.referred).toEqual([403, 403, 603])
    expect([told('call.connected').length, slot('ada'), endpoint()]).toEqual([0, 'idle', 'inUse'])
    ada.hangup(own)
    await stop()
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'agent' }])
  })

  it('an agent who has a customer waiting: his slot is that call’s', async () => {
    const { world, ada, told, call, refer, stop } = await setUp()
    const { call: caller } = await world.call('support', { patienceMs: 600_000, talkMs: null, talkFrom: 'join' })
    await world.run(3_000)
    const served = ada.calls.at(-1)
    if (served === undefined) throw new Error('Ada was not rung')
    ada.hold(served)
    await world.run(200)
    const { own, callId } = await call()
    await refer(own, uri('bob'), 500)
    expect(ada.referred).toEqual([603])
    expect(() => world.engine.calls.transfer(callId, { agent: 'bob' })).toThrow('other work at hand')
    expect(told('call.transfer_started')).toEqual([])
    ada.hangup(own)
    await world.run(500)
    caller.hangup()
    await stop()
  })

  it('the party, before and after', async () => {
    const { world, ada, told, call, refer, stop } = await setUp()
    const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
    const { own } = await call('+33123456')
    const [leg] = abroad.calls
    if (leg === undefined) throw new Error('nobody was called abroad')
    abroad.refer(leg, uri(otherNumber))
    await world.run(500)
    await refer(own, uri('bob'))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    abroad.refer(leg, uri(otherNumber))
    await world.run(500)
    expect(abroad.referred).toEqual([403, 403])
    expect(told('call.outside_dialled')).toHaveLength(1)
    abroad.hangup(leg)
    await stop()
  })
})
