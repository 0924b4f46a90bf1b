/** A trace of a carrier or of a phone names a leg by its SIP Call-ID: each one is told, and leads to the call. */
import { expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import type { EventData } from '../events.ts'
import { createScriptedPhone, type ScriptedPhone } from './testing/scripted-phone.ts'
import { createTestCenter, number, outside, patient, trunks } from './testing/test-center.ts'

const deskHost = '10.4.0.1'
const mobileHost = '10.4.0.2'

const ada = { id: 'ada', queues: ['support'], contact: `sip:ada@${deskHost}:5060`, alwaysAvailable: true }

async function setUp(ring: 'all' | 'acting', changes: CenterInput = {}) {
  const tested = await createTestCenter({
    queues: [{ id: 'support', wrapUpMs: 0, ringTimeoutMs: 4_000 }],
    agents: [{ ...ada, devices: ['mobile'], ring }],
    devices: [{ id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks,
    outbound: outside,
    media: { timeoutMs: 0 },
    ...changes,
  })
  const desk = await createScriptedPhone(tested.world, 'ada', deskHost)
  const mobile = await createScriptedPhone(tested.world, 'mobile', mobileHost)
  return { ...tested, desk, mobile }
}

const callIdsAt = (phone: ScriptedPhone) => [
  ...new Set(phone.received.filter(it => it.kind === 'request').map(({ headers }) => headers.callId)),
]

it('of every phone that is rung, whichever answers', async () => {
  const { world, desk, mobile, told, record, stop } = await setUp('all')
  desk.answer = 180
  const { call: caller } = await world.call('support', patient)
  await world.run(3_000)
  const [offer] = told('offer.created')
  expect(offer?.sipCallIds).toEqual([...callIdsAt(desk), ...callIdsAt(mobile)])
  const [connected] = told('call.connected')
  expect(connected?.sipCallId).toBe(callIdsAt(mobile)[0])
  const { callId, sipCallId, legs } = await record(connected?.callId ?? '')
  expect(legs?.map(leg => [leg.party, leg.sipCallId])).toEqual(offer?.sipCallIds?.map(it => ['agent:ada', it]))
  expect(await world.engine.calls.explain(callId)).toMatchObject({ sipCallId, legs })
  caller.hangup()
  await stop()
})

it('of a phone that never rings', async () => {
  const { world, desk, told, record, stop } = await setUp('acting')
  desk.refusal = { status: 486, headers: [] }
  const { call: caller } = await world.call('support', patient)
  await world.run(2_000)
  caller.hangup()
  await world.run(1_000)
  expect(told('offer.ringing')).toEqual([])
  const { legs } = await record(told('call.ended')[0]?.callId ?? '')
  expect(legs).toMatchObject([{ party: 'agent:ada', sipCallId: callIdsAt(desk)[0] }])
  await stop()
})

it('of where a phone sends the call, and of the phone that an agent goes on with', async () => {
  const { world, desk, mobile, told, record, stop } = await setUp('acting', { sip: { redirects: 'follow' } })
  desk.refusal = { status: 302, headers: ['Contact: <sip:mobile@center.example>'] }
  const { call: caller } = await world.call('support', patient)
  await world.run(3_000)
  expect(told('offer.redirected')).toMatchObject([{ sipCallId: callIdsAt(mobile)[0] }])
  const leg = mobile.calls[0]
  if (leg === undefined) throw new Error('the mobile was not rung')
  const { callId, remoteTag, localTag } = leg
  desk.dial('ada', { headers: [`Replaces: ${callId};to-tag=${remoteTag};from-tag=${localTag}`] })
  await world.run(1_000)
  const moved: EventData<'call.moved'> | undefined = told('call.moved')[0]
  expect(moved?.sipCallId).toBe(desk.calls[0]?.callId)
  const { legs } = await record(moved?.callId ?? '')
  expect(legs?.map(it => it.sipCallId)).toEqual([callIdsAt(desk)[0], callIdsAt(mobile)[0], desk.calls[0]?.callId])
  caller.hangup()
  await stop()
})

it('of an outside party, and of the agent’s own phone that called him', async () => {
  const { world, desk, carrier, told, record, stop } = await setUp('acting')
  const own = desk.dial(number)
  await world.run(3_000)
  expect(told('call.outside_dialled')).toMatchObject([{ sipCallId: carrier.calls[0]?.sipCallId }])
  const { sipCallId, legs } = await record(told('call.arrived')[0]?.callId ?? '')
  expect(sipCallId).toBe(own.callId)
  expect(legs).toMatchObject([{ party: `number:${number}`, sipCallId: carrier.calls[0]?.sipCallId }])
  desk.hangup(own)
  await stop()
})

it('of a leg that one call has rung, and given to another', async () => {
  const bob = { id: 'bob', contact: 'sip:bob@10.4.0.3:5060', alwaysAvailable: true }
  const { world, desk, told, record, stop } = await setUp('acting', { agents: [ada, bob], devices: [] })
  const other = await createScriptedPhone(world, 'bob', '10.4.0.3')
  const { call: caller } = await world.call('support', patient)
  await world.run(3_000)
  const [customer] = desk.calls
  const asked = desk.dial('bob')
  await world.run(3_000)
  if (customer === undefined) throw new Error('the desk was not rung')
  desk.refer(asked, desk.replaces(customer))
  await world.run(2_000)
  const [transferred] = told('call.transferred')
  const { legs } = await record(transferred?.callId ?? '')
  expect(legs?.map(leg => leg.party)).toEqual(['agent:ada', 'agent:bob'])
  expect(legs?.[1]?.sipCallId).toBe(callIdsAt(other)[0])
  caller.hangup()
  await stop()
})
