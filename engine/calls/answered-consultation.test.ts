/**
 * An agent hands a caller on to whom he has called and who has answered in the same moment: not yet joined with the agent, as
 * audio is still being opened, or a tone is played to him.
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { MediaPort } from '../ports/media.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import type { WorldOptions } from '../simulation/world.ts'
import { consult } from './testing/consultation.ts'
import { createScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter, trunks, uri } from './testing/test-center.ts'

const [adaHost, bobHost] = ['10.4.0.1', '10.4.0.2']

const center = {
  queues: [
    { id: 'support', wrapUpMs: 0 },
    { id: 'sales', answer: 'with-agent', wrapUpMs: 0 },
  ],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: ['sales'], contact: `sip:bob@${bobHost}:5060`, alwaysAvailable: true },
  ],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'sales', queue: 'sales' },
  ],
  trunks,
} satisfies CenterInput

/** The audio of everybody opens in no time, but for the n-th: that takes a second. */
function slowAt(nth: number): WorldOptions['media'] {
  let opened = 0
  return ({ clock }) => {
    const media = createSilentMedia({ clock })
    const open: MediaPort['open'] = async options => {
      opened += 1
      if (opened === nth) await new Promise<void>(resolve => clock.setTimeout(resolve, 1_000))
      return media.open(options)
    }
    return { ...media, open }
  }
}

async function setUp(to: string, changes: CenterInput = {}, media?: WorldOptions['media']) {
  const tested = await createTestCenter({ ...center, media: { timeoutMs: 0 }, ...changes }, media)
  const { world, told } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  bob.answer = 180
  const { caller, callId, call, second, consultCallId } = await consult(tested, ada, to, { waitMs: 2_000 })
  /** Bob answers, and Ada refers at once. */
  const answerAndRefer = async (referTo: string) => {
    bob.pickUp()
    await world.run(50)
    expect(told('call.connected').map(each => each.callId)).toEqual([callId])
    ada.refer(call, referTo)
    await world.run(5_000)
  }
  const isServed = async () => {
    expect([ada.referred, ada.notes.at(-1)]).toEqual([[202], 'SIP/2.0 200 OK (terminated)'])
    expect(told('call.transferred')).toMatchObject([{ callId, kind: 'attended', to: 'agent:bob', consultCallId }])
    expect(told('call.connected').map(each => [each.callId, each.agentId])).toEqual([
      [callId, 'ada'],
      [consultCallId, 'bob'],
      [callId, 'bob'],
    ])
    expect([tested.slot('ada'), tested.slot('bob')]).toEqual(['idle', 'engaged'])
    expect([bob.calls.map(({ ended }) => ended), call.ended, second.ended]).toEqual([[null], 'engine', 'engine'])
    expect(told('call.ended')).toMatchObject([{ callId: consultCallId, ending: 'completed', cause: 'transferred' }])
    expect(await tested.record(callId)).toMatchObject({ state: 'connected', agentId: 'bob' })
    expect(await tested.record(consultCallId)).toMatchObject({ segments: [{ agentId: 'bob', talkMs: 0 }] })
    expect(caller.end).toBeNull()
  }
  const stop = async () => {
    caller.hangup()
    await world.run(500)
    expect(bob.calls.filter(({ ended }) => ended === null)).toEqual([])
    await tested.stop()
  }
  return { ...tested, ada, bob, caller, call, second, consultCallId, answerAndRefer, isServed, stop }
}

describe('a colleague who has answered in this moment', () => {
  it.each([
    ['named by his call', true],
    ['named by his id', false],
  ])('while the audio of the one who has called him is being opened, %s', async (_how, isNamed) => {
    // The caller's, Ada's, Bob's, and Ada's once more.
    const { ada, second, answerAndRefer, isServed, stop } = await setUp('bob', {}, slowAt(4))
    await answerAndRefer(isNamed ? ada.replaces(second) : uri('bob'))
    await isServed()
    await stop()
  })

  it('while he hears the tone that tells of a call', async () => {
    const [adaConfig, bobConfig] = center.agents
    const agents = [adaConfig, { ...bobConfig, zipTone: true }]
    const changes = { agents, media: { timeoutMs: 0 } } as CenterInput
    const { ada, second, answerAndRefer, isServed, stop } = await setUp('bob', changes)
    await answerAndRefer(ada.replaces(second))
    await isServed()
    await stop()
  })

  it('and was called by way of a queue: that has had its call answered', async () => {
    const { world, ada, second, consultCallId, record, answerAndRefer, isServed, stop } = await setUp(
      'sales',
      {},
      slowAt(4),
    )
    await answerAndRefer(ada.replaces(second))
    await isServed()
    expect(await record(consultCallId)).toMatchObject({ visits: [{ outcome: 'answered', agentId: 'bob' }] })
    expect(world.engine.queues.get('sales').metrics).toMatchObject({ waiting: 0 })
    await stop()
  })

  it('and hangs up at once: he has had the caller, whose call that ends', async () => {
    const { world, ada, bob, call, caller, second, told, slot, stop } = await setUp('bob', {}, slowAt(4))
    bob.pickUp()
    await world.run(50)
    const [talk] = bob.calls
    if (talk === undefined) throw new Error('Bob was not rung')
    ada.refer(call, ada.replaces(second))
    bob.hangup(talk)
    await world.run(5_000)
    expect([slot('ada'), slot('bob'), call.ended]).toEqual(['idle', 'idle', 'engine'])
    expect(told('call.transferred')).toMatchObject([{ to: 'agent:bob' }])
    expect(told('call.ended').map(({ cause }) => cause)).toEqual(['agentHangup', 'transferred'])
    expect(caller.end).toMatchObject({ by: 'peer' })
    await stop()
  })
})
