/** An agent hands a caller on to whom he has called and who has not answered yet: it rings on, in a whole center on the virtual network. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { MediaPort } from '../ports/media.ts'
import type { Reaction } from '../simulation/phone-plan.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import type { WorldOptions } from '../simulation/world.ts'
import { consult } from './testing/consultation.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { createTestCenter, number, outside, trunks, uri } from './testing/test-center.ts'

const phoneHost = '10.4.0.1'
const abroadHost = '10.3.0.2'
const bobHost = '10.4.0.2'
const mobileHost = '10.4.0.3'
/** Rings, and takes its time. */
const late: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 6_000, talkMs: null }

const center = {
  queues: [
    { id: 'support', wrapUpMs: 60_000 },
    { id: 'quick', wrapUpMs: 0 },
    { id: 'quiet', answer: 'with-agent', wrapUpMs: 0 },
  ],
  agents: [
    { id: 'ada', queues: ['support', 'quick'], contact: `sip:ada@${phoneHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: [], contact: `sip:bob@${bobHost}:5060`, devices: ['mobile'], alwaysAvailable: true },
    { id: 'sam', queues: ['quiet'] },
  ],
  devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'quick', queue: 'quick' },
    { match: 'quiet', queue: 'quiet' },
    { match: '200', agent: 'bob' },
    { match: 'menu', flow: 'menu' },
  ],
  flows: [{ id: 'menu', steps: [{ say: 'welcome' }, { transfer: { agent: 'bob' } }] }],
  trunks: [...trunks, { id: 'abroad', addresses: [abroadHost], host: abroadHost }],
  outbound: [...outside, { prefix: '+33', trunk: 'abroad' }],
} satisfies CenterInput

async function setUp(mode: 'relay' | 'direct' = 'relay', changes: CenterInput = {}, media?: WorldOptions['media']) {
  const tested = await createTestCenter({ ...center, media: { mode, timeoutMs: 0 }, ...changes }, media)
  const { world, react } = tested
  react(late)
  const ada = await createScriptedPhone(world, 'ada', phoneHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  bob.answer = 180
  const refer = async (call: ScriptedCall, to: string, ms = 500) => {
    ada.refer(call, to)
    await world.run(ms)
  }
  /** A caller whom Ada talks to, and holds, and a call of hers that rings. */
  const begin = (to: string, how?: Parameters<typeof consult>[3]) => consult(tested, ada, to, how)
  const invitesTo = (phone: typeof bob) =>
    phone.received.filter(it => it.kind === 'request' && it.method === 'INVITE').length
  const cancelsTo = (phone: typeof bob) =>
    phone.received.filter(it => it.kind === 'request' && it.method === 'CANCEL').length
  return { ...tested, ada, bob, refer, consult: begin, invitesTo, cancelsTo }
}

const modes = ['relay', 'direct'] as const

describe('a transfer to a colleague whose phone still rings', () => {
  it.each(modes)('rings on, and joins him with the caller when he answers (%s)', async mode => {
    const set = await setUp(mode)
    const { world, ada, bob, told, slot, record, refer } = set
    const { caller, callId, call, second, consultCallId } = await set.consult('bob')
    expect(told('call.consult_started')).toMatchObject([{ callId, consultCallId, agentId: 'ada', to: 'bob' }])
    await refer(call, ada.replaces(second))
    expect(ada.referred).toEqual([202])
    expect(ada.notes).toEqual(['SIP/2.0 100 Trying (active)', 'SIP/2.0 180 Ringing (active)'])
    expect(told('call.consult_ended')).toMatchObject([{ callId, consultCallId, outcome: 'transferred' }])
    expect(told('call.transfer_started')).toMatchObject([
      { callId, kind: 'attended', from: 'agent:ada', to: 'agent:bob' },
    ])
    expect([slot('ada'), slot('bob'), call.ended, second.ended]).toEqual(['wrapping', 'ringing', null, null])
    // The offer is the caller's from now on, and so is what Bob sees of it.
    const [before, after] = told('offer.created').slice(-2)
    expect([before?.callId, after?.callId]).toEqual([consultCallId, callId])
    expect(told('offer.canceled')).toMatchObject([{ offerId: before?.offerId, reason: 'transferred' }])
    expect(told('screenpop.requested').slice(-2)).toMatchObject([
      { agentId: 'bob', trigger: 'consult', callId: consultCallId },
      { agentId: 'bob', trigger: 'transfer', callId, offerId: after?.offerId },
    ])
    expect(told('screenpop.withdrawn')).toMatchObject([{ offerId: before?.offerId }])
    expect(told('agent.state_changed').at(-1)).toMatchObject({ agentId: 'bob', to: 'ringing', callId })
    bob.pickUp()
    await world.run(2_000)
    expect([set.invitesTo(bob), set.cancelsTo(bob)]).toEqual([mode === 'relay' ? 1 : 2, 0])
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect([call.ended, second.ended, ada.answered]).toEqual(['engine', 'engine', [487]])
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', to: 'agent:bob', consultCallId }])
    expect(await record(callId)).toMatchObject({
      state: 'connected',
      agentId: 'bob',
      segments: [{ agentId: 'ada' }, { agentId: 'bob' }],
      transfers: [{ kind: 'attended', outcome: 'transferred' }],
    })
    expect(told('call.ended')).toMatchObject([
      { callId: consultCallId, ending: 'completed', endedBy: 'agent', cause: 'transferred', sipCode: 487 },
    ])
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    bob.hangup(bob.calls[0] as ScriptedCall)
    await world.run(500)
    expect(caller.end).toMatchObject({ by: 'peer' })
    await set.stop()
  })

  it.each([
    ['which lets its call go at once, and hangs up', true],
    ['which names nobody: the one who rings is meant', false],
  ] as const)('asked by a phone %s', async (_how, isNaming) => {
    const set = await setUp()
    const { world, ada, bob, told, slot, refer } = set
    const { caller, callId, call, second } = await set.consult('200')
    await refer(call, isNaming ? ada.replaces(second) : uri('bob'), 100)
    ada.cancel(second)
    if (isNaming) ada.hangup(call)
    await world.run(500)
    expect([ada.answered, slot('bob'), set.cancelsTo(bob)]).toEqual([[487], 'ringing', 0])
    bob.pickUp()
    await world.run(1_000)
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', to: 'agent:bob' }])
    expect([slot('bob'), set.invitesTo(bob)]).toEqual(['engaged', 1])
    caller.hangup()
    await set.stop()
  })

  it('asked by a phone that gives its call up before: it rings anew', async () => {
    const set = await setUp()
    const { world, ada, bob, told, slot, refer } = set
    const { caller, callId, call, second } = await set.consult('bob')
    ada.cancel(second)
    await world.run(100)
    expect([set.cancelsTo(bob), slot('bob')]).toEqual([1, 'idle'])
    await refer(call, uri('bob'))
    expect([set.invitesTo(bob), slot('bob')]).toEqual([2, 'ringing'])
    bob.pickUp()
    await world.run(1_000)
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'blind', to: 'agent:bob' }])
    caller.hangup()
    await set.stop()
  })

  it('by command, which the phones of neither hear of', async () => {
    const set = await setUp()
    const { world, ada, bob, told, slot } = set
    const { caller, callId, call, second } = await set.consult('bob')
    world.engine.calls.transfer(callId, { agent: 'bob' }, { actor: 'user:ada' })
    await world.run(500)
    expect([call.ended, ada.notes, slot('bob')]).toEqual(['engine', [], 'ringing'])
    expect(told('call.transfer_started')).toMatchObject([{ actor: 'user:ada', kind: 'attended' }])
    bob.pickUp()
    await world.run(1_000)
    expect([slot('bob'), set.invitesTo(bob), second.ended]).toEqual(['engaged', 1, 'engine'])
    caller.hangup()
    await set.stop()
  })

  it('whom a menu has led to, so that Ada was answered already', async () => {
    const set = await setUp()
    const { world, ada, bob, told, slot, refer } = set
    const { caller, callId, call, second } = await set.consult('menu', { waitMs: 8_000 })
    expect([ada.answered, slot('bob')]).toEqual([[200], 'ringing'])
    await refer(second, ada.replaces(call))
    expect([slot('bob'), set.invitesTo(bob)]).toEqual(['ringing', 1])
    bob.pickUp()
    await world.run(1_000)
    expect(told('call.transferred')).toMatchObject([{ callId, to: 'agent:bob' }])
    expect([call.ended, second.ended, set.invitesTo(bob)]).toEqual(['engine', 'engine', 1])
    caller.hangup()
    await set.stop()
  })

  it.each(modes)('and is picked up with another phone of his (%s)', async mode => {
    const set = await setUp(mode)
    const { world, ada, bob, told, slot, refer } = set
    const mobile = await createScriptedPhone(world, 'mobile', mobileHost)
    const { caller, callId, call, second } = await set.consult('bob')
    await refer(call, ada.replaces(second))
    const [rung] = bob.calls
    if (rung === undefined) throw new Error('Bob was not rung')
    mobile.dial('bob', { headers: [`Replaces: ${bob.dialogOf(rung)}`] })
    await world.run(2_000)
    expect([mobile.answered, rung.ended, slot('bob')]).toEqual([[200], 'engine', 'engaged'])
    expect(told('call.moved')).toMatchObject([{ callId, agentId: 'bob' }])
    expect(told('call.transferred')).toMatchObject([{ callId, to: 'agent:bob' }])
    expect([call.ended, second.ended]).toEqual(['engine', 'engine'])
    caller.hangup()
    await set.stop()
  })

  it('is rung on by all phones of his, and by where one sends the call', async () => {
    const set = await setUp('relay', { sip: { redirects: 'follow' } })
    const { world, ada, bob, told, slot, refer } = set
    const { caller, callId, call, second } = await set.consult('bob')
    await refer(call, ada.replaces(second))
    bob.refuse(302, [`Contact: <sip:${encodeURIComponent(number)}@forward.invalid>`])
    await world.run(8_000)
    expect(told('offer.redirected')).toMatchObject([{ callId, agentId: 'bob' }])
    expect(told('call.transferred')).toMatchObject([{ callId, to: 'agent:bob' }])
    expect([slot('bob'), world.engine.counters().outside.active]).toEqual(['engaged', 1])
    caller.hangup()
    await set.stop()
  })
})

describe('a transfer to an outside number that still rings', () => {
  it.each(modes)('rings on, and joins the party with the caller (%s)', async mode => {
    const set = await setUp(mode)
    const { world, ada, carrier, told, refer } = set
    const { caller, callId, call, second, consultCallId } = await set.consult(number)
    await refer(call, ada.replaces(second))
    expect(told('call.outside_ended')).toMatchObject([
      { callId: consultCallId, outcome: 'canceled', reason: 'transferred' },
    ])
    expect(told('call.outside_dialled').at(-1)).toMatchObject({ callId, number })
    expect(ada.notes.at(-1)).toBe('SIP/2.0 180 Ringing (active)')
    await world.run(7_000)
    expect([carrier.calls.length, world.engine.counters().outside.active]).toEqual([1, 1])
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', to: `number:${number}` }])
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect([call.ended, second.ended]).toEqual(['engine', 'engine'])
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    caller.hangup()
    await set.stop()
  })

  it.each(modes)('which plays something meanwhile (%s)', async mode => {
    const set = await setUp(mode)
    const { world, ada, told, refer } = set
    const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
    abroad.answer = 180
    const { caller, call, second } = await set.consult('+33123456')
    abroad.playEarly()
    await world.run(200)
    await refer(call, ada.replaces(second))
    abroad.playEarly()
    await world.run(500)
    abroad.pickUp()
    await world.run(1_000)
    expect(told('call.transferred')).toMatchObject([{ to: 'number:+33123456' }])
    expect([second.ended, abroad.calls.length]).toEqual(['engine', 1])
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    caller.hangup()
    await set.stop()
  })

  it('and has just answered: who is not joined with Ada yet is joined with the caller', async () => {
    const set = await setUp('relay', {}, ({ clock }) => {
      const media = createSilentMedia({ clock })
      const open: MediaPort['open'] = async options => {
        await new Promise<void>(resolve => clock.setTimeout(resolve, 400))
        return media.open(options)
      }
      return { ...media, open }
    })
    const { world, ada, carrier, told, refer } = set
    const { caller, callId, call, second, consultCallId } = await set.consult(number, { waitMs: 100 })
    const isAnswered = () => carrier.calls[0]?.state === 'answered'
    for (let ms = 0; ms < 10_000 && !isAnswered(); ms += 50) await world.run(50)
    expect([isAnswered(), told('call.outside_connected')]).toEqual([true, []])
    await world.run(100)
    await refer(call, ada.replaces(second), 50)
    expect(ada.referred).toEqual([202])
    await world.run(2_000)
    expect(told('call.outside_connected').map(({ callId: of }) => of)).toEqual([consultCallId, callId])
    expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', to: `number:${number}` }])
    // Longer than anybody is let ring.
    await world.run(200_000)
    expect([carrier.calls.length, isAnswered(), caller.end]).toEqual([1, true, null])
    caller.hangup()
    await set.stop()
  })

  it('and comes back to Ada when it is busy', async () => {
    const set = await setUp()
    const { world, ada, told, react, slot, refer } = set
    react({ kind: 'refuse', ringAfterMs: 100, afterMs: 4_000, status: 486 })
    const { caller, call, second } = await set.consult(number)
    await refer(call, ada.replaces(second), 5_000)
    expect(ada.notes.at(-1)).toBe('SIP/2.0 486 Busy Here (terminated)')
    expect(told('call.transfer_failed')).toMatchObject([{ reason: 'busy', next: 'recall' }])
    expect([call.ended, second.ended, slot('ada')]).toEqual([null, 'engine', 'engaged'])
    caller.hangup()
    await world.run(500)
    await set.stop()
  })
})

describe('a transfer that comes to nothing', () => {
  it.each(modes)('comes back to Ada, whose second call is over, when the colleague declines (%s)', async mode => {
    const set = await setUp(mode)
    const { world, ada, bob, told, slot, record, refer } = set
    const { caller, callId, call, second } = await set.consult('bob')
    await refer(call, ada.replaces(second))
    bob.refuse(486)
    await world.run(1_000)
    expect(ada.notes.at(-1)).toBe('SIP/2.0 480 Temporarily Unavailable (terminated)')
    expect(told('call.transfer_failed')).toMatchObject([
      { callId, to: 'agent:bob', reason: 'noAnswer', next: 'recall' },
    ])
    expect([call.ended, second.ended, ada.answered]).toEqual([null, 'engine', [487]])
    expect([slot('ada'), slot('bob')]).toEqual(['engaged', 'idle'])
    expect(await record(callId)).toMatchObject({ state: 'connected', agentId: 'ada' })
    // He may try again.
    await refer(call, uri('bob'))
    bob.pickUp()
    await world.run(1_000)
    expect([ada.referred, slot('bob')]).toEqual([[202, 202], 'engaged'])
    caller.hangup()
    await set.stop()
  })

  it('when nobody answers, it rings Ada again if she has hung up', async () => {
    const set = await setUp()
    const { world, ada, bob, told, slot, refer } = set
    const { caller, call, second } = await set.consult('bob')
    await refer(call, ada.replaces(second))
    ada.hangup(call)
    await world.run(31_000)
    expect([set.cancelsTo(bob), slot('bob')]).toEqual([1, 'idle'])
    expect(told('call.transfer_failed')).toMatchObject([{ next: 'recall' }])
    expect([slot('ada'), second.ended]).toEqual(['engaged', 'engine'])
    caller.hangup()
    await set.stop()
  })

  it('the caller hangs up while it rings', async () => {
    const set = await setUp()
    const { world, ada, bob, told, slot, refer } = set
    const { caller, callId, call, second } = await set.consult('bob', { queue: 'quick' })
    await refer(call, ada.replaces(second))
    expect(slot('ada')).toBe('engaged')
    caller.hangup()
    await world.run(500)
    expect([slot('ada'), slot('bob'), set.cancelsTo(bob)]).toEqual(['idle', 'idle', 1])
    expect([call.ended, second.ended]).toEqual(['engine', 'engine'])
    expect(told('call.ended').find(it => it.callId === callId)).toMatchObject({
      ending: 'completed',
      endedBy: 'customer',
    })
    await set.stop()
  })

  it('a supervisor ends the second call: the transfer goes on', async () => {
    const set = await setUp()
    const { world, ada, bob, slot, refer } = set
    const { caller, call, second, consultCallId } = await set.consult('bob')
    await refer(call, ada.replaces(second))
    world.engine.calls.hangup(consultCallId)
    await world.run(200)
    expect([second.ended, slot('bob')]).toEqual(['engine', 'ringing'])
    bob.pickUp()
    await world.run(1_000)
    expect(slot('bob')).toBe('engaged')
    caller.hangup()
    await set.stop()
  })
})

describe('who is named', () => {
  it('must not talk yet if the phone says so, and may if it doesn’t', async () => {
    const set = await setUp()
    const { world, ada, bob, told, refer } = set
    const { caller, call, second } = await set.consult('bob')
    bob.pickUp()
    await world.run(1_000)
    await refer(call, ada.replaces(second, ';early-only'))
    expect(ada.notes.at(-1)).toContain('SIP/2.0 481')
    expect(told('call.transfer_started')).toEqual([])
    await refer(call, ada.replaces(second))
    expect(told('call.transferred')).toMatchObject([{ to: 'agent:bob' }])
    caller.hangup()
    await set.stop()
  })

  it('must be called by the one who asks', async () => {
    const set = await setUp()
    const { world, ada, bob, told, slot, refer } = set
    const { caller, call, second } = await set.consult('quiet')
    const theirs = bob.dial('quiet')
    await world.run(1_000)
    await refer(call, bob.replaces(theirs))
    expect([ada.referred, told('call.transfer_started'), slot('ada')]).toEqual([[403], [], 'engaged'])
    bob.cancel(theirs)
    ada.cancel(second)
    caller.hangup()
    await set.stop()
  })

  it('may be a place in a queue that has answered nobody', async () => {
    const set = await setUp()
    const { ada, told, refer } = set
    const { caller, callId, call, second } = await set.consult('quiet')
    const asked = told('call.queued').at(-1)
    await refer(call, ada.replaces(second))
    expect(told('call.queued').at(-1)).toMatchObject({ callId, queueId: 'quiet', enqueuedAt: asked?.enqueuedAt })
    expect([ada.notes.at(-1), ada.answered, call.ended]).toEqual(['SIP/2.0 200 OK (terminated)', [487], 'engine'])
    caller.hangup()
    await set.stop()
  })

  it('may be one whose phone is only about to ring: it rings from the caller’s call', async () => {
    let opened = 0
    const set = await setUp('relay', {}, ({ clock }) => {
      const media = createSilentMedia({ clock })
      const open: MediaPort['open'] = async options => {
        opened++
        // The caller's, Ada's, and Bob's, which takes its time.
        if (opened === 3) await new Promise<void>(resolve => clock.setTimeout(resolve, 1_000))
        return media.open(options)
      }
      return { ...media, open }
    })
    const { world, bob, told, slot, refer } = set
    const { caller, call, second } = await set.consult('bob', { waitMs: 200 })
    expect([set.invitesTo(bob), slot('bob')]).toEqual([0, 'reserved'])
    await refer(call, uri('bob'), 2_000)
    expect([set.invitesTo(bob), slot('bob')]).toEqual([1, 'ringing'])
    bob.pickUp()
    await world.run(1_000)
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: 'agent:bob' }])
    expect([call.ended, second.ended, slot('bob')]).toEqual(['engine', 'engine', 'engaged'])
    caller.hangup()
    await set.stop()
  })
})

it('an agent who talks outside joins the party with whom he calls', async () => {
  const set = await setUp()
  const { world, ada, bob, carrier, told, slot, refer, react } = set
  react({ ...late, afterMs: 500 })
  const own = ada.dial(number)
  await world.run(2_000)
  ada.hold(own)
  const second = ada.dial('bob')
  await world.run(1_000)
  await refer(own, ada.replaces(second))
  expect([slot('bob'), set.invitesTo(bob)]).toEqual(['ringing', 1])
  bob.pickUp()
  await world.run(1_000)
  expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: 'agent:bob' }])
  expect([own.ended, second.ended, slot('bob'), set.invitesTo(bob)]).toEqual(['engine', 'engine', 'engaged', 1])
  carrier.calls[0]?.hangup()
  await set.stop()
})
