/**
 * The descriptions that a phone is shown in one dialog, in a whole center whose audio runs past us: whoever speaks to it, a
 * partner, the next one or we with music in between, it goes on seeing one session (RFC 3264 §8).
 */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall } from './testing/scripted-phone.ts'
import { expectOneSession, lastOffered, shown } from './testing/shown-sessions.ts'
import { createTestCenter, uri } from './testing/test-center.ts'

const [adaHost, bobHost, callerHost] = ['10.4.0.1', '10.4.0.3', '10.1.0.7']
const video = 'm=video 4002 RTP/AVP 31\r\n'
const noVideo = 'm=video 0 RTP/AVP 31\r\n'

const center = {
  queues: [
    { id: 'support', answer: 'with-agent', wrapUpMs: 0 },
    { id: 'sales', answer: 'immediately' },
  ],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: ['sales'], contact: `sip:bob@${bobHost}:5060`, alwaysAvailable: true },
  ],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'sales', queue: 'sales' },
  ],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { mode: 'direct', timeoutMs: 0 },
} satisfies CenterInput

const session = (host: string, version: number, ...more: readonly string[]) =>
  offerSdp.replaceAll('10.0.0.2', host).replace('o=- 1 1', `o=- 1 ${version}`) + more.join('')

/** Ada talks to a caller. */
async function setUp(offered: string, answered: string) {
  const tested = await createTestCenter(center)
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  ada.answer = 180
  caller.standBy(offered)
  const own = caller.dial('support', { sdp: offered })
  await world.run(1_000)
  ada.pickUp(answered)
  ada.answer = 200
  await world.run(1_000)
  const [call] = ada.calls as [ScriptedCall]
  const stop = async () => {
    caller.hangup(own)
    await tested.stop()
  }
  return { ...tested, ada, bob, caller, call, own, stop }
}

it('of a caller who has to wait again, changes what he says meanwhile, and is joined with the next agent', async () => {
  const { world, ada, bob, caller, call, own, stop } = await setUp(
    session(callerHost, 1, video),
    session(adaHost, 1, noVideo),
  )
  bob.answer = 180
  ada.refer(call, uri('sales'))
  await world.run(2_000)
  expect(shown(caller, own.callId).at(-1)?.lines).toEqual([expect.stringContaining('m=audio'), 'm=video 0'])
  caller.reinvite(own, session(callerHost, 2, 'a=sendonly\r\n', noVideo))
  await world.run(1_000)
  caller.reinvite(own, session(callerHost, 3, noVideo))
  await world.run(1_000)
  const [his] = bob.calls as [ScriptedCall]
  bob.pickUp()
  await world.run(3_000)
  expect(world.engine.counters().rtpSessions).toBe(0)
  expect(shown(caller, own.callId).length).toBeGreaterThanOrEqual(5)
  expectOneSession(shown(caller, own.callId))
  expectOneSession(shown(bob, his.callId))
  await stop()
})

it('of a colleague who was called with more m-lines than the caller has', async () => {
  const { world, ada, bob, caller, call, own, told, stop } = await setUp(session(callerHost, 1), session(adaHost, 1))
  bob.answer = 180
  const second = ada.dial('bob', { sdp: session(adaHost, 7, video) })
  await world.run(1_000)
  const his = session(bobHost, 1, video)
  bob.standBy(his)
  bob.pickUp(his)
  await world.run(1_000)
  ada.refer(call, ada.replaces(second))
  await world.run(3_000)
  expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: 'agent:bob' }])
  const { callId } = bob.calls[0] as ScriptedCall
  expect(shown(bob, callId).at(-1)?.lines).toEqual(['m=audio 4000', 'm=video 0'])
  expectOneSession(shown(bob, callId))
  // RFC 3264 §6: what he answers has no more lines than the caller has asked him for.
  caller.reinvite(own, session(callerHost, 2).replace('audio 4000', 'audio 4010'))
  await world.run(1_000)
  expect(shown(bob, callId).at(-1)?.lines).toEqual(['m=audio 4010', 'm=video 0'])
  expect(shown(caller, own.callId).map(({ lines }) => lines.length)).toEqual(shown(caller, own.callId).map(() => 1))
  expectOneSession(shown(caller, own.callId))
  await stop()
})

it('of a caller who waits with music and refuses to have his audio run past us, as he changes what he says', async () => {
  const { world, ada, caller, call, own, stop } = await setUp(session(callerHost, 1), session(adaHost, 1))
  world.engine.agents.setAvailability('ada', 'notReady')
  ada.refer(call, uri('support'))
  await world.run(2_000)
  caller.isBusyChanging = true
  world.engine.agents.setAvailability('ada', 'available')
  await world.run(500)
  expect(lastOffered(caller)).toContain(`c=IN IP4 ${adaHost}`)
  caller.reinvite(own, session(callerHost, 2).replace('audio 4000', 'audio 4010'))
  await world.run(200)
  caller.isBusyChanging = false
  await world.run(6_000)
  const second = ada.calls.at(-1) as ScriptedCall
  expect([second.ended, world.engine.counters().rtpSessions]).toEqual([null, 0])
  expect(shown(ada, second.callId).at(-1)?.lines).toEqual(['m=audio 4010'])
  expectOneSession(shown(caller, own.callId))
  expectOneSession(shown(ada, second.callId))
  await stop()
})

it.each(['caller', 'agent'] as const)(
  'of the %s who changes what he says while the caller refuses to have his audio run past us',
  async by => {
    const tested = await createTestCenter(center)
    const { world, told } = tested
    const bob = await createScriptedPhone(world, 'bob', bobHost)
    const caller = await createScriptedPhone(world, 'caller', callerHost)
    caller.isBusyChanging = true
    const own = caller.dial('sales')
    await world.run(1_500)
    const [his] = bob.calls as [ScriptedCall]
    expect([lastOffered(bob), lastOffered(caller)]).toEqual([
      expect.stringContaining(callerHost),
      expect.stringContaining(bobHost),
    ])
    const [phone, call] = by === 'caller' ? [caller, own] : [bob, his]
    phone.reinvite(call, session(by === 'caller' ? callerHost : bobHost, 2, 'a=sendonly\r\n'))
    await world.run(500)
    caller.isBusyChanging = false
    await world.run(6_000)
    expect(world.engine.counters().rtpSessions).toBe(0)
    expect(lastOffered(by === 'caller' ? bob : caller)).toMatch(/^a=sendonly/m)
    expect(told('call.held')).toMatchObject([{ by: by === 'caller' ? 'customer' : 'agent' }])
    expectOneSession(shown(caller, own.callId))
    expectOneSession(shown(bob, his.callId))
    phone.reinvite(call, session(by === 'caller' ? callerHost : bobHost, 3))
    await world.run(1_000)
    expect(told('call.retrieved')).toHaveLength(1)
    caller.hangup(own)
    await tested.stop()
  },
)
