/**
 * An agent who has answered and is not joined with the customer: a tone is played to him, his customer is being called, or
 * his call is on its way to somebody else. His phone may change the session all the while (RFC 3261 §14.2), in a whole center.
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { expectOneSession, shown } from './testing/shown-sessions.ts'
import { createTestCenter, uri } from './testing/test-center.ts'
import { mediaWithPlaces } from './testing/watched-media.ts'

const [adaHost, bobHost, abroadHost, callerHost] = ['10.4.0.1', '10.4.0.3', '10.3.0.2', '10.1.0.7']
const number = '+33123456'
const modes = ['relay', 'direct'] as const

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0, callback: { mode: 'agent-first', ringMs: 90_000 } }],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true, zipTone: true },
    { id: 'bob', queues: [], contact: `sip:bob@${bobHost}:5060`, alwaysAvailable: true },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [
    { id: 'abroad', addresses: [abroadHost], host: abroadHost },
    { id: 'people', addresses: ['10.1.0.0/16'] },
  ],
  outbound: [{ prefix: '+33', trunk: 'abroad', callerId: '+33999999' }],
  sip: { sessionExpiresSec: 90 },
} satisfies CenterInput

const session = (version: number, port: number, direction = 'sendrecv') =>
  `${offerSdp.replaceAll('10.0.0.2', adaHost).replace('o=- 1 1', `o=- 1 ${version}`).replace('audio 4000', `audio ${port}`)}a=${direction}\r\n`

async function setUp(mode: (typeof modes)[number]) {
  const places: string[] = []
  const tested = await createTestCenter({ ...center, media: { mode, timeoutMs: 0 } }, mediaWithPlaces(places))
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  return { ...tested, ada, bob, abroad, caller, places }
}

/** The answer to the last change of a phone: status, port and direction. */
function answerTo({ received }: ScriptedPhone, { callId, sequence }: ScriptedCall): readonly unknown[] {
  const found = received.findLast(
    it => it.kind === 'response' && it.headers.callId === callId && it.headers.cseq?.number === sequence,
  )
  if (found?.kind !== 'response') return []
  return [found.status, /^m=audio (\d+)/m.exec(found.body)?.[1], /^a=(sendrecv|recvonly)/m.exec(found.body)?.[1]]
}

const here = expect.stringMatching(/^1\d{4}$/)

