/** Session-ID (RFC 7989) across the two legs of a call: each end hears who the other one is, in every message of its leg. */
import { expect, it } from 'vitest'
import { createScriptedPhone } from '../calls/testing/scripted-phone.ts'
import { createTestCenter, trunks } from '../calls/testing/test-center.ts'
import type { CenterInput } from '../config.ts'
import type { SipMessage } from '../sip/message/message.ts'

const [nil, carol, ada, bob] = [0, 1, 2, 3].map(digit =>
  digit === 0 ? '0'.repeat(32) : `${String(digit).repeat(12)}4${String(digit).repeat(3)}8${String(digit).repeat(15)}`,
) as [string, string, string, string]
const uuid = /^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$/

async function setUp(changes: CenterInput = {}) {
  const tested = await createTestCenter({
    queues: [{ id: 'support', strategy: 'linear', wrapUpMs: 0 }],
    agents: [
      { id: 'ada', queues: ['support'], contact: 'sip:ada@10.4.0.1:5060', alwaysAvailable: true },
      { id: 'bob', queues: [], contact: 'sip:bob@10.4.0.2:5060', alwaysAvailable: true },
    ],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks,
    media: { timeoutMs: 0 },
    ...changes,
  })
  const phone = (user: string, host: string) => createScriptedPhone(tested.world, user, host)
  const legs = {
    carol: await phone('carol', '10.1.0.9'),
    ada: await phone('ada', '10.4.0.1'),
    bob: await phone('bob', '10.4.0.2'),
  }
  return { ...tested, ...legs }
}

const marked = (it: string) => [`Session-ID: ${it};remote=${nil}`]
const nameOf = (it: SipMessage) => (it.kind === 'request' ? it.method : `${it.status} ${it.headers.cseq?.method}`)
const halves = (it: SipMessage) => /^([0-9a-f]{32});remote=([0-9a-f]{32})$/.exec(it.headers.get('session-id') ?? '')
/** Each message as a phone has had it, and what it says of the two ends. */
const said = (received: readonly SipMessage[]) =>
  received.map(it => `${nameOf(it)} ${it.headers.get('session-id')?.replace(';remote=', ' ')}`)

it('gives each end the name of the other, from the INVITE to the last response', async () => {
  const { world, stop, ...phones } = await setUp()
  phones.carol.marks = marked(carol)
  phones.ada.marks = marked(ada)
  const call = phones.carol.dial('support')
  await world.run(3_000)
  // Music has answered: until the agent is there the caller talks to us.
  const [ours = ''] =
    halves(phones.carol.received.find(it => nameOf(it) === '200 INVITE') as SipMessage)?.slice(1) ?? []
  expect(ours).toMatch(uuid)
  phones.carol.hold(call)
  await world.run(1_000)
  phones.ada.hold(phones.ada.calls[0] as (typeof phones.ada.calls)[number])
  await world.run(1_000)
  phones.carol.hangup(call)
  await world.run(1_000)
  expect(said(phones.ada.received)).toEqual([
    `INVITE ${carol} ${nil}`,
    `ACK ${carol} ${ada}`,
    `200 INVITE ${carol} ${ada}`,
    `BYE ${carol} ${ada}`,
  ])
  expect(said(phones.carol.received.filter(it => nameOf(it) !== '100 INVITE'))).toEqual([
    `200 INVITE ${ours} ${carol}`,
    `200 INVITE ${ada} ${carol}`,
    `200 BYE ${ada} ${carol}`,
  ])
  await stop()
})

it('names ends that name nothing, the same on both legs', async () => {
  const { world, stop, ...phones } = await setUp()
  phones.carol.dial('support')
  await world.run(3_000)
  phones.ada.hangup(phones.ada.calls[0] as (typeof phones.ada.calls)[number])
  await world.run(1_000)
  const [, caller, agent] = halves(phones.ada.received.at(-1) as SipMessage) ?? []
  expect(caller).toMatch(uuid)
  expect(agent).toMatch(uuid)
  expect(caller).not.toBe(agent)
  const bye = phones.carol.received.find(it => nameOf(it) === 'BYE') as SipMessage
  expect(halves(bye)?.slice(1)).toEqual([agent, caller])
  await stop()
})

it('says to a device that does not take the call who has called', async () => {
  const { world, stop, ...phones } = await setUp({
    queues: [{ id: 'support', maxWaitMs: 4_000, offerCooldownMs: 60_000 }],
  })
  phones.carol.marks = marked(carol)
  phones.ada.marks = marked(ada)
  phones.ada.refusal = { status: 486, headers: [] }
  const call = phones.carol.dial('support')
  await world.run(2_000)
  expect(said(phones.ada.received)).toEqual([`INVITE ${carol} ${nil}`, `ACK ${carol} ${nil}`])
  phones.ada.refusal = null
  await world.run(10_000)
  expect(halves(phones.carol.received.at(-1) as SipMessage)?.[2]).toBe(carol)
  expect(call.ended).not.toBeNull()
  await stop()
})

it('tells the caller of another agent when he was handed on', async () => {
  const { world, stop, ...phones } = await setUp()
  phones.carol.marks = marked(carol)
  phones.ada.marks = marked(ada)
  phones.bob.marks = marked(bob)
  const call = phones.carol.dial('support')
  await world.run(3_000)
  phones.ada.refer(phones.ada.calls[0] as (typeof phones.ada.calls)[number], '<sip:bob@10.0.0.1>')
  await world.run(5_000)
  expect(said(phones.bob.received).slice(0, 2)).toEqual([`INVITE ${carol} ${nil}`, `ACK ${carol} ${bob}`])
  phones.carol.hangup(call)
  await world.run(1_000)
  expect(said(phones.carol.received).at(-1)).toBe(`200 BYE ${bob} ${carol}`)
  await stop()
})
