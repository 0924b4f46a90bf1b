/** An agent goes on with another of his phones (RFC 3891), in a whole center on the virtual network: who may, and what stays as it was. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { createTestCenter, number, outside, patient, trunks } from './testing/test-center.ts'

const deskHost = '10.4.0.1'
const mobileHost = '10.4.0.2'
const eveHost = '10.4.0.3'

const center = {
  queues: [{ id: 'support', wrapUpMs: 60_000 }],
  agents: [
    {
      id: 'ada',
      queues: ['support'],
      contact: `sip:ada@${deskHost}:5060`,
      devices: ['mobile'],
      alwaysAvailable: true,
    },
    { id: 'eve', contact: `sip:eve@${eveHost}:5060`, alwaysAvailable: true },
  ],
  devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks,
  outbound: outside,
} satisfies CenterInput

async function setUp(mode: 'relay' | 'direct' = 'relay', answer: 'immediately' | 'with-agent' = 'immediately') {
  const queues = [{ ...center.queues[0], answer }]
  const tested = await createTestCenter({ ...center, queues, media: { mode, timeoutMs: 0 } })
  const { world, told } = tested
  const desk = await createScriptedPhone(world, 'ada', deskHost)
  const mobile = await createScriptedPhone(world, 'mobile', mobileHost)
  const eve = await createScriptedPhone(world, 'eve', eveHost)
  /** A caller whom Ada talks to at her desk, or whom it rings for. */
  const serve = async () => {
    const { call: caller } = await world.call('support', patient)
    await world.run(3_000)
    const call = desk.calls.at(-1)
    if (call === undefined) throw new Error('the desk was not rung')
    return { caller, call, callId: told('call.queued').at(-1)?.callId ?? '' }
  }
  const slot = () => world.engine.agents.get('ada').slot
  return { ...tested, desk, mobile, eve, serve, slot }
}

/** How a phone names a dialog of another one: from the engine's point of view, its own tag first (§3). */
function naming({ callId, localTag, remoteTag }: ScriptedCall, more = ''): string {
  return `Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}${more}`
}

const modes = ['relay', 'direct'] as const

