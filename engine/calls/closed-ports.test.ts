/**
 * A side that takes its audio out of use by port 0 (RFC 3264 §8.2), an old way to hold, and back again; in a whole center. It
 * may do so in an answer, too, to what we have offered (§6).
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { engineHost, type WorldOptions } from '../simulation/world.ts'
import type { SipMessage } from '../sip/message/message.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { lastOffered } from './testing/shown-sessions.ts'
import { createTestCenter } from './testing/test-center.ts'
import { watchedMedia } from './testing/watched-media.ts'

const [adaHost, mobileHost, callerHost] = ['10.4.0.1', '10.4.0.2', '10.1.0.7']

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
  agents: [{ id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, alwaysAvailable: true }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
} satisfies CenterInput

const session = (host: string, version: number, port: number) =>
  offerSdp.replaceAll('10.0.0.2', host).replace('o=- 1 1', `o=- 1 ${version}`).replace('audio 4000', `audio ${port}`)

/** The audio line that the last answer to a change had, after its status. */
function answerTo({ received }: ScriptedPhone, { callId, sequence }: ScriptedCall): readonly unknown[] {
  const found = received.findLast(
    (it: SipMessage) =>
      it.kind === 'response' &&
      it.headers.callId === callId &&
      it.headers.cseq?.number === sequence &&
      it.status >= 200,
  )
  return found?.kind === 'response' ? [found.status, /^m=audio (\d+)/m.exec(found.body)?.[1]] : []
}

const live = [200, expect.stringMatching(/^[1-9]/)]

describe.each(['relay', 'direct'] as const)('where audio is in %s mode', mode => {
  it.each(['caller', 'agent'] as const)('the %s holds by it', async by => {
    const tested = await createTestCenter({ ...center, media: { mode, timeoutMs: 0 } })
    const { world, told } = tested
    const ada = await createScriptedPhone(world, 'ada', adaHost)
    const caller = await createScriptedPhone(world, 'caller', callerHost)
    const own = caller.dial('support')
    await world.run(2_000)
    const [his] = ada.calls as [ScriptedCall]
    const isCaller = by === 'caller'
    const [phone, call, host] = isCaller ? [caller, own, callerHost] : [ada, his, adaHost]
    const other = isCaller ? { phone: ada, host: adaHost } : { phone: caller, host: callerHost }
    other.phone.standBy(session(other.host, 2, 0))
    phone.reinvite(call, session(host, 2, 0))
    await world.run(1_000)
    expect(answerTo(phone, call)).toEqual([200, '0'])
    expect(told('call.held')).toMatchObject([{ by: isCaller ? 'customer' : 'agent' }])
    other.phone.standBy(session(other.host, 3, 4000))
    phone.reinvite(call, session(host, 3, 4000))
    await world.run(1_000)
    expect(answerTo(phone, call)).toEqual(live)
    expect(told('call.retrieved')).toHaveLength(1)
    caller.hangup(own)
    await tested.stop()
  })
})

/** What the media of each leg do, in the order of their opening. */
function watched() {
  const doing: { plays: string | null; sends: boolean }[] = []
  const media = watchedMedia(session => {
    const it = { plays: null as string | null, sends: false }
    doing.push(it)
    return {
      update(stream) {
        it.sends = stream.sends
        session.update(stream)
      },
      play(playback) {
        it.plays = playback.kind
        session.play(playback)
      },
      stopPlaying() {
        it.plays = null
        session.stopPlaying()
      },
    }
  })
  return { doing, media }
}