describe.each(modes)('in %s mode', mode => {
  it('who holds while the tone is played holds the customer from the beginning', async () => {
    const { world, ada, caller, told, stop } = await setUp(mode)
    const own = caller.dial('support')
    await world.run(500)
    const [his] = ada.calls as [ScriptedCall]
    expect(told('offer.accepted')).toHaveLength(1)
    ada.reinvite(his, session(2, 4000, 'sendonly'))
    await world.run(200)
    expect([answerTo(ada, his), told('call.connected')]).toEqual([[200, here, 'recvonly'], []])
    await world.run(2_000)
    expect([told('call.connected').length, told('call.held')]).toMatchObject([1, [{ by: 'agent' }]])
    ada.reinvite(his, session(3, 4000))
    await world.run(1_000)
    expect(answerTo(ada, his)[0]).toBe(200)
    expect([told('call.retrieved'), his.ended]).toMatchObject([[{ by: 'agent' }], null])
    expectOneSession(shown(ada, his.callId))
    caller.hangup(own)
    await stop()
  })

  /** Ada waits for a customer who is being called back. */
  async function waiting() {
    const tested = await setUp(mode)
    const { world, ada, abroad, told } = tested
    abroad.answer = 180
    world.engine.callbacks.request('support', { number })
    await world.run(4_000)
    const [his, theirs] = [ada.calls[0], abroad.calls[0]] as [ScriptedCall, ScriptedCall]
    expect(his.ended).toBeNull()
    const meet = async () => {
      abroad.pickUp()
      await world.run(3_000)
      expect([told('callback.connected').length, his.ended, theirs.ended]).toEqual([1, null, null])
    }
    const stop = async () => {
      ada.hangup(his)
      await tested.stop()
    }
    return { ...tested, his, meet, stop }
  }

  it('who moves while his customer is called is heard where he is', async () => {
    const { world, ada, his, places, meet, stop } = await waiting()
    ada.reinvite(his, session(2, 4010))
    await world.run(1_000)
    expect([answerTo(ada, his), places.at(-1)]).toEqual([[200, here, 'sendrecv'], `${adaHost}:4010`])
    await meet()
    expectOneSession(shown(ada, his.callId))
    await stop()
  })

  it('who asks for an offer meanwhile is heard where his ACK says', async () => {
    const { world, ada, his, places, meet, stop } = await waiting()
    ada.standBy(session(2, 4010))
    ada.reinvite(his, '')
    await world.run(1_000)
    expect([answerTo(ada, his), places.at(-1)]).toEqual([[200, here, 'sendrecv'], `${adaHost}:4010`])
    await meet()
    await stop()
  })

  it('who asks for an offer and takes none of it has no session, and is let go', async () => {
    const { world, ada, his, told, stop } = await waiting()
    ada.standBy(session(2, 4010).replace('AVP 8', 'AVP 18'))
    ada.reinvite(his, '')
    await world.run(1_000)
    expect([his.ended, told('callback.failed')]).toMatchObject(['engine', [{ reason: 'agentLeft' }]])
    for (const { id } of world.engine.callbacks.list()) world.engine.callbacks.cancel(id)
    await stop()
  })

  it('who offers what nobody here could hear keeps what he has', async () => {
    const { world, ada, his, places, meet, stop } = await waiting()
    const before = places.at(-1)
    ada.reinvite(his, session(2, 4010).replace('AVP 8', 'AVP 18'))
    await world.run(1_000)
    expect([answerTo(ada, his)[0], places.at(-1)]).toEqual([488, before])
    await meet()
    await stop()
  })

  it('who answers a refresh from elsewhere is heard there', async () => {
    const { world, ada, places, meet, stop } = await waiting()
    ada.standBy(session(2, 4010))
    await world.run(46_000)
    expect(places.at(-1)).toBe(`${adaHost}:4010`)
    await meet()
    await stop()
  })
})

/** Ada has sent her caller to Bob, whose phone rings, and is on the line still. */
async function sentOn(mode: (typeof modes)[number]) {
  const tested = await setUp(mode)
  const { world, ada, bob, caller } = tested
  bob.answer = 180
  const own = caller.dial('support')
  await world.run(4_000)
  const [his] = ada.calls as [ScriptedCall]
  ada.refer(his, uri('bob'))
  await world.run(2_000)
  expect([ada.referred, his.ended, bob.calls.length]).toEqual([[202], null, 1])
  const isBack = async () => {
    bob.refuse(486)
    await world.run(4_000)
    expect([his.ended, own.ended]).toEqual([null, null])
    ada.reinvite(his, session(3, 4000, 'sendonly'))
    await world.run(1_000)
    expect(answerTo(ada, his)[0]).toBe(200)
    expect(tested.told('call.held')).toMatchObject([{ by: 'agent' }])
  }
  const stop = async () => {
    caller.hangup(own)
    await tested.stop()
  }
  return { ...tested, ada, his, isBack, stop }
}

it('who changes his session while his call is on its way to somebody else is answered (relay)', async () => {
  const { world, ada, his, isBack, stop } = await sentOn('relay')
  ada.reinvite(his, session(2, 4010))
  await world.run(1_000)
  expect(answerTo(ada, his)).toEqual([200, here, 'sendrecv'])
  await isBack()
  await stop()
})

it('is to try again where it is nobody’s to answer (direct)', async () => {
  const { world, ada, his, isBack, stop } = await sentOn('direct')
  ada.reinvite(his, session(2, 4010))
  await world.run(1_000)
  expect([answerTo(ada, his)[0], his.ended]).toEqual([491, null])
  await isBack()
  await stop()
})
