/** Transfers in a whole center on the virtual network: an agent's phone refers, and everybody ends up where he belongs. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { Reaction } from '../simulation/phone-plan.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { createTestCenter, number, outside, patient, trunks, uri } from './testing/test-center.ts'

const phoneHost = '10.4.0.1'
const refuses: Reaction = { kind: 'refuse', ringAfterMs: 100, afterMs: 500, status: 486 }

const center = {
  queues: [
    { id: 'support', wrapUpMs: 60_000 },
    { id: 'sales', wrapUpMs: 0 },
    { id: 'quick', wrapUpMs: 0, strategy: 'linear' },
  ],
  agents: [
    { id: 'ada', queues: ['support', 'quick'], contact: `sip:ada@${phoneHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: [], alwaysAvailable: true },
    { id: 'sam', queues: ['sales', 'quick'] },
  ],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'sales', queue: 'sales' },
    { match: 'quick', queue: 'quick' },
  ],
  trunks,
  outbound: outside,
  media: { timeoutMs: 0 },
} satisfies CenterInput

async function setUp(changes: CenterInput = {}) {
  const tested = await createTestCenter({ ...center, ...changes })
  const { world, told } = tested
  const ada = await createScriptedPhone(world, 'ada', phoneHost)
  /** A caller whom Ada talks to. */
  const serve = async (queue = 'support') => {
    const { call: caller } = await world.call(queue, patient)
    await world.run(3_000)
    const [callId, call] = [told('call.connected').at(-1)?.callId ?? '', ada.calls.at(-1)]
    if (call === undefined) throw new Error('Ada was not rung')
    return { caller, callId, call }
  }
  const refer = async (call: ScriptedCall, to: string, ms = 5_000) => {
    ada.refer(call, to)
    await world.run(ms)
  }
  return { ...tested, ada, serve, refer }
}

