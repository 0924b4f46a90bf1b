/** User-to-User (RFC 7433) across the two legs of a call, both ways: in what answers an INVITE, and in what ends the call. */
import { describe, expect, it } from 'vitest'
import { createScriptedPhone, type ScriptedCall, type ScriptedPhone } from '../calls/testing/scripted-phone.ts'
import { carrierHost, createTestCenter, number, outside, trunks } from '../calls/testing/test-center.ts'
import type { CenterInput } from '../config.ts'
import type { SipMessage } from '../sip/message/message.ts'

async function setUp(changes: CenterInput = {}) {
  const tested = await createTestCenter({
    queues: [{ id: 'support', answer: 'with-agent', wrapUpMs: 0 }],
    agents: [{ id: 'ada', queues: ['support'], contact: 'sip:ada@10.4.0.1:5060', alwaysAvailable: true }],
    numbers: [
      { match: 'support', queue: 'support' },
      { match: 'ada', agent: 'ada' },
    ],
    trunks,
    outbound: outside,
    media: { timeoutMs: 0 },
    ...changes,
  })
  const carol = await createScriptedPhone(tested.world, 'carol', '10.1.0.9')
  const ada = await createScriptedPhone(tested.world, 'ada', '10.4.0.1')
  return { ...tested, carol, ada }
}

const says = (what: string) => [`User-to-User: ${what};encoding=hex`]
const nameOf = (it: SipMessage) => (it.kind === 'request' ? it.method : `${it.status} ${it.headers.cseq?.method}`)
/** What a phone has had that carried something, each once: it lets refusals be repeated. */
const heardBy = ({ received }: ScriptedPhone) => {
  const carrying = received.filter(it => it.headers.has('user-to-user'))
  return [...new Set(carrying.map(it => `${nameOf(it)} ${it.headers.fields('user-to-user').join(' ')}`))]
}
const only = ({ calls }: ScriptedPhone) => calls[0] as ScriptedCall

it('goes to the caller in the 180 and the 200 of the agent who is his first answer, and is told', async () => {
  const { world, carol, ada, told, stop } = await setUp()
  ada.marks = says('aa01')
  const call = carol.dial('support', { headers: says('cc01') })
  await world.run(3_000)
  expect(heardBy(ada)).toEqual(['INVITE cc01;encoding=hex'])
  expect(heardBy(carol)).toEqual(['180 INVITE aa01;encoding=hex', '200 INVITE aa01;encoding=hex'])
  expect(told('offer.accepted')).toMatchObject([{ uui: 'aa01;encoding=hex' }])
  carol.hangup(call)
  await stop()
})

it('goes to nobody in the 200 of an agent whose caller hears music: he has had his answer', async () => {
  const { world, carol, ada, told, stop } = await setUp({ queues: [{ id: 'support', wrapUpMs: 0 }] })
  ada.marks = says('aa02')
  const call = carol.dial('support')
  await world.run(3_000)
  expect(heardBy(carol)).toEqual([])
  expect(told('offer.accepted')).toMatchObject([{ uui: 'aa02;encoding=hex' }])
  carol.hangup(call)
  await stop()
})

describe('in a BYE', () => {
  it('of the caller goes to the agent, with his reason and none of its words', async () => {
    const { world, carol, ada, told, stop } = await setUp()
    const call = carol.dial('support')
    await world.run(3_000)
    carol.marks = [...says('cc02'), 'Reason: Q.850;cause=16;text="gw1.inside"']
    carol.hangup(call)
    await world.run(1_000)
    expect(heardBy(ada)).toEqual(['BYE cc02;encoding=hex'])
    expect(ada.received.at(-1)?.headers.get('reason')).toBe('Q.850;cause=16')
    expect(told('call.ended')).toMatchObject([{ endedBy: 'customer', uui: 'cc02;encoding=hex' }])
    await stop()
  })

  it('of the agent goes to the caller, with his reason', async () => {
    const { world, carol, ada, told, stop } = await setUp()
    carol.dial('support')
    await world.run(3_000)
    ada.marks = [...says('aa03'), 'Reason: SIP;cause=200;text="inside"']
    ada.hangup(only(ada))
    await world.run(1_000)
    expect(heardBy(carol)).toEqual(['BYE aa03;encoding=hex'])
    expect(carol.received.at(-1)?.headers.get('reason')).toBe('SIP;cause=200')
    expect(told('call.ended')).toMatchObject([{ endedBy: 'agent', uui: 'aa03;encoding=hex' }])
    await stop()
  })

  it('is not kept for another end of the call than the one that it came with', async () => {
    const { world, carol, ada, told, stop } = await setUp({
      queues: [{ id: 'support', wrapUpMs: 0, offerCooldownMs: 0, transferFailure: 'requeue' }],
      agents: [
        { id: 'ada', queues: ['support'], contact: 'sip:ada@10.4.0.1:5060', alwaysAvailable: true },
        { id: 'bob', contact: 'sip:bob@10.4.0.2:5060', alwaysAvailable: true },
      ],
    } as CenterInput)
    const bob = await createScriptedPhone(world, 'bob', '10.4.0.2')
    const call = carol.dial('support')
    await world.run(3_000)
    ada.marks = says('aa04')
    ada.refer(only(ada), `<sip:bob@${carrierHost}>`)
    await world.run(1_000)
    ada.hangup(only(ada))
    await world.run(2_000)
    bob.hangup(only(bob))
    await world.run(1_000)
    expect([call.ended, heardBy(carol)]).toEqual(['engine', []])
    expect(told('call.ended')[0]).not.toHaveProperty('uui')
    await stop()
  })
})

