/**
 * A caller whose audio runs past us is handed on, in a whole center with media that take their time: he is to hear music until
 * he is joined with the next one, and never after that.
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { MediaPort } from '../ports/media.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import { engineHost } from '../simulation/world.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter, uri } from './testing/test-center.ts'

const [adaHost, bobHost, callerHost] = ['10.4.0.1', '10.4.0.3', '10.1.0.7']

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: [], contact: `sip:bob@${bobHost}:5060`, alwaysAvailable: true },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { mode: 'direct', timeoutMs: 0 },
} satisfies CenterInput

/** Ada has a caller on hold, and talks to Bob. What is to be opened from then on waits for `open`. */
async function setUp() {
  const waiting: (() => void)[] = []
  let isSlow = true
  let played = 'nothing'
  const tested = await createTestCenter(center, ({ clock }) => {
    const media = createSilentMedia({ clock })
    const open: MediaPort['open'] = async options => {
      if (isSlow) await new Promise<void>(resolve => waiting.push(resolve))
      const session = await media.open(options)
      return {
        ...session,
        play(playback) {
          played = playback.kind
          session.play(playback)
        },
      }
    }
    return {
      ...media,
      open,
      get openSessions() {
        return media.openSessions
      },
    }
  })
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  const own = caller.dial('support')
  await world.run(3_000)
  const [call] = ada.calls as [ScriptedCall]
  ada.hold(call)
  await world.run(1_000)
  const second = ada.dial('bob')
  await world.run(2_000)
  const [called] = bob.calls as [ScriptedCall]
  world.network.setConditions({ delayMs: { min: 10, max: 10 } })
  /** How often the caller is asked for another session from now on. */
  const asked = offers(caller).length
  const timesAsked = () => offers(caller).length - asked
  const refer = () => ada.refer(call, ada.replaces(second))
  const open = async () => {
    isSlow = false
    for (const go of waiting.splice(0)) go()
    await world.run(0)
  }
  const sessions = () => world.engine.counters().rtpSessions
  const heard = () => played
  const stop = async () => {
    caller.hangup(own)
    await tested.stop()
  }
  return { ...tested, ada, bob, caller, own, call, called, timesAsked, refer, open, sessions, heard, waiting, stop }
}

/** The addresses of the sessions that a phone was offered, oldest first. */
function offers({ received }: ScriptedPhone): readonly string[] {
  return received.flatMap(it =>
    it.kind === 'request' && it.method === 'INVITE' ? [/^c=IN IP4 (\S+)/m.exec(it.body.toString())?.[1] ?? ''] : [],
  )
}

describe('a caller who is handed on after a consultation', () => {
  it.each([
    ['while he is asked for what his next partner needs', 1],
    ['when they talk already', 0],
  ])('hears no music that is there %s', async (_, isAsked) => {
    const { world, bob, caller, called, told, timesAsked, refer, open, sessions, waiting, stop } = await setUp()
    refer()
    if (isAsked) expect(await world.runUntil(() => timesAsked() === 1, 1_000, 1)).toBe(true)
    else await world.run(3_000)
    expect([waiting.length, told('call.transferred').length]).toEqual([1, isAsked ? 0 : 1])
    await open()
    await world.run(5_000)
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: 'agent:bob' }])
    expect([timesAsked(), offers(caller).at(-1), offers(bob).at(-1), sessions()]).toEqual([1, bobHost, callerHost, 0])
    // And does when he has to wait again.
    world.engine.agents.setAvailability('ada', 'notReady')
    bob.refer(called, uri('support'))
    await world.run(5_000)
    expect([timesAsked(), offers(caller).at(-1), sessions()]).toEqual([2, engineHost, 1])
    await stop()
  })

  it('does not wait for music that he is slow to take', async () => {
    const { world, bob, caller, told, timesAsked, refer, open, sessions, stop } = await setUp()
    await open()
    refer()
    await world.run(5_000)
    expect(told('call.transferred')).toHaveLength(1)
    expect([offers(caller).at(-1), offers(bob).at(-1), sessions()]).toEqual([bobHost, callerHost, 0])
    expect(timesAsked()).toBeLessThanOrEqual(2)
    await stop()
  })

  it('hears it when he has changed his session before ours went through', async () => {
    const { world, ada, bob, caller, own, call, open, sessions, heard, stop } = await setUp()
    await open()
    bob.answer = 180
    caller.isBusyChanging = true
    world.engine.agents.setAvailability('ada', 'notReady')
    ada.refer(call, uri('support'))
    await world.run(500)
    caller.isBusyChanging = false
    const asked = offers(caller).length
    caller.reinvite(own, offerSdp.replaceAll('10.0.0.2', callerHost).replace('o=- 1 1', 'o=- 1 2'))
    await world.run(5_000)
    // What waited is out of date: he has what it says, and a newer version of it.
    expect([offers(caller).length - asked, sessions(), heard()]).toEqual([0, 1, 'music'])
    ada.hangup(ada.calls[1] as ScriptedCall)
    await stop()
  })

  it('is to try again who changes his session while his next partner is asked', async () => {
    const { world, ada, bob, caller, own, refer, open, told, stop } = await setUp()
    await open()
    bob.thinks = true
    refer()
    await world.run(500)
    caller.reinvite(own, offerSdp.replaceAll('10.0.0.2', callerHost).replace('o=- 1 1', 'o=- 1 2'))
    await world.run(500)
    // To a 488 phones end the call.
    const answers = caller.received.filter(it => it.kind === 'response' && it.headers.cseq?.number === own.sequence)
    expect(answers.map(it => it.kind === 'response' && it.status)).toEqual([491])
    expect([told('call.transferred'), own.ended, ada.notes.length > 0]).toEqual([[], null, true])
    await stop()
  })

  it('hears it when the next one is gone before they have met', async () => {
    const { world, ada, bob, caller, call, called, refer, open, sessions, stop } = await setUp()
    await open()
    bob.thinks = true
    ada.answer = 180
    refer()
    await world.run(500)
    ada.hangup(call)
    await world.run(500)
    bob.hangup(called)
    await world.run(2_000)
    expect([ada.calls.at(-1)?.ended, offers(caller).at(-1), sessions()]).toEqual([null, engineHost, 2])
    await stop()
  })
})