describe('a blind transfer by REFER', () => {
  it('to an agent: who transfers is out at once, the caller is with the other when he answers', async () => {
    const { world, ada, told, serve, refer, slot, record, stop } = await setUp()
    const { caller, callId, call } = await serve()
    await refer(call, uri('bob'), 300)
    expect(ada.referred).toEqual([202])
    expect(ada.notes.slice(0, 1)).toEqual(['SIP/2.0 100 Trying (active)'])
    expect(slot('ada')).toBe('wrapping')
    expect(told('call.segment_ended')).toHaveLength(1)
    expect(told('call.transfer_started')[0]).toMatchObject({
      callId,
      kind: 'blind',
      from: 'agent:ada',
      to: 'agent:bob',
    })
    expect(told('call.transferred')).toEqual([])
    await world.run(5_000)
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect(ada.notes).toContain('SIP/2.0 180 Ringing (active)')
    expect(call.ended).toBe('engine')
    expect(slot('bob')).toBe('engaged')
    expect(told('call.transferred')[0]).toMatchObject({
      callId,
      to: 'agent:bob',
      newVisitId: null,
      consultCallId: null,
    })
    expect(told('screenpop.requested').map(({ agentId, trigger }) => [agentId, trigger])).toEqual([
      ['ada', 'offer'],
      ['bob', 'transfer'],
    ])
    expect(await record(callId)).toMatchObject({
      state: 'connected',
      segments: [{ agentId: 'ada' }, { agentId: 'bob' }],
      transfers: [{ kind: 'blind', from: 'agent:ada', to: 'agent:bob', outcome: 'transferred' }],
    })
    expect((await world.engine.calls.explain(callId))?.summary).toBe(
      'Talking to bob after 0 s of waiting, transferred by agent:ada.',
    )
    caller.hangup()
    await stop()
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer' }])
  })

  it('to a queue: done when the caller waits there', async () => {
    const { world, ada, told, serve, refer, record, stop } = await setUp()
    const { caller, callId, call } = await serve()
    await refer(call, uri('sales'))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect(call.ended).toBe('engine')
    const visit = told('call.queued').at(-1)
    expect(visit).toMatchObject({ callId, queueId: 'sales', cause: 'transfer' })
    expect(told('call.transferred')[0]).toMatchObject({ to: 'queue:sales', newVisitId: visit?.visitId })
    expect(await record(callId)).toMatchObject({
      state: 'queued',
      visits: [{ outcome: 'answered' }, { outcome: null }],
    })
    world.engine.agents.signIn('sam', { availability: 'available' })
    await world.run(5_000)
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'sam'])
    caller.hangup()
    await stop()
  })

  it('to his own queue does not come back to him if there is somebody else', async () => {
    const { world, told, serve, refer, slot, stop } = await setUp()
    const { caller, call } = await serve('quick')
    world.engine.agents.signIn('sam', { availability: 'available' })
    // First in the list, and free: Ada's turn, but for that.
    await refer(call, uri('quick'))
    expect(slot('ada')).toBe('idle')
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'sam'])
    caller.hangup()
    await stop()
  })

  it('to an outside number that the rules permit', async () => {
    const { told, serve, refer, ada, stop } = await setUp()
    const { caller, callId, call } = await serve()
    await refer(call, uri(number))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect(told('call.outside_connected')[0]).toMatchObject({ callId, number })
    expect(told('call.transferred')[0]).toMatchObject({ to: `number:${number}` })
    caller.hangup()
    await stop()
    expect(told('call.ended')).toMatchObject([{ ending: 'diverted', endedBy: 'customer' }])
  })

  it('comes back to the agent who is still on the line when the target refuses', async () => {
    const { world, told, serve, refer, ada, slot, record, stop } = await setUp()
    const { caller, callId, call } = await serve()
    world.react('bob', refuses)
    await refer(call, uri('bob'))
    expect(ada.notes.at(-1)).toBe('SIP/2.0 480 Temporarily Unavailable (terminated)')
    expect(call.ended).toBeNull()
    expect(slot('ada')).toBe('engaged')
    expect(told('call.transfer_failed')[0]).toMatchObject({
      callId,
      to: 'agent:bob',
      reason: 'noAnswer',
      next: 'recall',
    })
    expect(told('call.wrapup_completed')).toMatchObject([{ agentId: 'ada', by: 'recall' }])
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'ada'])
    expect(await record(callId)).toMatchObject({
      state: 'connected',
      agentId: 'ada',
      transfers: [{ outcome: 'failed', reason: 'noAnswer' }],
    })
    // It may be tried again: the subscription is over.
    world.react('bob', { kind: 'answer', ringAfterMs: 100, afterMs: 500, talkMs: null })
    await refer(call, uri('bob'))
    expect(ada.referred).toEqual([202, 202])
    expect(told('call.transferred')).toHaveLength(1)
    caller.hangup()
    await stop()
  })

  it('comes back at once from somebody who is not free', async () => {
    const { world, told, serve, refer, ada, slot, stop } = await setUp()
    const { caller, callId, call } = await serve()
    world.engine.agents.setAvailability('bob', 'notReady')
    await refer(call, uri('bob'), 300)
    expect(ada.notes.at(-1)).toMatch(/^SIP\/2.0 4.*terminated/)
    expect([slot('ada'), call.ended]).toEqual(['engaged', null])
    expect(told('call.transfer_failed')).toMatchObject([{ reason: 'agentUnavailable', next: 'recall' }])
    expect(told('call.wrapup_completed')).toMatchObject([{ by: 'recall' }])
    // By command the phone is not on the line any more: it rings.
    world.engine.calls.transfer(callId, { agent: 'bob' })
    await world.run(1_000)
    expect(told('call.transfer_failed')).toHaveLength(2)
    expect([ada.calls.length, slot('ada')]).toEqual([2, 'engaged'])
    caller.hangup()
    await stop()
  })

  it('rings the agent again who has hung up meanwhile', async () => {
    const { world, told, serve, refer, ada, slot, stop } = await setUp()
    const { caller, call } = await serve()
    world.react('bob', { ...refuses, afterMs: 3_000 })
    await refer(call, uri('bob'), 500)
    ada.hangup(call)
    await world.run(5_000)
    expect(told('call.transfer_failed')).toMatchObject([{ next: 'recall' }])
    expect(ada.calls).toHaveLength(2)
    expect(slot('ada')).toBe('engaged')
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'ada'])
    caller.hangup()
    await stop()
  })

  it('queues the caller again if the recalled agent does not answer, or if the queue says so', async () => {
    const { world, told, serve, refer, ada, stop } = await setUp()
    const { caller, call } = await serve()
    world.react('bob', { ...refuses, afterMs: 3_000 })
    await refer(call, uri('bob'), 500)
    ada.hangup(call)
    ada.answer = 486
    await world.run(4_000)
    expect(told('call.queued').map(({ queueId, cause }) => [queueId, cause])).toEqual([
      ['support', 'inbound'],
      ['support', 'transfer'],
    ])
    caller.hangup()
    await stop()

    const strict = await setUp({
      queues: [{ id: 'support', wrapUpMs: 60_000, transferFailure: 'requeue' }, ...center.queues.slice(1)],
    })
    const served = await strict.serve()
    strict.world.react('bob', refuses)
    await strict.refer(served.call, uri('bob'))
    expect(strict.told('call.transfer_failed')).toMatchObject([{ next: 'requeue' }])
    expect(strict.told('call.queued')).toHaveLength(2)
    expect(served.call.ended).toBe('engine')
    served.caller.hangup()
    await strict.stop()
  })

  it('ends in good order when the caller hangs up while the target rings', async () => {
    const { world, ada, told, serve, refer, slot, stop } = await setUp()
    const { caller, call } = await serve('quick')
    world.react('bob', { kind: 'ignore', ringAfterMs: 100 })
    await refer(call, uri('bob'), 600)
    // Without after-call work Ada is busy as long as her phone is.
    expect([slot('ada'), slot('bob')]).toEqual(['engaged', 'ringing'])
    caller.hangup()
    await world.run(500)
    expect([slot('ada'), slot('bob'), call.ended]).toEqual(['idle', 'idle', 'engine'])
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer' }])
    expect(ada.notes).not.toContain('SIP/2.0 200 OK (terminated)')
    await stop()
  })

  it('lets the phone of an agent go whose after-call work is over before the target answers', async () => {
    const { world, told, serve, refer, slot, stop } = await setUp()
    const { caller, call } = await serve()
    world.react('bob', { kind: 'ignore', ringAfterMs: 100 })
    await refer(call, uri('bob'), 600)
    world.engine.agents.completeWrapUp('ada')
    await world.run(100)
    expect([slot('ada'), call.ended]).toEqual(['idle', 'engine'])
    await world.run(32_000)
    // Nobody answers: Ada is rung for the call.
    expect(told('call.transfer_failed')).toMatchObject([{ next: 'recall' }])
    expect(told('call.connected').map(({ agentId }) => agentId)).toEqual(['ada', 'ada'])
    caller.hangup()
    await stop()
  })
})

