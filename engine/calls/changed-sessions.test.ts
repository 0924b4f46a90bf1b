/**
 * A caller who has changed his address and his codec by a re-INVITE, in a whole center whose audio runs past us: whoever is
 * joined with him afterwards is offered what he has said last (RFC 3264 §8), as the next version of what was offered before.
 */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { SipMessage, SipRequest } from '../sip/message/message.ts'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter, uri } from './testing/test-center.ts'

const [adaHost, mobileHost, bobHost, callerHost] = ['10.4.0.1', '10.4.0.2', '10.4.0.3', '10.1.0.7']
/** Where the caller is from the re-INVITE on, and what he talks there. */
const moved = [
  'v=0',
  'o=- 1 2 IN IP4 10.1.0.7',
  's=-',
  'c=IN IP4 10.1.0.9',
  't=0 0',
  'm=audio 4444 RTP/AVP 0 9',
  '',
].join('\r\n')

const center = {
  queues: [{ id: 'support', wrapUpMs: 0 }],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${adaHost}:5060`, devices: ['mobile'], alwaysAvailable: true },
    { id: 'bob', queues: [], contact: `sip:bob@${bobHost}:5060`, alwaysAvailable: true },
  ],
  devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'people', addresses: ['10.1.0.0/16'] }],
  media: { mode: 'direct', timeoutMs: 0 },
} satisfies CenterInput

async function setUp(answer: 'immediately' | 'with-agent' = 'with-agent', sdp?: '') {
  const tested = await createTestCenter({ ...center, queues: [{ ...center.queues[0], answer }] })
  const { world } = tested
  const ada = await createScriptedPhone(world, 'ada', adaHost)
  const mobile = await createScriptedPhone(world, 'mobile', mobileHost)
  const bob = await createScriptedPhone(world, 'bob', bobHost)
  const caller = await createScriptedPhone(world, 'caller', callerHost)
  const own = caller.dial('support', sdp === undefined ? {} : { sdp })
  const talk = async (): Promise<ScriptedCall> => {
    await world.run(3_000)
    const [call] = ada.calls
    if (call === undefined) throw new Error('Ada was not rung')
    return call
  }
  const change = async () => {
    caller.reinvite(own, moved)
    await world.run(1_000)
  }
  const stop = async () => {
    caller.hangup(own)
    await tested.stop()
  }
  return { ...tested, ada, mobile, bob, caller, own, talk, change, stop }
}

/** The session descriptions that a phone was sent, oldest first: of INVITEs, or of the answers to its own. */
function sent({ received }: ScriptedPhone, kind: 'request' | 'response' = 'request'): readonly string[] {
  return received.flatMap((it: SipMessage) => {
    const isMeant = it.kind === kind && it.body.length > 0
    return isMeant && (it.kind === 'response' || (it as SipRequest).method === 'INVITE')
      ? [Buffer.from(it.body).toString()]
      : []
  })
}

function brief(sdp = '') {
  return [/^c=IN IP4 (\S+)/m.exec(sdp)?.[1], /^m=audio (.*)/m.exec(sdp)?.[1]?.trim()]
}

const now = ['10.1.0.9', '4444 RTP/AVP 0 9']

function versionOf(sdp = ''): readonly [session: string, version: number] {
  const [, session = '', version = '', at = ''] = /^o=(\S+ \S+) (\d+) (.*)/m.exec(sdp) ?? []
  return [`${session} ${at.trim()}`, Number(version)]
}

describe('a caller who has changed his session', () => {
  it('while he waited: the relay is handed over to what he is now', async () => {
    const { world, ada, change, talk, stop } = await setUp('immediately')
    world.engine.agents.setAvailability('ada', 'notReady')
    await world.run(500)
    await change()
    world.engine.agents.setAvailability('ada', 'available')
    await talk()
    expect(brief(sent(ada).at(-1))).toEqual(now)
    const [first, last] = [versionOf(sent(ada)[0]), versionOf(sent(ada).at(-1))]
    expect(last).toEqual([first[0], first[1] + 1])
    expect(world.engine.counters().rtpSessions).toBe(0)
    await stop()
  })

  it('to one that holds, while he waited: he is known to have come back when he does', async () => {
    const { world, ada, caller, own, told, talk, stop } = await setUp('immediately')
    world.engine.agents.setAvailability('ada', 'notReady')
    await world.run(500)
    caller.reinvite(own, `${moved}a=sendonly\r\n`)
    await world.run(1_000)
    world.engine.agents.setAvailability('ada', 'available')
    await talk()
    expect(world.engine.counters().rtpSessions).toBe(0)
    expect(sent(ada).at(-1)).toMatch(/^a=sendonly/m)
    expect([told('call.held').length, told('call.retrieved').length]).toEqual([1, 0])
    caller.reinvite(own, moved.replace('o=- 1 2', 'o=- 1 3'))
    await world.run(1_000)
    expect(told('call.retrieved')).toMatchObject([{ by: 'customer' }])
    await stop()
  })

  it('is offered to the phone that comes without an offer as he is now', async () => {
    const { world, ada, mobile, change, talk, stop } = await setUp()
    const call = await talk()
    await change()
    const { callId, localTag, remoteTag } = call
    mobile.dial('ada', { headers: [`Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`], sdp: '' })
    await world.run(1_000)
    expect([mobile.answered, call.ended]).toEqual([[200], 'engine'])
    expect(brief(sent(mobile, 'response').at(-1))).toEqual(now)
    expect(sent(ada)).toHaveLength(2)
    await stop()
  })

  it('keeps the old phone, which has him as he is now, when the new one gives up', async () => {
    const { world, ada, mobile, change, talk, stop } = await setUp()
    const call = await talk()
    await change()
    const before = sent(ada).at(-1)
    const { callId, localTag, remoteTag } = call
    const taken = mobile.dial('ada', { headers: [`Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`] })
    mobile.cancel(taken)
    await world.run(2_000)
    expect([mobile.answered, call.ended]).toEqual([[487], null])
    expect(sent(ada)).toHaveLength(3)
    expect(brief(sent(ada).at(-1))).toEqual(now)
    // The very same description: nothing has changed for her, and its version says so.
    expect(sent(ada).at(-1)).toBe(before)
    await stop()
  })

  it('is joined as he is now with whom the agent has consulted', async () => {
    const { world, ada, bob, change, talk, stop } = await setUp()
    const call = await talk()
    await change()
    const second = ada.dial('bob')
    await world.run(2_000)
    ada.refer(call, ada.replaces(second))
    await world.run(3_000)
    expect(ada.referred).toEqual([202])
    expect(brief(sent(bob).at(-1))).toEqual(now)
    const versions = sent(bob).map(sdp => versionOf(sdp)[1])
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b))
    await stop()
  })
})

describe('a caller who has answered a hold from another port', () => {
  it('is offered to the next agent as one who talks and hears', async () => {
    const { world, ada, bob, caller, own, talk, stop } = await setUp()
    const call = await talk()
    const there = moved.replace('o=- 1 2', 'o=- 1 3').replace('4444', '4446')
    /** What he answers from now on: he has offered it, and given that up. */
    const answersWith = async (sdp: string) => {
      ada.thinks = true
      caller.reinvite(own, sdp)
      await world.run(200)
      caller.giveUp(own)
      await world.run(1_000)
      ada.thinks = false
    }
    await answersWith(`${there}a=recvonly\r\n`)
    ada.hold(call)
    await world.run(1_000)
    expect(sent(ada, 'response').at(-1)).toMatch(/^m=audio 4446 [\s\S]*^a=recvonly/m)
    await answersWith(`${there}a=sendrecv\r\n`)
    ada.refer(call, uri('bob'))
    await world.run(5_000)
    const offered = sent(bob)
    expect(offered.at(-1)).toMatch(/^m=audio 4446 /m)
    expect(offered.at(-1)).not.toMatch(/^a=(recvonly|sendonly|inactive)/m)
    await stop()
  })
})

it('a caller who has answered a hold with silence is offered to the consulted one as one who talks and hears', async () => {
  const { world, ada, bob, caller, own, talk, stop } = await setUp()
  const call = await talk()
  ada.thinks = true
  caller.reinvite(own, `${moved}a=inactive\r\n`)
  await world.run(200)
  caller.giveUp(own)
  await world.run(1_000)
  ada.thinks = false
  ada.hold(call)
  await world.run(1_000)
  expect(sent(ada, 'response').at(-1)).toMatch(/^a=inactive/m)
  const second = ada.dial('bob')
  await world.run(2_000)
  ada.refer(call, ada.replaces(second))
  await world.run(3_000)
  expect(brief(sent(bob).at(-1))).toEqual(now)
  expect(sent(bob).at(-1)).not.toMatch(/^a=(recvonly|sendonly|inactive)/m)
  await stop()
})

describe('a caller who came without an offer', () => {
  it.each([
    ['names the call that rings', true],
    ['names the colleague', false],
  ])('is joined with whom the agent has called, and who answers after she is out: her phone %s', async (_, isNamed) => {
    const { world, ada, bob, caller, own, talk, told, stop } = await setUp('with-agent', '')
    const call = await talk()
    // He is relayed: what he can is known from his ACK.
    expect(world.engine.counters().rtpSessions).toBe(2)
    bob.answer = 180
    const second = ada.dial('bob')
    await world.run(1_000)
    ada.refer(call, isNamed ? ada.replaces(second) : uri('bob'))
    await world.run(500)
    bob.pickUp()
    await world.run(3_000)
    expect(told('call.transferred')).toMatchObject([{ kind: 'attended', to: 'agent:bob' }])
    expect([own.ended, bob.calls[0]?.ended, call.ended]).toEqual([null, null, 'engine'])
    expect(brief(sent(bob).at(-1))).toEqual([callerHost, '4000 RTP/AVP 8'])
    expect(brief(sent(caller).at(-1))).toEqual([bobHost, '4000 RTP/AVP 8'])
    const versions = [bob, caller].map(phone => sent(phone).map(sdp => versionOf(sdp)[1]))
    for (const each of versions) expect(each).toEqual([...new Set(each)].sort((a, b) => a - b))
    expect(world.engine.counters().rtpSessions).toBe(0)
    await stop()
  })
})
