/** A phone that has referred and wants to hear no more of it (RFC 6665 §4.1.2.3), in a whole center: the transfer goes on. */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter, patient, trunks, uri } from './testing/test-center.ts'

const adaHost = '10.4.0.1'

const center = {
  queues: [{ id: 'support', wrapUpMs: 60_000 }],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: [], alwaysAvailable: true },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks,
  media: { timeoutMs: 0 },
} satisfies CenterInput

/** Ada talks to a caller; Bob rings for long. */
async function setUp() {
  const tested = await createTestCenter(center)
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  world.react('bob', { kind: 'answer', ringAfterMs: 100, afterMs: 5_000, talkMs: null })
  const { call: caller } = await world.call('support', patient)
  await world.run(3_000)
  const [call] = ada.calls as [ScriptedCall]
  const stop = async () => {
    caller.hangup()
    await tested.stop()
  }
  return { ...tested, ada, call, stop }
}

function answersTo({ received }: ScriptedPhone, method: string): readonly number[] {
  return received.flatMap(it => (it.kind === 'response' && it.headers.cseq?.method === method ? [it.status] : []))
}

it('is told once that this is over, and let go when the other one has answered', async () => {
  const { world, ada, call, told, stop } = await setUp()
  ada.refer(call, uri('bob'))
  await world.run(1_000)
  const heard = ada.notes.length
  ada.ask(call, 'SUBSCRIBE', ['Event: refer', 'Expires: 0'])
  await world.run(1_000)
  expect(answersTo(ada, 'SUBSCRIBE')).toEqual([200])
  expect(ada.notes.slice(heard)).toEqual(['SIP/2.0 180 Ringing (terminated)'])
  expect([call.ended, told('call.transferred')]).toEqual([null, []])
  await world.run(5_000)
  expect(told('call.transferred')).toMatchObject([{ to: 'agent:bob' }])
  expect([call.ended, ada.notes.length]).toEqual(['engine', heard + 1])
  await stop()
})

it('is let go then, too, if it refuses what it is told', async () => {
  const { world, ada, call, told, stop } = await setUp()
  ada.refusesNotes = true
  ada.refer(call, uri('bob'))
  await world.run(6_000)
  expect(ada.notes).toEqual(['SIP/2.0 100 Trying (active)'])
  expect([told('call.transferred').length, call.ended]).toEqual([1, 'engine'])
  await stop()
})

it('is told nothing more, though the other one answers in the same moment', async () => {
  const { world, ada, call, told, stop } = await setUp()
  world.network.setConditions({ delayMs: { min: 200, max: 200 } })
  ada.refer(call, uri('bob'))
  await world.runUntil(() => told('offer.ringing').length > 1, 3_000, 10)
  await world.run(4_550)
  ada.ask(call, 'SUBSCRIBE', ['Event: refer', 'Expires: 0'])
  await world.run(2_000)
  expect(told('call.transferred')).toHaveLength(1)
  expect(ada.notes.filter(note => note.endsWith('(terminated)'))).toHaveLength(1)
  expect(call.ended).toBe('engine')
  await stop()
})

it('may not refer again before that one is through', async () => {
  const { world, ada, call, told, stop } = await setUp()
  ada.refer(call, uri('bob'))
  await world.run(1_000)
  ada.ask(call, 'SUBSCRIBE', ['Event: refer', 'Expires: 0'])
  await world.run(500)
  ada.refer(call, uri('support'))
  await world.run(6_000)
  expect(ada.referred).toEqual([202, 603])
  expect(told('call.transferred')).toHaveLength(1)
  await stop()
})

it.each([
  ['to what nobody has subscribed to', ['Event: refer;id=99', 'Expires: 0'], 481],
  ['to another package', ['Event: presence', 'Expires: 0'], 405],
  ['to more of it', ['Event: refer', 'Expires: 60'], 405],
])('may not subscribe %s', async (_, headers, status) => {
  const { world, ada, call, told, stop } = await setUp()
  ada.ask(call, 'SUBSCRIBE', headers)
  ada.refer(call, uri('bob'))
  await world.run(1_000)
  ada.ask(call, 'SUBSCRIBE', headers)
  await world.run(6_000)
  expect(answersTo(ada, 'SUBSCRIBE')).toEqual([status === 481 ? 481 : 405, status])
  expect(ada.notes.at(-1)).toBe('SIP/2.0 200 OK (terminated)')
  expect(told('call.transferred')).toHaveLength(1)
  await stop()
})