describe('who may not be referred to, and who may not refer', () => {
  const hostile: readonly (readonly [name: string, headers: readonly string[], status: number])[] = [
    ['no Refer-To', [], 400],
    ['two of them', [`Refer-To: ${uri('bob')}`, `Refer-To: ${uri('sales')}`], 400],
    ['two in one', [`Refer-To: ${uri('bob')}, ${uri('sales')}`], 400],
    ['a javascript: URI', ['Refer-To: <javascript:alert(1)>'], 400],
    ['an http: URI', ['Refer-To: <http://evil.example/>'], 400],
    ['a line break in the user part', ['Refer-To: <sip:bob%0d%0aVia:%20x@10.0.0.1>'], 400],
    ['a line break in a URI header', ['Refer-To: <sip:bob@10.0.0.1?Subject=a%0d%0aRoute:%20x>'], 400],
    ['broken Replaces', ['Refer-To: <sip:bob@10.0.0.1?Replaces=nonsense>'], 400],
    ['another method', ['Refer-To: <sip:bob@10.0.0.1;method=BYE>'], 603],
    ['an endless URI', [`Refer-To: <sip:${'a'.repeat(2_000)}@10.0.0.1>`], 400],
    ['nobody', [`Refer-To: ${uri('nobody')}`], 403],
    ['a number without a rule', [`Refer-To: ${uri('+8821234')}`], 403],
    ['himself', [`Refer-To: ${uri('ada')}`], 603],
  ]
  it('refuses what is malformed, unknown, or not permitted, and the call goes on', async () => {
    const { world, ada, told, serve, stop } = await setUp()
    const { caller, call } = await serve()
    for (const [name, headers, status] of hostile) {
      ada.refer(call, '', headers)
      await world.run(200)
      expect([name, ada.referred.at(-1)]).toEqual([name, status])
    }
    expect(told('call.transfer_started')).toEqual([])
    expect(told('call.segment_ended')).toEqual([])
    expect(call.ended).toBeNull()
    caller.hangup()
    await stop()
  })

  it('takes one REFER at a time', async () => {
    const { world, ada, told, serve, stop } = await setUp()
    const { caller, call } = await serve()
    ada.refer(call, uri('bob'))
    ada.refer(call, uri('sales'))
    await world.run(5_000)
    expect(ada.referred).toEqual([202, 491])
    expect(told('call.transferred')).toMatchObject([{ to: 'agent:bob' }])
    caller.hangup()
    await stop()
  })

  it('tells nothing to who wants to hear nothing (RFC 4488)', async () => {
    const { world, ada, told, serve, stop } = await setUp()
    const { caller, call } = await serve()
    ada.refer(call, '', [`Refer-To: ${uri('bob')}`, 'Refer-Sub: false'])
    await world.run(5_000)
    expect(ada.referred).toEqual([202])
    expect(ada.notes).toEqual([])
    expect(told('call.transferred')).toHaveLength(1)
    expect(call.ended).toBe('engine')
    caller.hangup()
    await stop()
  })

  it('refuses a customer', async () => {
    const { world, told, stop } = await setUp()
    const customer = await createScriptedPhone(world, 'mallory', '10.1.9.9')
    const call = customer.dial('support')
    await world.run(3_000)
    expect(told('call.connected')).toHaveLength(1)
    customer.refer(call, uri(number))
    await world.run(500)
    expect(customer.referred).toEqual([403])
    expect(told('call.outside_dialled')).toEqual([])
    customer.hangup(call)
    await stop()
  })
})