describe('an agent who talks goes on with another phone', () => {
  it.each(modes)('the call that rang her: the same talk, and the old phone is hung up (%s)', async mode => {
    const { world, desk, mobile, told, serve, slot, stop } = await setUp(mode)
    const { caller, call, callId } = await serve()
    await world.run(1_000)
    const taken = mobile.dial('ada', { headers: [naming(call), 'Require: replaces'] })
    await world.run(2_000)
    expect(mobile.answered).toEqual([200])
    expect([call.ended, taken.ended, slot()]).toEqual(['engine', null, 'engaged'])
    const offerId = told('call.connected')[0]?.offerId
    expect(told('call.moved')).toEqual([
      {
        callId,
        agentId: 'ada',
        offerId,
        from: `sip:ada@${deskHost}:5060`,
        to: `sip:mobile@${mobileHost}:5060`,
        sipCallId: taken.callId,
      },
    ])
    expect(told('call.connected')).toHaveLength(1)
    expect(told('call.queued')).toHaveLength(1)
    expect(told('call.segment_ended')).toEqual([])
    expect(told('call.arrived')).toHaveLength(1)
    expect(told('agent.state_changed').at(-1)).toMatchObject({ agentId: 'ada', to: 'talking' })
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    // It is her phone now: what she does there counts, and back again.
    mobile.hold(taken)
    await world.run(500)
    expect(told('call.held')).toMatchObject([{ callId, by: 'agent' }])
    desk.dial('ada', { headers: [naming(taken)] })
    await world.run(2_000)
    expect([desk.answered, taken.ended]).toEqual([[200], 'engine'])
    caller.hangup()
    await world.run(500)
    expect(desk.calls.at(-1)?.ended).toBe('engine')
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer' }])
    expect(told('call.segment_ended')).toHaveLength(1)
    await stop()
  })

  it.each(modes)('the call that she has made herself (%s)', async mode => {
    const { world, desk, mobile, carrier, told, stop } = await setUp(mode)
    const own = desk.dial(number)
    await world.run(3_000)
    expect(told('call.outside_connected')).toHaveLength(1)
    const taken = mobile.dial('ada', { headers: [naming(own)] })
    await world.run(2_000)
    expect(mobile.answered).toEqual([200])
    expect([own.ended, taken.ended]).toEqual(['engine', null])
    expect(told('call.moved')).toMatchObject([{ agentId: 'ada', offerId: null, to: `sip:mobile@${mobileHost}:5060` }])
    expect([told('call.outside_dialled').length, carrier.calls.length]).toEqual([1, 1])
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    mobile.hangup(taken)
    await world.run(500)
    expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'agent' }])
    await stop()
  })

  it.each(modes)('a phone that makes no offer is made one (%s)', async mode => {
    const { world, mobile, told, serve, stop } = await setUp(mode)
    const { caller, call } = await serve()
    await world.run(1_000)
    const taken = mobile.dial('ada', { headers: [naming(call)], sdp: '' })
    await world.run(2_000)
    expect([mobile.answered, call.ended, taken.ended]).toEqual([[200], 'engine', null])
    expect(told('call.moved')).toHaveLength(1)
    expect(world.engine.counters().rtpSessions).toBe(mode === 'relay' ? 2 : 0)
    caller.hangup()
    await stop()
  })

  it.each(modes)('takes the caller back whom the old phone held (%s)', async mode => {
    const { world, desk, mobile, told, serve, stop } = await setUp(mode)
    const { caller, call } = await serve()
    await world.run(1_000)
    desk.hold(call)
    await world.run(500)
    expect(world.engine.agents.get('ada').label).toBe('held')
    mobile.dial('ada', { headers: [naming(call)] })
    await world.run(2_000)
    expect(told('call.retrieved')).toMatchObject([{ by: 'agent' }])
    expect(world.engine.agents.get('ada').label).toBe('talking')
    caller.hangup()
    await stop()
  })

  it.each(modes)('what can not be met changes nothing (%s)', async mode => {
    const { world, mobile, told, serve, stop } = await setUp(mode)
    const { caller, call } = await serve()
    await world.run(1_000)
    mobile.dial('ada', { headers: [naming(call)], sdp: offerSdp.replace('RTP/AVP 8', 'RTP/SAVP 8') })
    await world.run(1_000)
    expect([mobile.answered, call.ended, told('call.moved').length]).toEqual([[488], null, 0])
    caller.hangup()
    await stop()
  })

  it('a phone that gives up while the caller is asked leaves the call where it was', async () => {
    const { world, desk, mobile, told, serve, stop } = await setUp('direct')
    const { caller, call } = await serve()
    await world.run(1_000)
    const invited = () => desk.received.filter(it => it.kind === 'request' && it.method === 'INVITE').length
    const before = invited()
    const taken = mobile.dial('ada', { headers: [naming(call)] })
    mobile.cancel(taken)
    await world.run(2_000)
    expect([mobile.answered, call.ended, told('call.moved').length]).toEqual([[487], null, 0])
    // The caller has been turned to the phone that gave up, and is turned back.
    expect(invited()).toBe(before + 1)
    caller.hangup()
    await stop()
  })

  it('the other side need not think about a phone that gives up, and the next one can come at once', async () => {
    const { world, desk, mobile, eve, told, stop } = await setUp('direct')
    const own = desk.dial('eve')
    await world.run(2_000)
    eve.thinks = true
    const taken = mobile.dial('ada', { headers: [naming(own)] })
    await world.run(1_000)
    const asked = (method: string) => eve.received.filter(it => it.kind === 'request' && it.method === method).length
    expect([asked('INVITE'), asked('CANCEL')]).toEqual([2, 0])
    mobile.cancel(taken)
    await world.run(200)
    expect([mobile.answered, asked('CANCEL'), own.ended, told('call.moved').length]).toEqual([[487], 1, null, 0])
    eve.thinks = false
    const next = mobile.dial('ada', { headers: [naming(own)] })
    await world.run(1_000)
    expect([mobile.answered, own.ended, told('call.moved').length]).toEqual([[487, 200], 'engine', 1])
    mobile.hangup(next)
    await stop()
  })

  it('who comes while the caller hangs up is not left waiting', async () => {
    const { world, mobile, serve, stop } = await setUp('direct')
    const { caller, call } = await serve()
    await world.run(1_000)
    caller.hangup()
    mobile.dial('ada', { headers: [naming(call)] })
    await world.run(2_000)
    expect(mobile.answered[0]).toBeGreaterThanOrEqual(480)
    await stop()
  })
})

