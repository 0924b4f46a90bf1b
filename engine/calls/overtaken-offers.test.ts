/**
 * An offer of ours that meets glare waits (RFC 3261 §14.1), and the session moves on meanwhile; in a whole center. What goes
 * out then is what is wanted by then, as a newer version of what the phone has seen, or nothing.
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { MediaStream } from '../ports/media.ts'
import type { SipMessage } from '../sip/message/message.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { expectOneSession, lastOffered, shown } from './testing/shown-sessions.ts'
import { createTestCenter } from './testing/test-center.ts'
import { watchedMedia } from './testing/watched-media.ts'

const [adaHost, mobileHost, callerHost] = ['10.4.0.1', '10.4.0.2', '10.1.0.7']

const center = {
  queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, devices: ['mobile'], alwaysAvailable: true },
  ],
  devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { mode: 'direct', timeoutMs: 0 },
} satisfies CenterInput

const session = (host: string, version: number, formats = '8', ...more: readonly string[]) =>
  offerSdp
    .replaceAll('10.0.0.2', host)
    .replace('o=- 1 1', `o=- 1 ${version}`)
    .replace('RTP/AVP 8', `RTP/AVP ${formats}`) + more.join('')
const held = 'a=sendonly\r\n'
const heard = 'a=recvonly\r\n'

const invitesOf = ({ received }: ScriptedPhone) =>
  received.filter((it: SipMessage) => it.kind === 'request' && it.method === 'INVITE').length

describe('a caller who is asked for the codec of the agent, whom the relay does not convert for', () => {
  async function setUp() {
    /** The codec that each session sends, in the order of their opening. */
    const codecs: (string | undefined)[] = []
    const media = watchedMedia(session => {
      const index = codecs.push(undefined) - 1
      return {
        update(stream: MediaStream) {
          codecs[index] = stream.sendFormats[0]?.encoding
          session.update(stream)
        },
      }
    })
    const tested = await createTestCenter(
      { ...center, queues: [{ ...center.queues[0], answer: 'immediately' }], media: { mode: 'relay', timeoutMs: 0 } },
      media,
    )
    const { world } = tested
    const ada = await createScriptedPhone(world, 'ada', adaHost)
    const caller = await createScriptedPhone(world, 'caller', callerHost)
    ada.answer = 180
    caller.isBusyChanging = true
    caller.standBy(session(callerHost, 1, '9 0'))
    const own = caller.dial('support', { sdp: session(callerHost, 1, '9 0') })
    await world.run(1_000)
    expect(codecs[0]).toBe('G722')
    ada.standBy(session(adaHost, 1, '0'))
    ada.pickUp(session(adaHost, 1, '0'))
    await world.run(100)
    expect(lastOffered(caller)).toMatch(/RTP\/AVP 0\r/)
    const [call] = ada.calls as [ScriptedCall]
    const stop = async () => {
      caller.hangup(own)
      await tested.stop()
    }
    return { ...tested, ada, caller, call, own, codecs, stop }
  }

  it('and holds first: is asked with a newer version, and what he answers counts', async () => {
    const { world, caller, own, told, codecs, stop } = await setUp()
    caller.reinvite(own, session(callerHost, 2, '9 0', held))
    await world.run(20)
    caller.isBusyChanging = false
    await world.run(5_000)
    expect(told('call.held')).toMatchObject([{ by: 'customer' }])
    expectOneSession(shown(caller, own.callId))
    expect(codecs).toEqual(['PCMU', 'PCMU'])
    await stop()
  })

  it('and takes it by himself first: is asked for nothing more', async () => {
    const { world, caller, own, codecs, stop } = await setUp()
    caller.reinvite(own, session(callerHost, 2, '0'))
    await world.run(20)
    caller.isBusyChanging = false
    const before = invitesOf(caller)
    await world.run(5_000)
    expect([invitesOf(caller) - before, codecs]).toEqual([0, ['PCMU', 'PCMU']])
    await stop()
  })

  it('whom the agent meets first: is asked for nothing more', async () => {
    const { world, ada, caller, call, codecs, stop } = await setUp()
    ada.reinvite(call, session(adaHost, 2, '9'))
    await world.run(20)
    caller.isBusyChanging = false
    const before = invitesOf(caller)
    await world.run(5_000)
    expect([invitesOf(caller) - before, codecs]).toEqual([0, ['G722', 'G722']])
    await stop()
  })

  it('and whom the agent leaves first: goes on with his music as it is', async () => {
    const { world, ada, caller, call, codecs, stop } = await setUp()
    world.engine.agents.setAvailability('ada', 'notReady')
    ada.refer(call, '<sip:support@10.0.0.1>')
    await world.run(20)
    caller.isBusyChanging = false
    const before = invitesOf(caller)
    await world.run(5_000)
    expect([invitesOf(caller) - before, codecs[0]]).toEqual([0, 'G722'])
    await stop()
  })
})