it.each([
  [302, 480],
  [486, 480],
  [603, 480],
])(
  'in the refusal %d of an agent who is called by name goes along with what the caller gets',
  async (status, heard) => {
    const { world, carol, ada, told, stop } = await setUp()
    ada.refusal = { status, headers: says('aa05') }
    carol.dial('ada')
    await world.run(1_000)
    expect(heardBy(carol)).toEqual([`${heard} INVITE aa05;encoding=hex`])
    expect(told('call.ended')).toMatchObject([{ uui: 'aa05;encoding=hex' }])
    await stop()
  },
)

it('of a colleague who does not take the call goes to nobody', async () => {
  const { world, carol, ada, stop } = await setUp()
  ada.refusal = { status: 486, headers: says('aa06') }
  const call = carol.dial('support')
  await world.run(2_000)
  carol.cancel(call)
  await world.run(1_000)
  expect(heardBy(carol)).toEqual([])
  await stop()
})

it('passes between an agent and the party that he has called', async () => {
  const { world, ada, told, stop } = await setUp({
    trunks: trunks.map(trunk => ('host' in trunk ? { ...trunk, host: '10.3.0.2' } : trunk)),
  })
  const party = await createScriptedPhone(world, 'party', '10.3.0.2')
  party.marks = says('bb01')
  const call = ada.dial(number, { headers: says('aa07') })
  await world.run(2_000)
  expect(heardBy(party)).toEqual(['INVITE aa07;encoding=hex'])
  expect(heardBy(ada)).toEqual(['180 INVITE bb01;encoding=hex', '200 INVITE bb01;encoding=hex'])
  expect(told('call.outside_connected')).toMatchObject([{ uui: 'bb01;encoding=hex' }])
  party.hangup(only(party))
  await world.run(1_000)
  expect(heardBy(ada).at(-1)).toBe('BYE bb01;encoding=hex')
  expect(told('call.outside_ended')).toMatchObject([{ uui: 'bb01;encoding=hex' }])
  expect(call.ended).toBe('engine')
  await stop()
})

describe('of a party whom an agent has called and handed on', () => {
  it.each([
    ['it says as it hangs up: told of its leg, too', 'party', 'bb02;encoding=hex'],
    ['the agent says to it: not told of its leg', 'ada', undefined],
  ] as const)('what %s', async (_, who, uui) => {
    const { world, ada, told, stop } = await setUp({
      queues: [{ id: 'support', wrapUpMs: 0 }],
      agents: [
        { id: 'bob', contact: 'sip:bob@10.4.0.2:5060', alwaysAvailable: true },
        { id: 'ada', contact: 'sip:ada@10.4.0.1:5060', alwaysAvailable: true },
      ],
      trunks: trunks.map(trunk => ('host' in trunk ? { ...trunk, host: '10.3.0.2' } : trunk)),
    })
    const party = await createScriptedPhone(world, 'party', '10.3.0.2')
    const bob = await createScriptedPhone(world, 'bob', '10.4.0.2')
    const own = bob.dial(number)
    await world.run(2_000)
    bob.refer(own, `<sip:ada@${carrierHost}>`)
    await world.run(3_000)
    const leaver = { party, ada }[who]
    leaver.marks = says('bb02')
    leaver.hangup(only(leaver))
    await world.run(2_000)
    const [ended] = told('call.outside_ended')
    expect([told('call.ended').length, ended?.outcome, ended?.uui]).toEqual([1, 'completed', uui])
    expect(told('call.ended')).toMatchObject([{ uui: 'bb02;encoding=hex' }])
    await stop()
  })
})

it('is dropped whole where it is too long for a datagram', async () => {
  const { world, carol, ada, told, stop } = await setUp()
  carol.dial('support')
  await world.run(3_000)
  ada.marks = says('a'.repeat(600))
  ada.hangup(only(ada))
  await world.run(1_000)
  expect(heardBy(carol)).toEqual([])
  expect(told('call.ended')[0]).not.toHaveProperty('uui')
  await stop()
})