describe('an agent whose phone rings picks up with another one', () => {
  it.each(modes.flatMap(mode => (['immediately', 'with-agent'] as const).map(answer => ({ mode, answer }))))(
    'and has the call ($mode, $answer)',
    async ({ mode, answer }) => {
      const { world, desk, mobile, told, serve, slot, stop } = await setUp(mode, answer)
      desk.answer = 180
      const { caller, call, callId } = await serve()
      expect(slot()).toBe('ringing')
      const taken = mobile.dial('ada', { headers: [naming(call, ';early-only')] })
      await world.run(2_000)
      expect([mobile.answered, call.ended, taken.ended, slot()]).toEqual([[200], 'engine', null, 'engaged'])
      expect(
        desk.received.filter(it => it.kind === 'request' && it.method === 'CANCEL')[0]?.headers.get('reason'),
      ).toBe('SIP;cause=200;text="Call completed elsewhere"')
      expect(told('offer.accepted')).toHaveLength(1)
      expect(told('call.connected')).toMatchObject([{ callId, agentId: 'ada' }])
      expect(told('call.moved')).toHaveLength(1)
      caller.hangup()
      await stop()
    },
  )
})

describe('who may not', () => {
  it('a trunk, another agent, and who names what is not there or says it wrongly', async () => {
    const { world, desk, mobile, eve, told, serve, stop } = await setUp()
    const { caller, call } = await serve()
    const crook = await createScriptedPhone(world, 'crook', '10.1.9.9')
    const value = naming(call)
    const tries = [
      [crook, [value], 403],
      [crook, [naming({ ...call, remoteTag: 'x' })], 403],
      [eve, [value], 403],
      [mobile, [naming({ ...call, remoteTag: 'x' })], 481],
      [mobile, [naming({ ...call, localTag: '0' })], 481],
      [mobile, [value.replace('to-tag', 'tag')], 400],
      [mobile, [`${value};to-tag=again`], 400],
      [mobile, [value, value], 400],
      [mobile, [`Replaces: ${'x'.repeat(600)};to-tag=a;from-tag=b`], 400],
      [mobile, [`${value};early-only`], 486],
    ] as const
    for (const [phone, headers, status] of tries) {
      phone.dial('ada', { headers })
      await world.run(1_000)
      expect([headers, phone.answered.at(-1)]).toEqual([headers, status])
    }
    expect([call.ended, told('call.moved').length, told('call.arrived').length]).toEqual([null, 0, 1])
    // Her own INVITE that still rings is an early dialog that is not of our making (§3).
    const own = desk.dial('eve')
    eve.answer = 180
    await world.run(1_000)
    const early = desk.received.findLast(it => it.kind === 'response' && it.status === 180)
    mobile.dial('ada', { headers: [naming({ ...own, remoteTag: early?.headers.toTag ?? '' })] })
    await world.run(1_000)
    expect(early).toBeDefined()
    expect(mobile.answered.at(-1)).toBe(481)
    desk.cancel(own)
    caller.hangup()
    await stop()
  })

  it('a call that is over', async () => {
    const { world, mobile, serve, stop } = await setUp()
    const { caller, call } = await serve()
    // The BYE does not get through: the dialog is over, and still known.
    world.network.partition(deskHost)
    caller.hangup()
    await world.run(500)
    mobile.dial('ada', { headers: [naming(call)] })
    await world.run(500)
    expect(mobile.answered).toEqual([603])
    world.network.heal(deskHost)
    await stop()
  })

  it('while the phone moves already', async () => {
    const { world, mobile, serve, stop } = await setUp('direct')
    const { caller, call } = await serve()
    await world.run(1_000)
    mobile.dial('ada', { headers: [naming(call)] })
    mobile.dial('ada', { headers: [naming(call)] })
    await world.run(2_000)
    expect([...mobile.answered].sort()).toEqual([200, 491])
    caller.hangup()
    await stop()
  })
})

it('zero names the tag of a phone that has none (RFC 2543)', async () => {
  const { world, desk, mobile, stop } = await setUp()
  const own = desk.dial(number, { fromTag: '' })
  await world.run(3_000)
  const taken = mobile.dial('ada', { headers: [naming({ ...own, localTag: '0' })] })
  await world.run(1_000)
  expect(mobile.answered).toEqual([200])
  mobile.hangup(taken)
  await stop()
})