describe('a transfer after a consultation', () => {
  const consult = async (to: string) => {
    const set = await setUp()
    const served = await set.serve()
    set.ada.hold(served.call)
    await set.world.run(200)
    const second = set.ada.dial(to)
    await set.world.run(4_000)
    return { ...set, ...served, second }
  }

  it('joins the caller with the agent who was asked', async () => {
    const { world, ada, told, call, second, caller, callId, slot, record, stop } = await consult('bob')
    expect(told('call.consult_started')).toMatchObject([{ callId, agentId: 'ada', to: 'bob' }])
    expect(world.engine.agents.get('ada').label).toBe('consulting')
    expect(told('screenpop.requested').at(-1)).toMatchObject({ agentId: 'bob', trigger: 'consult' })
    ada.refer(call, ada.replaces(second))
    await world.run(3_000)
    expect(ada.referred).toEqual([202])
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect([call.ended, second.ended]).toEqual(['engine', 'engine'])
    expect(told('call.consult_ended')).toMatchObject([{ callId, outcome: 'transferred' }])
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', from: 'agent:ada', to: 'agent:bob' }])
    expect([slot('ada'), slot('bob')]).toEqual(['wrapping', 'engaged'])
    expect(await record(callId)).toMatchObject({ state: 'connected', agentId: 'bob' })
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'agent', cause: 'transferred' }])
    expect(world.phones.get('bob')?.calls).toHaveLength(1)
    caller.hangup()
    await world.run(2_000)
    expect(world.phones.get('bob')?.calls).toHaveLength(0)
    await stop()
  })

  it('also if the phone asks in its second call', async () => {
    const { world, ada, told, call, second, caller, slot, stop } = await consult('bob')
    ada.refer(second, ada.replaces(call))
    await world.run(3_000)
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: 'agent:bob' }])
    expect([call.ended, second.ended, slot('bob')]).toEqual(['engine', 'engine', 'engaged'])
    caller.hangup()
    await stop()
  })

  it('joins the caller with an outside party', async () => {
    const { world, ada, told, call, second, caller, stop } = await consult(number)
    ada.refer(call, ada.replaces(second))
    await world.run(3_000)
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: `number:${number}` }])
    expect(told('call.outside_ended')).toMatchObject([{ reason: 'transferred' }])
    expect(world.engine.counters().outside).toMatchObject({ active: 1 })
    caller.hangup()
    await stop()
  })

  it('hands the place in a queue over', async () => {
    const { world, ada, told, call, second, caller, callId, stop } = await consult('sales')
    const asked = told('call.queued').find(({ queueId }) => queueId === 'sales')
    ada.refer(call, ada.replaces(second))
    await world.run(3_000)
    const visit = told('call.queued').at(-1)
    expect(visit).toMatchObject({ callId, queueId: 'sales', cause: 'transfer', enqueuedAt: asked?.enqueuedAt })
    expect(told('call.transferred')).toMatchObject([{ to: 'queue:sales', newVisitId: visit?.visitId }])
    expect([call.ended, second.ended]).toEqual(['engine', 'engine'])
    caller.hangup()
    await stop()
  })

  it('goes on with the two agents when the caller hangs up', async () => {
    const { world, ada, told, call, second, caller, callId, stop } = await consult('bob')
    caller.hangup()
    await world.run(500)
    expect(told('call.consult_ended')).toMatchObject([{ callId, outcome: 'caller' }])
    expect(told('call.ended')).toMatchObject([{ callId, ending: 'completed', cause: 'heldHangup' }])
    expect([call.ended, second.ended]).toEqual(['engine', null])
    // Too late for a transfer.
    ada.refer(second, ada.replaces(call))
    await world.run(500)
    expect(ada.notes.at(-1)).toContain('SIP/2.0 481')
    ada.hangup(second)
    await stop()
  })

  it('refuses who knows the tags of a call that is not his', async () => {
    const { world, ada, told, serve, stop } = await setUp()
    const { caller, call } = await serve()
    const eve = await createScriptedPhone(world, 'eve', '10.1.7.7')
    const theirs = eve.dial('sales')
    await world.run(1_000)
    ada.refer(call, eve.replaces(theirs))
    await world.run(500)
    expect(ada.referred).toEqual([403])
    expect(told('call.transfer_started')).toEqual([])
    eve.hangup(theirs)
    caller.hangup()
    await stop()
  })

  it('takes the caller back when the consultation is over', async () => {
    const { world, ada, told, second, caller, callId, stop } = await consult('bob')
    ada.hangup(second)
    await world.run(500)
    expect(told('call.consult_ended')).toMatchObject([{ callId, outcome: 'ended' }])
    expect(world.engine.agents.get('ada').label).toBe('held')
    caller.hangup()
    await stop()
  })
})

describe('a transfer by command', () => {
  it('hands the call over, or says why not', async () => {
    const { world, ada, told, serve, stop } = await setUp()
    const { caller, callId, call } = await serve()
    const { calls } = world.engine
    expect(() => calls.transfer(callId, { agent: 'nobody' })).toThrow('There is no agent nobody')
    expect(() => calls.transfer(callId, { queue: 'nowhere' })).toThrow('There is no queue nowhere')
    expect(() => calls.transfer(callId, { number: '+8821' })).toThrow('no outbound rule')
    expect(() => calls.transfer('unknown', { agent: 'bob' })).toThrow('There is no call')
    calls.transfer(callId, { agent: 'bob' }, { actor: 'supervisor:eve' })
    expect(() => calls.transfer(callId, { agent: 'bob' })).toThrow('not with an agent')
    await world.run(4_000)
    expect(call.ended).toBe('engine')
    expect(ada.notes).toEqual([])
    expect(told('call.transfer_started')).toMatchObject([{ actor: 'supervisor:eve' }])
    expect(told('call.transferred')).toMatchObject([{ to: 'agent:bob' }])
    caller.hangup()
    await stop()
  })
})
