/** Phones that send their agent's calls elsewhere (3xx), in a whole center on the virtual network. */
import { describe, expect, it } from 'vitest'
import { createScriptedPhone } from './calls/testing/scripted-phone.ts'
import { carrierHost, createTestCenter, number, outside, patient, trunks } from './calls/testing/test-center.ts'
import type { CenterInput } from './config.ts'
import { EngineError } from './errors.ts'
import type { MediaPort } from './ports/media.ts'
import { createSilentMedia } from './simulation/silent-media.ts'
import type { WorldOptions } from './simulation/world.ts'

const abroadHost = '10.3.0.2'
const [deskHost, mobileHost, homeHost] = ['10.4.0.1', '10.4.0.2', '10.4.0.3']

const center = {
  queues: [{ id: 'support', strategy: 'linear', wrapUpMs: 0, offerCooldownMs: 60_000 }],
  agents: [
    {
      id: 'ada',
      queues: ['support'],
      contact: `sip:ada@${deskHost}:5060`,
      devices: ['mobile', 'home'],
      alwaysAvailable: true,
    },
    { id: 'bob', queues: [{ id: 'support', delayMs: 1 }], alwaysAvailable: true },
  ],
  devices: [
    { id: 'mobile', contact: `sip:mobile@${mobileHost}:5060` },
    { id: 'home', contact: `sip:home@${homeHost}:5060` },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: trunks.map(trunk => (trunk.id === 'carrier' ? { ...trunk, trusted: true } : trunk)),
  outbound: outside,
  media: { timeoutMs: 0 },
  sip: { redirects: 'follow' },
} satisfies CenterInput

async function setUp(changes: CenterInput = {}, media?: WorldOptions['media']) {
  const tested = await createTestCenter({ ...center, ...changes }, media)
  const { world, told } = tested
  const desk = await createScriptedPhone(world, 'ada', deskHost)
  const mobile = await createScriptedPhone(world, 'mobile', mobileHost)
  const home = await createScriptedPhone(world, 'home', homeHost)
  const call = async (ms = 6_000) => {
    const { call: caller } = await world.call('support', patient)
    await world.run(ms)
    return { caller, callId: told('call.arrived').at(-1)?.callId ?? '' }
  }
  return { ...tested, desk, mobile, home, call }
}

/** Sends calls to these places. */
function moved(...contacts: readonly string[]) {
  return { status: 302, headers: [`Contact: ${contacts.join(', ')}`] }
}

describe('a phone that sends its call elsewhere', () => {
  it('is not followed unless the center says so: the next agent is rung', async () => {
    const { desk, carrier, told, call, stop } = await setUp({ sip: {} })
    desk.refusal = moved(`<sip:${number}@${carrierHost}>`, `<sip:mobile@${mobileHost}:5060>`)
    const { caller } = await call()
    expect(told('offer.failed')).toMatchObject([{ agentId: 'ada', reason: 'redirected', sipCode: 302 }])
    expect([told('offer.redirected').length, carrier.calls.length]).toEqual([0, 0])
    expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
    caller.hangup()
    await stop()
  })

  it.each(['relay', 'direct'] as const)(
    "to the agent's mobile telephone: whoever answers there is that agent (%s)",
    async mode => {
      const { world, desk, carrier, told, call, stop } = await setUp({ media: { mode, timeoutMs: 0 } })
      desk.refusal = moved(`<sip:${encodeURIComponent(number)}@forward.invalid>`)
      const { caller, callId } = await call()
      expect(carrier.calls).toHaveLength(1)
      const to = told('offer.redirected')[0]?.to ?? ''
      expect(told('offer.redirected')).toMatchObject([{ agentId: 'ada', from: `sip:ada@${deskHost}:5060` }])
      expect(to).toContain(carrierHost)
      expect(told('offer.ringing')).toMatchObject([{ agentId: 'ada', device: to }])
      expect(told('offer.accepted')).toMatchObject([{ agentId: 'ada' }])
      expect(told('call.connected')).toMatchObject([{ callId, agentId: 'ada' }])
      expect(told('call.outside_dialled')).toEqual([])
      expect(world.engine.counters().outside).toMatchObject({ active: 1 })
      expect((await world.engine.calls.explain(callId))?.visits[0]?.offers).toMatchObject([
        { agentId: 'ada', outcome: 'accepted', redirectedTo: [to] },
      ])
      caller.hangup()
      await stop()
      expect(told('call.ended')).toMatchObject([{ ending: 'completed', endedBy: 'customer' }])
    },
  )

  it.each([
    ['as it is registered', `<sip:mobile@${mobileHost}:5060>`],
    ['by its name', '<sip:mobile@center.example>'],
  ])('to another phone of the agent, %s', async (_how, contact) => {
    const { desk, mobile, told, call, stop } = await setUp()
    desk.refusal = moved(contact)
    const { caller } = await call()
    expect(mobile.calls).toHaveLength(1)
    expect(told('offer.redirected')).toMatchObject([{ to: `sip:mobile@${mobileHost}:5060` }])
    expect(told('call.connected')).toMatchObject([{ agentId: 'ada' }])
    caller.hangup()
    await stop()
  })

  it('to several: the best first, then the next, and what the last one says counts', async () => {
    const { desk, mobile, home, react, told, call, stop } = await setUp()
    desk.refusal = moved(
      `<sip:${number}@x.example>;q=0.2`,
      '<sip:home@x.example>;q=0.8',
      '<sip:mobile@x.example>;q=0.5',
    )
    home.answer = 486
    mobile.answer = 480
    react({ kind: 'refuse', ringAfterMs: 100, afterMs: 500, status: 486 })
    const { caller } = await call()
    const tries = told('offer.redirected').map(({ to }) => to.replace(/@.*/, ''))
    expect(tries).toEqual(['sip:home', 'sip:mobile', `sip:${number}`])
    expect(told('offer.rejected')).toMatchObject([{ agentId: 'ada', reason: 'busy', sipCode: 486 }])
    expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
    caller.hangup()
    await stop()
  })

  it('in circles: each phone is rung once', async () => {
    const { desk, mobile, home, told, call, stop } = await setUp()
    desk.refusal = moved('<sip:mobile@x>')
    mobile.refusal = moved('<sip:home@x>', `<sip:ada@${deskHost}:5060>`)
    home.refusal = moved('<sip:mobile@x>', '<sip:ada@x>', '<sip:home@x>')
    const { caller } = await call()
    expect(told('offer.redirected')).toHaveLength(2)
    expect(told('offer.failed')).toMatchObject([{ agentId: 'ada', reason: 'redirected', sipCode: 302 }])
    expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
    caller.hangup()
    await stop()
  })

  it.each([
    ['a colleague', '<sip:bob@x>'],
    ['a number of the center', '<sip:support@x>'],
    ['a number that no rule permits', '<sip:+8821234567@x>'],
    ['a stranger', '<sip:eve@10.9.9.9>'],
    ['a web page', '<http://evil.example>'],
  ])('to %s is not followed', async (_whom, contact) => {
    const { world, desk, carrier, told, call, stop } = await setUp()
    world.engine.agents.setAvailability('bob', 'notReady')
    desk.refusal = moved(contact)
    const { caller } = await call()
    expect(told('offer.failed')).toMatchObject([{ agentId: 'ada', reason: 'redirected' }])
    expect([told('offer.redirected').length, carrier.calls.length, told('offer.created').length]).toEqual([0, 0, 1])
    caller.hangup()
    await stop()
  })

  it('outside counts against the bounds on outside calls, minutes included', async () => {
    const { desk, carrier, told, call, stop } = await setUp({ outboundLimits: { minutesPerDay: 1 } })
    desk.refusal = moved(`<sip:${number}@x>`)
    const first = await call(70_000)
    expect(told('call.connected')).toMatchObject([{ agentId: 'ada' }])
    expect(first.caller.end).toMatchObject({ by: 'peer' })
    const second = await call()
    expect(told('offer.failed')).toMatchObject([{ agentId: 'ada', reason: 'redirected' }])
    expect(told('security.outbound_limited')).toMatchObject([{ limit: 'minutes' }])
    expect(carrier.calls).toHaveLength(0)
    second.caller.hangup()
    await stop()
  })

  it('rings no longer than the offer, and stops when the caller leaves', async () => {
    const { world, desk, carrier, react, told, call, stop } = await setUp()
    desk.refusal = moved(`<sip:${number}@x>`)
    react({ kind: 'ignore', ringAfterMs: 100 })
    const { caller } = await call(20_000)
    expect(told('offer.timed_out')).toMatchObject([{ agentId: 'ada' }])
    expect(carrier.calls).toHaveLength(0)
    expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
    caller.hangup()
    await world.run(70_000)
    const second = await call(3_000)
    expect(carrier.calls).toHaveLength(1)
    second.caller.hangup()
    await world.run(1_000)
    expect([carrier.calls.length, world.engine.counters().outside.active]).toEqual([0, 0])
    await stop()
  })
})

it('whoever answers outside may refer nobody', async () => {
  const { world, desk, told, call, stop } = await setUp({
    trunks: [...center.trunks, { id: 'abroad', addresses: [abroadHost], host: abroadHost }],
    outbound: [{ prefix: '+33', trunk: 'abroad' }, ...center.outbound],
  })
  const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
  desk.refusal = moved('<sip:+33123456@x>')
  const { caller } = await call()
  const [leg] = abroad.calls
  if (leg === undefined) throw new Error('nobody was called abroad')
  abroad.refer(leg, `<sip:${number}@x>`)
  await world.run(1_000)
  expect(abroad.referred).toEqual([403])
  expect(told('call.transfer_started')).toEqual([])
  caller.hangup()
  await stop()
})

it('a trunk sends nothing on, whatever the agent himself may call', async () => {
  const { desk, carrier, told, call, stop, world } = await setUp({
    trunks: [...center.trunks, { id: 'abroad', addresses: [abroadHost], host: abroadHost }],
    outbound: [{ prefix: '+33', trunk: 'abroad' }, ...center.outbound],
  })
  const abroad = await createScriptedPhone(world, 'abroad', abroadHost)
  desk.refusal = moved('<sip:+33123456@x>')
  abroad.refusal = moved(`<sip:${number}@x>`)
  const { caller } = await call()
  expect(told('offer.redirected')).toHaveLength(1)
  expect(carrier.calls).toHaveLength(0)
  expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
  caller.hangup()
  await stop()
})

it('a number outside is dialled once for an offer, however often it is named', async () => {
  const { desk, told, react, call, stop } = await setUp()
  react({ kind: 'refuse', ringAfterMs: null, afterMs: 100, status: 486 })
  desk.refusal = moved(`<sip:${number}@a>`, `<sip:${number}@b>`, `<sip:${number}@c>`)
  const { caller } = await call()
  expect(told('offer.redirected')).toHaveLength(1)
  expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
  caller.hangup()
  await stop()
})

it('what could not be dialled for want of a port is no call outside', async () => {
  let opened = 0
  const { desk, told, call, stop } = await setUp({}, ({ clock }) => {
    const media = createSilentMedia({ clock })
    const open: MediaPort['open'] = async options => {
      // The caller's, the agent's, and that of the number outside.
      opened++
      if (opened === 3) throw new EngineError('media.no_ports', 'No free RTP port is left.')
      return media.open(options)
    }
    return { ...media, open }
  })
  desk.refusal = moved(`<sip:${number}@x>`)
  const { caller } = await call()
  expect([told('offer.redirected').length, opened]).toEqual([1, 4])
  expect(told('offer.failed')).toMatchObject([{ agentId: 'ada', sipCode: 500 }])
  expect(told('call.connected')).toMatchObject([{ agentId: 'bob' }])
  caller.hangup()
  await stop()
})