describe('in an answer', () => {
  const refreshMs = 46_000

  async function setUp(
    { mode, answer = 'with-agent' }: { mode: 'relay' | 'direct'; answer?: 'immediately' | 'with-agent' },
    media?: WorldOptions['media'],
  ) {
    const tested = await createTestCenter(
      {
        ...center,
        queues: [{ ...center.queues[0], answer }],
        agents: [{ ...center.agents[0], devices: ['mobile'] }],
        devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
        sip: { sessionExpiresSec: 90 },
        media: { mode, timeoutMs: 0 },
      },
      media,
    )
    const ada = await createScriptedPhone(tested.world, 'ada', adaHost)
    const mobile = await createScriptedPhone(tested.world, 'mobile', mobileHost)
    const caller = await createScriptedPhone(tested.world, 'caller', callerHost)
    return { ...tested, ada, mobile, caller }
  }

  it('to a refresh: that side holds, and the other one hears music (relay)', async () => {
    const { doing, media } = watched()
    const { world, ada, caller, told, stop } = await setUp({ mode: 'relay' }, media)
    const own = caller.dial('support')
    await world.run(3_000)
    ada.standBy(session(adaHost, 2, 0))
    await world.run(refreshMs)
    expect(told('call.held')).toMatchObject([{ by: 'agent' }])
    const [agent, customer] = [doing.find(it => !it.sends), doing.find(it => it.sends)]
    expect([agent?.sends, customer?.plays, own.ended]).toEqual([false, 'music', null])
    ada.standBy(session(adaHost, 3, 4000))
    await world.run(refreshMs)
    expect(told('call.retrieved')).toMatchObject([{ by: 'agent' }])
    expect([agent?.sends, customer?.plays]).toEqual([true, null])
    caller.hangup(own)
    await stop()
  })

  it('to a refresh: that side holds, and the other one is asked to send no more (direct)', async () => {
    const { world, ada, caller, told, stop } = await setUp({ mode: 'direct' })
    const own = caller.dial('support')
    await world.run(3_000)
    ada.standBy(session(adaHost, 2, 0))
    await world.run(refreshMs)
    expect(told('call.held')).toMatchObject([{ by: 'agent' }])
    expect(lastOffered(caller)).toMatch(/^m=audio 0 /m)
    ada.standBy(session(adaHost, 3, 4000))
    await world.run(refreshMs)
    expect(told('call.retrieved')).toMatchObject([{ by: 'agent' }])
    expect(lastOffered(caller)).toMatch(/^m=audio 4000 /m)
    caller.hangup(own)
    await stop()
  })

  it('to a change of the other side, which is passed on (direct)', async () => {
    const { world, ada, caller, told, stop } = await setUp({ mode: 'direct' })
    const own = caller.dial('support')
    await world.run(3_000)
    ada.standBy(session(adaHost, 2, 0))
    caller.reinvite(own, session(callerHost, 2, 4010))
    await world.run(1_000)
    expect(answerTo(caller, own)).toEqual([200, '0'])
    expect(told('call.held')).toMatchObject([{ by: 'agent' }])
    // He holds her, too: that leaves her no choice, and says nothing of her.
    caller.reinvite(own, session(callerHost, 3, 0))
    await world.run(1_000)
    expect([told('call.held').length, told('call.retrieved').length]).toEqual([2, 0])
    ada.standBy(session(adaHost, 3, 4000))
    caller.reinvite(own, session(callerHost, 4, 4010))
    await world.run(1_000)
    expect(answerTo(caller, own)).toEqual([200, '4000'])
    expect(told('call.retrieved')).toHaveLength(2)
    caller.hangup(own)
    await stop()
  })

  it('to what it is told of the other side, which hears of it (direct)', async () => {
    const { world, ada, caller, told, stop } = await setUp({ mode: 'direct' })
    const own = caller.dial('support')
    await world.run(3_000)
    ada.standBy(session(adaHost, 2, 4010))
    caller.standBy(session(callerHost, 2, 0))
    await world.run(refreshMs)
    expect(told('call.held')).toMatchObject([{ by: 'customer' }])
    expect([lastOffered(caller), lastOffered(ada)]).toEqual([
      expect.stringMatching(/^m=audio 4010 /m),
      expect.stringMatching(/^m=audio 0 /m),
    ])
    caller.hangup(own)
    await stop()
  })

  it('to the codec of the agent: the caller holds, and the agent hears music', async () => {
    const { doing, media } = watched()
    const { world, ada, caller, told, stop } = await setUp({ mode: 'relay', answer: 'immediately' }, media)
    ada.answer = 180
    caller.standBy(session(callerHost, 2, 0))
    const own = caller.dial('support', { sdp: session(callerHost, 1, 4000).replace('AVP 8', 'AVP 9 0') })
    await world.run(1_000)
    ada.pickUp(session(adaHost, 1, 4000).replace('AVP 8', 'AVP 0'))
    await world.run(1_000)
    expect(told('call.held')).toMatchObject([{ by: 'customer' }])
    expect(doing.map(({ plays, sends }) => [plays, sends])).toEqual([
      [null, false],
      ['music', true],
    ])
    caller.hangup(own)
    await stop()
  })

  it.each(['agent', 'caller'] as const)(
    'of the %s to the request that audio run past us: the relay is asked for again, and stays',
    async by => {
      const { doing, media } = watched()
      const { world, ada, caller, told, stop } = await setUp({ mode: 'direct', answer: 'immediately' }, media)
      world.network.setConditions({ delayMs: { min: 10, max: 10 } })
      ada.answer = 180
      const own = caller.dial('support')
      await world.run(1_000)
      const [phone, host] = by === 'agent' ? [ada, adaHost] : [caller, callerHost]
      const past = by === 'agent' ? callerHost : adaHost
      phone.standBy(session(host, 2, 0))
      ada.pickUp(session(adaHost, 1, 4000))
      for (let i = 0; i < 20 && !lastOffered(phone).includes(`c=IN IP4 ${past}`); i++) await world.run(5)
      expect(lastOffered(phone)).toContain(`c=IN IP4 ${past}`)
      await world.run(5)
      phone.standBy(session(host, 3, 4000))
      await world.run(1_000)
      for (const each of by === 'agent' ? [ada] : [ada, caller])
        expect(lastOffered(each)).toContain(`c=IN IP4 ${engineHost}`)
      expect([world.engine.counters().rtpSessions, told('call.held'), own.ended]).toEqual([2, [], null])
      expect(doing.map(({ plays, sends }) => [plays, sends])).toEqual([
        [null, true],
        [null, true],
      ])
      caller.hangup(own)
      await stop()
    },
  )

  it('to another phone of the agent: it does not take the call, and the old one keeps it', async () => {
    const { world, ada, mobile, caller, told, stop } = await setUp({ mode: 'direct' })
    world.network.setConditions({ delayMs: { min: 10, max: 10 } })
    const own = caller.dial('support')
    await world.run(3_000)
    const [his] = ada.calls as [ScriptedCall]
    caller.standBy(session(callerHost, 2, 0))
    mobile.dial('ada', { headers: [`Replaces: ${ada.dialogOf(his)}`] })
    for (let i = 0; i < 20 && !lastOffered(caller).includes(mobileHost); i++) await world.run(5)
    await world.run(5)
    caller.standBy(session(callerHost, 3, 4000))
    await world.run(5_000)
    expect([mobile.answered, his.ended, told('call.moved'), told('call.held')]).toEqual([[488], null, [], []])
    expect(lastOffered(caller)).toMatch(/c=IN IP4 10\.4\.0\.1[\s\S]*m=audio 4000 /)
    expect(lastOffered(ada)).toMatch(/m=audio 4000 /)
    caller.hangup(own)
    await stop()
  })
})