describe('where audio runs past us', () => {
  async function setUp(sip: CenterInput['sip'] = {}) {
    const tested = await createTestCenter({ ...center, sip })
    const { world } = tested
    const ada = await createScriptedPhone(world, 'ada', adaHost)
    const mobile = await createScriptedPhone(world, 'mobile', mobileHost)
    const caller = await createScriptedPhone(world, 'caller', callerHost)
    const own = caller.dial('support')
    await world.run(3_000)
    const [call] = ada.calls as [ScriptedCall]
    const replace = () => mobile.dial('ada', { headers: [`Replaces: ${ada.dialogOf(call)}`] })
    const stop = async () => {
      caller.hangup(own)
      await tested.stop()
    }
    return { ...tested, ada, mobile, caller, own, call, replace, stop }
  }

  it('the new address that a refresh has brought is no news to who has asked for it himself by then', async () => {
    const { world, ada, caller, own, stop } = await setUp({ sessionExpiresSec: 90 })
    ada.standBy(session('10.4.0.9', 2))
    caller.isBusyChanging = true
    await world.run(46_000)
    expect(lastOffered(caller)).toContain('c=IN IP4 10.4.0.9')
    // By then she is elsewhere again, and says so when she is asked.
    ada.standBy(session('10.4.0.8', 3))
    caller.reinvite(own, session(callerHost, 2, '8 0'))
    await world.run(50)
    caller.isBusyChanging = false
    const before = invitesOf(caller)
    await world.run(5_000)
    expect(invitesOf(caller) - before).toBe(0)
    expectOneSession(shown(caller, own.callId))
    await stop()
  })

  it('a caller who has held first is turned to the phone that the agent goes on with, and still holds', async () => {
    const { world, ada, mobile, caller, own, call, told, replace, stop } = await setUp()
    caller.isBusyChanging = true
    const taken = replace()
    await world.run(100)
    expect(lastOffered(caller)).toContain(mobileHost)
    caller.reinvite(own, session(callerHost, 2, '8', held))
    await world.run(50)
    caller.isBusyChanging = false
    await world.run(5_000)
    expect([mobile.answered, call.ended, told('call.held').length]).toEqual([[200], 'engine', 1])
    expectOneSession(shown(caller, own.callId))
    expectOneSession(shown(ada, call.callId))
    expectOneSession(shown(mobile, taken.callId))
    expect(lastOffered(caller)).toContain(mobileHost)
    await stop()
  })

  describe('a caller who was turned to a phone that has given up is turned back, though', () => {
    /** He has taken it, and Ada is asked for what she had, which she refuses for now; or, `agree`, she has said it again. */
    async function turnedAway(agrees: boolean) {
      const center = await setUp()
      const { world, ada, mobile, caller, replace } = center
      world.network.setConditions({ delayMs: { min: 10, max: 10 } })
      const before = invitesOf(ada)
      ada.isBusyChanging = !agrees
      const taken = replace()
      await world.run(15)
      mobile.cancel(taken)
      await world.run(20)
      expect(lastOffered(caller)).toContain(mobileHost)
      caller.isBusyChanging = agrees
      await world.run(30)
      expect(invitesOf(ada)).toBe(before + 1)
      expect(mobile.answered).toEqual([487])
      return center
    }

    it('the agent holds before she is asked', async () => {
      const { world, ada, caller, own, call, told, stop } = await turnedAway(false)
      caller.standBy(session(callerHost, 2, '8', heard))
      ada.reinvite(call, session(adaHost, 2, '8', held))
      await world.run(60)
      ada.isBusyChanging = false
      await world.run(10_000)
      expect([call.ended, told('call.held')]).toMatchObject([null, [{ by: 'agent' }]])
      expect([lastOffered(caller).includes(adaHost), lastOffered(caller).includes(held)]).toEqual([true, true])
      expectOneSession(shown(caller, own.callId))
      expectOneSession(shown(ada, call.callId))
      await stop()
    })

    it('the agent holds when she has been asked, before he is', async () => {
      const { world, ada, caller, own, call, told, stop } = await turnedAway(true)
      expect(lastOffered(caller)).toContain(adaHost)
      caller.isBusyChanging = false
      ada.reinvite(call, session(adaHost, 2, '8', held))
      await world.run(10_000)
      expect([call.ended, told('call.held')]).toMatchObject([null, [{ by: 'agent' }]])
      expect([lastOffered(caller).includes(adaHost), lastOffered(caller).includes(held)]).toEqual([true, true])
      expectOneSession(shown(caller, own.callId))
      expectOneSession(shown(ada, call.callId))
      await stop()
    })

    it('he holds before he is asked', async () => {
      const { world, ada, caller, own, call, told, stop } = await turnedAway(true)
      ada.standBy(session(adaHost, 2, '8', heard))
      caller.reinvite(own, session(callerHost, 2, '8', held))
      await world.run(60)
      caller.isBusyChanging = false
      await world.run(10_000)
      expect([call.ended, told('call.held')]).toMatchObject([null, [{ by: 'customer' }]])
      expect(lastOffered(ada)).toContain(held)
      expectOneSession(shown(caller, own.callId))
      expectOneSession(shown(ada, call.callId))
      await stop()
    })
  })
})
