/** A party that has described itself before its answer and moves meanwhile by UPDATE (RFC 3311 §5.2), in a whole center. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { expectOneSession, lastOffered, shown } from './testing/shown-sessions.ts'
import { createTestCenter } from './testing/test-center.ts'
import { mediaWithPlaces } from './testing/watched-media.ts'

const [adaHost, mobileHost, abroadHost, callerHost] = ['10.4.0.1', '10.4.0.2', '10.3.0.2', '10.1.0.7']
const number = '+33123456'
const modes = ['relay', 'direct'] as const

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0, callback: { mode: 'customer-first' } }],
  agents: [{ id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [
    { id: 'abroad', addresses: [abroadHost], host: abroadHost },
    { id: 'people', addresses: ['10.1.0.0/16'] },
  ],
  outbound: [{ prefix: '+33', trunk: 'abroad', callerId: '+33999999' }],
} satisfies CenterInput

/** Where a party is from its UPDATE on. */
const placeNow = '10.3.0.9:4444'
const moved = offerSdp.replaceAll('10.0.0.2', '10.3.0.9').replace('o=- 1 1', 'o=- 1 2').replace('4000', '4444')
const refused = offerSdp.replace('audio 4000', 'audio 0')
const reliably = ['Require: 100rel', 'RSeq: 1']

async function setUp(mode: (typeof modes)[number], more: Partial<CenterInput> = {}) {
  const places: string[] = []
  const tested = await createTestCenter({ ...center, ...more, media: { mode, timeoutMs: 0 } }, mediaWithPlaces(places))
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  return { ...tested, ada, abroad, caller, places }
}

/** The answers to the UPDATEs of a phone: status, and the place of the audio. */
function granted({ received }: ScriptedPhone) {
  return received.flatMap(it =>
    it.kind === 'response' && it.headers.cseq?.method === 'UPDATE' ? [[it.status, placeIn(it.body)]] : [],
  )
}

function placeIn(sdp: string): string | null {
  const [, host, port] = /^c=IN IP4 (\S+)[\s\S]*^m=audio (\d+)/m.exec(sdp) ?? []
  return host === undefined ? null : `${host}:${port}`
}

/** What a phone heard last of the other side's place in answer to its INVITE. */
function answered({ received }: ScriptedPhone): string | null {
  const last = received.findLast(
    it => it.kind === 'response' && it.headers.cseq?.method === 'INVITE' && it.status === 200,
  )
  return placeIn(last?.body ?? '')
}

const here = expect.stringMatching(/^10\.0\.0\.1:/)

describe('an outside party that plays something', () => {
  it('its audio goes where it is now, before the answer and after it (relay)', async () => {
    const { world, ada, abroad, places, stop } = await setUp('relay')
    abroad.answer = 180
    const own = ada.dial(number)
    await world.run(500)
    abroad.playEarly(reliably)
    await world.run(500)
    expect(places).toEqual([`${abroadHost}:4000`, `${adaHost}:4000`])
    abroad.ask(abroad.calls[0] as ScriptedCall, 'UPDATE', [], moved)
    await world.run(500)
    expect([granted(abroad), places.at(-1)]).toEqual([[[200, here]], placeNow])
    abroad.pickUp('')
    await world.run(1_000)
    expect([own.ended, places.filter(place => !place.startsWith(adaHost)).at(-1)]).toEqual([null, placeNow])
    ada.hangup(own)
    await stop()
  })

  it('who called it hears of its new place when it has answered, as a newer version (direct)', async () => {
    const { world, ada, abroad, stop } = await setUp('direct')
    abroad.answer = 180
    const own = ada.dial(number)
    await world.run(500)
    abroad.playEarly(reliably)
    await world.run(500)
    const [call] = abroad.calls as [ScriptedCall]
    abroad.ask(call, 'UPDATE', [], moved)
    await world.run(500)
    expect(granted(abroad)).toEqual([[200, `${adaHost}:4000`]])
    abroad.pickUp('')
    await world.run(4_000)
    // RFC 3261 §13.2.1: what she was told first is the answer to her INVITE.
    expect([own.ended, answered(ada), placeIn(lastOffered(ada))]).toEqual([null, `${abroadHost}:4000`, placeNow])
    expectOneSession(shown(ada, own.callId))
    expectOneSession(shown(abroad, call.callId))
    ada.hangup(own)
    await stop()
  })

  it('who called it hears only of the place that it moves to, if it has refused the audio before (direct)', async () => {
    const { world, ada, abroad, stop } = await setUp('direct')
    abroad.answer = 180
    const own = ada.dial(number)
    await world.run(500)
    abroad.playEarly(reliably, refused)
    await world.run(500)
    const early = ada.received.filter(it => it.kind === 'response' && it.status === 183)
    expect(early).toEqual([])
    abroad.ask(abroad.calls[0] as ScriptedCall, 'UPDATE', [], moved)
    await world.run(500)
    expect(granted(abroad)).toEqual([[200, `${adaHost}:4000`]])
    abroad.pickUp('')
    await world.run(4_000)
    expect([own.ended, answered(ada), lastOffered(ada)]).toEqual([null, placeNow, ''])
    expectOneSession(shown(ada, own.callId))
    ada.hangup(own)
    await stop()
  })

  it.each(modes)('what it offers in vain changes nothing (%s)', async mode => {
    const { world, ada, abroad, stop } = await setUp(mode)
    abroad.answer = 180
    const own = ada.dial(number)
    await world.run(500)
    abroad.playEarly(reliably)
    await world.run(500)
    abroad.ask(abroad.calls[0] as ScriptedCall, 'UPDATE', [], moved.replace('AVP 8', 'AVP 18'))
    await world.run(500)
    expect(granted(abroad)).toEqual([[488, null]])
    abroad.pickUp('')
    await world.run(4_000)
    expect([own.ended, lastOffered(ada)]).toEqual([null, ''])
    ada.hangup(own)
    await stop()
  })
})

describe('an agent’s phone that rings', () => {
  it('its audio goes where it is now when it has answered (relay)', async () => {
    const { world, ada, caller, places, stop } = await setUp('relay')
    ada.answer = 180
    const own = caller.dial('support')
    await world.run(500)
    ada.playEarly(reliably)
    await world.run(500)
    ada.ask(ada.calls[0] as ScriptedCall, 'UPDATE', [], moved)
    await world.run(500)
    expect(granted(ada)).toEqual([[200, here]])
    ada.pickUp('')
    await world.run(1_000)
    expect([own.ended, answered(caller)]).toEqual([null, here])
    expect(places.filter(place => !place.startsWith(callerHost)).at(-1)).toBe(placeNow)
    caller.hangup(own)
    await stop()
  })

  it('the caller is answered with where it is now (direct)', async () => {
    const { world, ada, caller, stop } = await setUp('direct')
    ada.answer = 180
    const own = caller.dial('support')
    await world.run(500)
    ada.playEarly(reliably)
    await world.run(500)
    const [call] = ada.calls as [ScriptedCall]
    ada.ask(call, 'UPDATE', [], moved)
    await world.run(500)
    expect(granted(ada)).toEqual([[200, `${callerHost}:4000`]])
    ada.pickUp('')
    await world.run(4_000)
    expect([own.ended, answered(caller), lastOffered(caller)]).toEqual([null, placeNow, ''])
    caller.hangup(own)
    await stop()
  })

  it.each(modes)('that has not answered our offer reliably gets 491 (%s)', async mode => {
    const { world, ada, caller, stop } = await setUp(mode)
    ada.answer = 180
    const own = caller.dial('support')
    await world.run(500)
    ada.playEarly()
    await world.run(500)
    ada.ask(ada.calls[0] as ScriptedCall, 'UPDATE', [], moved)
    await world.run(500)
    expect(granted(ada)).toEqual([[491, null]])
    ada.pickUp()
    await world.run(1_000)
    expect(own.ended).toBe(null)
    caller.hangup(own)
    await stop()
  })

  it('beside another one gets 504: which of them will have the audio is not known (relay)', async () => {
    const more = {
      agents: [{ ...center.agents[0], devices: ['mobile'], ring: 'all' }],
      devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
    } satisfies Partial<CenterInput>
    const { world, ada, caller, stop } = await setUp('relay', more)
    const mobile = await createScriptedPhone(world, 'mobile', mobileHost)
    ada.answer = 180
    mobile.answer = 180
    const own = caller.dial('support')
    await world.run(500)
    ada.playEarly(reliably)
    await world.run(500)
    ada.ask(ada.calls[0] as ScriptedCall, 'UPDATE', [], moved)
    await world.run(500)
    expect([granted(ada), mobile.calls.length]).toEqual([[[504, null]], 1])
    ada.pickUp('')
    await world.run(1_000)
    expect([own.ended, mobile.calls[0]?.ended]).toEqual([null, 'engine'])
    caller.hangup(own)
    await stop()
  })
})

it.each(modes)('a customer who is called back is heard where he is by then (%s)', async mode => {
  const { world, abroad, places, told, stop } = await setUp(mode)
  abroad.answer = 180
  world.engine.callbacks.request('support', { number })
  await world.run(1_000)
  abroad.playEarly(reliably)
  await world.run(500)
  const [call] = abroad.calls as [ScriptedCall]
  abroad.ask(call, 'UPDATE', [], moved)
  await world.run(500)
  expect([granted(abroad), places.at(-1)]).toEqual([[[200, here]], placeNow])
  abroad.pickUp('')
  await world.run(5_000)
  expect([call.ended, told('callback.connected').length]).toEqual([null, 1])
  abroad.hangup(call)
  await stop()
})
