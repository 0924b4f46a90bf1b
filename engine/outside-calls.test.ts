/** Calls to outside numbers in a whole center on the virtual network: who may, by which way, what is told, and what it may cost. */
import { describe, expect, it } from 'vitest'
import { carrierHost, createTestCenter, number, outside, trunks } from './calls/testing/test-center.ts'
import type { CenterInput } from './config.ts'
import type { StreamConnection } from './ports/network.ts'
import type { Reaction } from './simulation/phone-plan.ts'
import { createWorld, engineHost } from './simulation/world.ts'
import type { SipRequest } from './sip/index.ts'
import { answerSdp, message, offerSdp, requestText, responseText } from './sip/testing/wire.ts'

const center: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 0, overflow: [{ afterMs: 5_000, to: { number } }] }],
  agents: [{ id: 'ada', queues: [] }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks,
  outbound: outside,
  media: { timeoutMs: 0 },
}
const friendly: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 1_000, talkMs: 3_000 }

async function setUp(changes: CenterInput = {}, reaction: Reaction = friendly) {
  const tested = await createTestCenter({ ...center, ...changes })
  const { world } = tested
  tested.react(reaction)
  const types = () =>
    world.events.map(({ type }) => type).filter(type => type.startsWith('call.') || type.startsWith('security.'))
  const dial = (to: string, talkMs: number | null = null) => {
    const phone = world.phones.get('ada')
    if (phone === undefined) throw new Error('no phone')
    return phone.dial(`sip:${encodeURIComponent(to)}@${engineHost}:5060`, {
      patienceMs: 60_000,
      talkMs,
      talkFrom: 'answer',
    })
  }
  return { ...world, ...tested, types, dial }
}

describe('an overflow to an outside number', () => {
  it('takes the caller there, and the call is diverted', async () => {
    const { call, run, told, types, world, stop } = await setUp()
    const { call: caller } = await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
    await run(30_000)
    expect(types()).toEqual([
      'call.arrived',
      'call.queued',
      'call.diverted',
      'call.outside_dialled',
      'call.outside_connected',
      'call.outside_ended',
      'call.ended',
    ])
    expect(told('call.diverted')[0]).toMatchObject({ target: `number:${number}`, reason: 'overflow' })
    expect(told('call.outside_dialled')[0]).toMatchObject({ number, trunkId: 'carrier', callerId: 'caller1' })
    expect(told('call.outside_ended')[0]).toMatchObject({
      outcome: 'completed',
      reason: 'outsideHangup',
      talkMs: 3_000,
    })
    expect(told('call.ended')[0]).toMatchObject({
      ending: 'diverted',
      endedBy: 'outside',
      cause: 'outsideHangup',
      totals: { talkMs: 3_000 },
    })
    expect(caller.end).toMatchObject({ by: 'peer' })
    const callId = told('call.ended')[0]?.callId ?? ''
    const record = await world.engine.calls.get(callId)
    expect(record).toMatchObject({
      state: 'diverted',
      visits: [{ outcome: 'flowOut' }],
      outside: [{ number, trunkId: 'carrier', outcome: 'completed', talkMs: 3_000 }],
    })
    expect((await world.engine.calls.explain(callId))?.summary).toContain(number)
    await stop()
  })

  it('ends when the caller hangs up, before the answer and after it', async () => {
    const { call, run, told, stop } = await setUp({}, { ...friendly, talkMs: null })
    await call('support', { patienceMs: 5_500, talkMs: null, talkFrom: 'join' })
    await run(7_000)
    expect(told('call.outside_ended')[0]).toMatchObject({ outcome: 'canceled' })
    expect(told('call.ended')[0]).toMatchObject({ ending: 'abandoned', cause: 'callerLeft' })
    await call('support', { patienceMs: 20_000, talkMs: null, talkFrom: 'join' })
    await run(30_000)
    expect(told('call.outside_ended')[1]).toMatchObject({ outcome: 'completed', reason: 'customerHangup' })
    expect(told('call.ended')[1]).toMatchObject({ ending: 'diverted', endedBy: 'customer' })
    await stop()
  })

  it('gives up a party that rings for longer than three minutes, which a proxy may (Timer C)', async () => {
    const rings: Reaction = { kind: 'answer', ringAfterMs: 100, afterMs: 900_000, talkMs: null }
    const { call, run, told, carrier, stop } = await setUp({}, rings)
    await call('support', { patienceMs: 900_000, talkMs: null, talkFrom: 'join' })
    await run(5_000 + 181_000)
    expect([told('call.outside_dialled').length, told('call.outside_ended')]).toEqual([1, []])
    await run(30_000)
    expect(told('call.outside_ended')[0]).toMatchObject({ outcome: 'failed', reason: 'noAnswer' })
    expect(carrier.calls[0]?.end).not.toBeNull()
    await stop()
  })

  it('refuses the caller if the outside party does not take the call', async () => {
    const { call, run, told, stop } = await setUp({}, { kind: 'refuse', ringAfterMs: null, afterMs: 100, status: 486 })
    await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
    await run(10_000)
    expect(told('call.outside_ended')[0]).toMatchObject({ outcome: 'failed', reason: 'busy', sipCode: 486 })
    expect(told('call.ended')[0]).toMatchObject({ ending: 'rejected', cause: 'busy', sipCode: 486 })
    await stop()
  })
})

describe('an outside party who does not take the call', () => {
  const refuses = (status: number): Reaction => ({ kind: 'refuse', ringAfterMs: null, afterMs: 100, status })
  const other = '+442079999999'
  const queue = (overflow: NonNullable<NonNullable<CenterInput['queues']>[number]['overflow']>) => ({
    queues: [
      { id: 'support', answer: 'with-agent' as const, overflow },
      { id: 'sales', answer: 'with-agent' as const, maxWaitMs: 10_000 },
    ],
  })

  it('leaves the caller to the next rule, at once', async () => {
    const changes = queue([
      { afterMs: 5_000, to: { number } },
      { afterMs: 60_000, to: { queue: 'sales' } },
    ])
    const { call, run, told, stop } = await setUp(changes, refuses(486))
    const { call: caller } = await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
    await run(8_000)
    expect(told('call.queued').map(({ queueId, cause }) => [queueId, cause])).toEqual([
      ['support', 'inbound'],
      ['sales', 'overflow'],
    ])
    await run(20_000)
    expect(told('call.ended')[0]).toMatchObject({ ending: 'rejected', cause: 'maxWait', sipCode: 480 })
    expect(caller.end).toMatchObject({ status: 480 })
    await stop()
  })

  it('to another number, and to a refusal, in their order; a rule that leads nowhere is passed over', async () => {
    const changes = queue([
      { afterMs: 1_000, to: { number } },
      { afterMs: 2_000, to: { number: 'support' } },
      { afterMs: 30_000, to: { number: other } },
      { afterMs: 40_000, to: { reject: 603 } },
    ])
    const { call, run, told, stop } = await setUp(changes, refuses(503))
    await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
    await run(20_000)
    expect(told('call.outside_dialled').map(each => each.number)).toEqual([number, other])
    expect(told('call.ended')[0]).toMatchObject({ ending: 'rejected', cause: 'overflow', sipCode: 603 })
    // The caller left the queue once.
    expect(told('call.diverted')).toHaveLength(1)
    await stop()
  })

  it('who is beyond the bounds counts as one who does not', async () => {
    const changes = queue([
      { afterMs: 1_000, to: { number } },
      { afterMs: 2_000, to: { queue: 'sales' } },
    ])
    const { call, run, told, stop } = await setUp({ ...changes, outboundLimits: { minutesPerDay: 0 } })
    await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
    await run(2_000)
    expect(told('call.queued').map(({ queueId }) => queueId)).toEqual(['support', 'sales'])
    await run(20_000)
    await stop()
  })

  it.each([
    [486, 'busy', 486],
    [600, 'busy', 486],
    [404, 'unreachable', 480],
    [407, 'unauthorized', 480],
    [480, 'unreachable', 480],
    [503, 'transient', 480],
    [603, 'declined', 480],
  ] as const)(
    'with %d, and no rule is left: the caller hears no more of it than he should',
    async (status, cause, heard) => {
      const { call, run, told, stop } = await setUp(queue([{ afterMs: 1_000, to: { number } }]), refuses(status))
      const { call: caller } = await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
      await run(10_000)
      expect(told('call.ended')[0]).toMatchObject({ ending: 'rejected', cause, sipCode: heard })
      expect(caller.end).toMatchObject({ status: heard })
      await stop()
    },
  )
})

it('a flow transfers the caller to an outside number, however it is written', async () => {
  const { call, run, told, stop } = await setUp({
    countryCode: '44',
    numbers: [{ match: 'support', flow: 'away' }],
    flows: [{ id: 'away', steps: [{ transfer: { number: '020 7123 4567' } }] }],
  })
  await call('support', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
  await run(10_000)
  expect(told('call.outside_connected')).toHaveLength(1)
  expect(told('call.outside_dialled')).toMatchObject([{ trunkId: 'carrier' }])
  await stop()
})

it('a registration is made anew when its connection ends', async () => {
  const register = { id: 'member', host: '10.3.0.9', transport: 'tcp', username: 'us', register: {} } as const
  const { run, told, world, stop } = await setUp({ trunks: [...trunks, register] })
  const connections: StreamConnection[] = []
  await world.network.host('10.3.0.9').listenStream({ host: '10.3.0.9', port: 5060 }, connection => {
    connections.push(connection)
    connection.attach({
      onData(bytes) {
        const text = Buffer.from(bytes).toString()
        const it = text.startsWith('REGISTER') ? message(text) : null
        if (it?.kind === 'request') connection.write(responseText(it, 200, { toTag: 'r' }))
      },
      onClose: () => {},
    })
  })
  await run(5_000)
  expect(told('trunk.registered')).toHaveLength(1)
  connections.at(-1)?.destroy()
  await run(3_000)
  expect(told('trunk.unregistered').at(-1)).toMatchObject({ trunkId: 'member', reason: 'connectionLost' })
  expect(told('trunk.registered')).toHaveLength(2)
  await stop()
})

it('a trunk shows where it leads and whether we are registered there', async () => {
  const register = { id: 'member', host: '10.3.0.9', username: 'us', password: 'secret', register: {} }
  const { engine, run, world, carrier } = await setUp({ trunks: [...trunks, register] })
  await run(40_000)
  expect(engine.trunks.list()).toMatchObject([
    { id: 'people', host: null, registration: null },
    { id: 'carrier', host: carrierHost, transport: 'udp', registration: null },
    { id: 'member', host: '10.3.0.9', registration: { registered: false, reason: 'noAnswer', sipCode: null } },
  ])
  // It tries on and on to register at the one that is not there.
  await world.stop()
  carrier.stop()
})

describe('an agent who dials an outside number', () => {
  it('is connected, and the call is his own', async () => {
    const { dial, run, told, stop } = await setUp()
    const call = await dial(number)
    await run(10_000)
    expect(call.end).toMatchObject({ by: 'peer' })
    expect(told('call.arrived')[0]).toMatchObject({ direction: 'outbound', fromAgentId: 'ada' })
    expect(told('call.ended')[0]).toMatchObject({ ending: 'completed', endedBy: 'outside' })
    await stop()
  })

  it('hears what became of it', async () => {
    const { dial, run, told, stop } = await setUp({}, { kind: 'refuse', ringAfterMs: null, afterMs: 100, status: 486 })
    const call = await dial(number)
    await run(5_000)
    expect(call.end).toMatchObject({ status: 486 })
    expect(told('call.ended')[0]).toMatchObject({ sipCode: 486, cause: 'busy' })
    await stop()
  })

  it('may dial it with separators and as a national number', async () => {
    const { dial, run, told, stop } = await setUp({ countryCode: '44' })
    await dial('020-7123 4567')
    await run(10_000)
    expect(told('call.outside_dialled')[0]).toMatchObject({ number })
    await stop()
  })

  it.each(['+15551234567', '+4', 'support@elsewhere', '+44abc'])('not %s, for which there is no rule', async to => {
    const { dial, run, carrier, told, stop } = await setUp()
    const call = await dial(to)
    await run(5_000)
    expect(call.end).toMatchObject({ status: 404 })
    expect(carrier.calls).toEqual([])
    expect(told('call.outside_dialled')).toEqual([])
    await stop()
  })
})

it('a trunk does not reach outside numbers', async () => {
  const { call, run, told, stop } = await setUp()
  const { call: caller } = await call(encodeURIComponent(number), {
    patienceMs: 60_000,
    talkMs: null,
    talkFrom: 'answer',
  })
  await run(5_000)
  expect(caller.end).toMatchObject({ status: 404 })
  expect(told('call.outside_dialled')).toEqual([])
  await stop()
})

it('an embedder may send a call out, and not where no rule leads', async () => {
  const { engine, call, run, told, stop } = await setUp()
  engine.onInbound(inbound => {
    expect(() => inbound.divert('+15551234567')).toThrow('No outbound rule')
    inbound.divert(number)
  })
  await call('anything', { patienceMs: 60_000, talkMs: null, talkFrom: 'answer' })
  await run(10_000)
  expect(told('call.ended')[0]).toMatchObject({ ending: 'diverted' })
  await stop()
})

describe('a bound', () => {
  it.each([
    ['concurrency', { callsAtOnce: 1 }, [number, '+441']],
    ['rate', { callsPerMin: 1 }, [number, '+441']],
    ['numbers', { numbersPerHour: 1 }, [number, '+441']],
    ['minutes', { minutesPerDay: 0 }, ['+441']],
  ] as const)('on %s refuses what is beyond it, and is told once', async (limit, outboundLimits, numbers) => {
    const { dial, run, told, world, stop } = await setUp({ outboundLimits }, { ...friendly, talkMs: 20_000 })
    for (const to of numbers) {
      const call = await dial(to)
      await run(2_000)
      if (to === '+441') expect(call.end).toMatchObject({ status: 503 })
    }
    const again = await dial('+442')
    await run(1_000)
    expect(again.end).toMatchObject({ status: 503 })
    expect(told('security.outbound_limited')).toEqual([{ limit, number: '+441' }])
    expect(world.engine.counters().outside.refused).toBe(2)
    await stop()
  })
})

describe('what the carrier is sent', () => {
  async function listen(changes: CenterInput) {
    const world = await createWorld({ seed: 1, center: { ...center, ...changes } })
    const requests: SipRequest[] = []
    const asked: SipRequest[] = []
    const heard: string[] = []
    const bind = async (host: string, onRequest: (request: SipRequest) => void) => {
      const socket = await world.network.host(host).bindDatagram(
        { host, port: 5060 },
        {
          onMessage(bytes) {
            const text = Buffer.from(bytes).toString()
            const it = message(text)
            if (it.kind === 'request') onRequest(it)
            else if (host !== carrierHost) heard.push(text)
          },
          onError: () => {},
        },
      )
      return (text: string) => socket.send(text, { host: engineHost, port: 5060 })
    }
    const reply = await bind(carrierHost, request => requests.push(request))
    const send = await bind('10.1.0.9', request => asked.push(request))
    const call = async (headers: readonly string[], from?: string) => {
      send(
        requestText({
          method: 'INVITE',
          uri: `sip:support@${engineHost}`,
          via: 'SIP/2.0/UDP 10.1.0.9:5060;branch=z9hG4bK-secret-branch;rport',
          from: from ?? '"Carol" <sip:+4930111@customer.example>',
          callId: 'secret-call-id@customer.example',
          headers: ['Contact: <sip:carol@10.1.0.9>', 'User-Agent: SecretPhone', ...headers],
          body: offerSdp,
        }),
      )
      await world.run(500)
      const invite = requests.find(({ method }) => method === 'INVITE')
      if (invite === undefined) throw new Error('nothing was sent')
      return invite
    }
    const stop = async () => {
      await world.run(300_000)
      await world.stop()
    }
    return { world, requests, asked, reply, send, call, stop, heard }
  }
  const straight = (
    rest: Partial<NonNullable<CenterInput['trunks']>[number]> = {},
    rule: { callerId?: string } = {},
  ) => ({
    queues: [
      { id: 'support', maxWaiting: 0, answer: 'with-agent' as const, overflow: [{ afterMs: 0, to: { number } }] },
    ],
    trunks: [trunks[0] ?? {}, { ...trunks[1], ...rest }],
    outbound: [{ prefix: '+44', trunk: 'carrier', ...rule }],
  })
  const open = {
    queues: [{ id: 'support', answer: 'with-agent' as const, overflow: [{ afterMs: 0, to: { number } }] }],
  }

  it('is the number, the caller, one hop less, and nothing of the other leg', async () => {
    const { call, stop } = await listen({ ...straight(), ...open })
    const invite = await call([
      'X-Secret: internal',
      'P-Asserted-Identity: <sip:+4930999@customer.example>',
      'Subject: secret',
      'User-to-User: 56a390;encoding=hex',
      'Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000',
    ])
    expect(invite.uri).toBe(`sip:${number}@${carrierHost}`)
    expect(invite.headers.get('from')).toContain(`"Carol" <sip:+4930111@${engineHost}>`)
    expect(invite.headers.integer('max-forwards')).toBe(69)
    expect(invite.headers.get('user-to-user')).toBe('56a390;encoding=hex')
    expect(invite.headers.get('session-id')).toBe(`ab30317f1a784dc48ff824d0d3715d86;remote=${'0'.repeat(32)}`)
    const all: string[] = []
    invite.headers.forEach((name, value) => {
      all.push(`${name}: ${value}`)
    })
    // Topology hiding: neither names nor addresses of the caller's side.
    for (const secret of ['secret', 'Secret', '10.1.0.9', 'customer.example', 'internal', '4930999'])
      expect(all.join('\n')).not.toContain(secret)
    expect(invite.headers.has('p-asserted-identity')).toBe(false)
    await stop()
  })

  it('names the caller to a trusted trunk, and shows the configured number', async () => {
    const { call, stop } = await listen({ ...straight({ trusted: true }, { callerId: '+442000' }), ...open })
    const invite = await call([])
    expect(invite.headers.from?.uri.user).toBe('+442000')
    expect(invite.headers.from?.displayName).toBe('')
    expect(invite.headers.get('p-asserted-identity')).toBe(`<sip:+4930111@${engineHost}>`)
    expect(invite.headers.get('diversion')).toBe(`<sip:support@${engineHost}>;reason=unconditional;counter=1`)
    const there = `<sip:${number}@${carrierHost};cause=302>;index=1.1;mp=1`
    expect(invite.headers.get('history-info')).toBe(`<sip:support@${engineHost}>;index=1, ${there}`)
    await stop()
  })

  const came =
    'History-Info: <sip:+4420@10.1.0.9?Reason=SIP%3Bcause%3D486>;index=1, <sip:support@10.1.0.9>;index=1.1;mp=1'
  const people = (trusted: boolean) => ({ ...trunks[0], trusted })

  it('tells the way of a call to a trusted trunk, under our address, as a trusted one has told it', async () => {
    const center = { ...straight({ trusted: true }), ...open }
    const { call, stop } = await listen({ ...center, trunks: [people(true), ...(center.trunks ?? []).slice(1)] })
    const invite = await call([came])
    expect(invite.headers.get('history-info')).toBe(
      [
        `<sip:+4420@${engineHost}?Reason=SIP%3Bcause%3D486>;index=1`,
        `<sip:support@${engineHost}>;index=1.1;mp=1`,
        `<sip:${number}@${carrierHost};cause=302>;index=1.1.1;mp=1.1`,
      ].join(', '),
    )
    await stop()
  })

  it('tells nobody the way of a call whose caller wants that, and says so', async () => {
    const center = { ...straight({ trusted: true }), ...open }
    const { call, stop } = await listen({ ...center, trunks: [people(true), ...(center.trunks ?? []).slice(1)] })
    const invite = await call([came, 'Privacy: history'])
    const nobody = '<sip:anonymous@anonymous.invalid>'
    const there = `<sip:${number}@${carrierHost};cause=302>;index=1.1.1;mp=1.1`
    expect(invite.headers.get('history-info')).toBe(`${nobody};index=1, ${nobody};index=1.1;mp=1, ${there}`)
    expect(invite.headers.get('privacy')).toBe('history')
    expect(invite.headers.has('diversion')).toBe(false)
    await stop()
  })

  it('tells the number that was dialled, also one that is spelled like an agent', async () => {
    const { call, stop } = await listen({ ...straight({ trusted: true }), ...open, agents: [{ id: 'support' }] })
    const invite = await call([])
    expect(invite.headers.get('history-info')).toContain(`<sip:support@${engineHost}>;index=1`)
    expect(invite.headers.get('diversion')).toContain(`<sip:support@${engineHost}>`)
    await stop()
  })

  it.each([true, false])('tells a trunk that is not trusted no way at all (of the caller’s: %s)', async trusted => {
    const center = { ...straight(), ...open }
    const { call, stop } = await listen({ ...center, trunks: [people(trusted), ...(center.trunks ?? []).slice(1)] })
    const invite = await call([came])
    expect([invite.headers.has('history-info'), invite.headers.has('diversion')]).toEqual([false, false])
    await stop()
  })

  it.each([
    [['Privacy: id'], undefined],
    [[], '"Anonymous" <sip:anonymous@anonymous.invalid>'],
  ])('keeps an anonymous caller anonymous: %j %s', async (headers, from) => {
    const { call, stop, world } = await listen({ ...straight({ trusted: true }), ...open })
    const invite = await call(headers, from)
    expect(invite.headers.get('from')).toContain('"Anonymous" <sip:anonymous@anonymous.invalid>')
    expect(invite.headers.get('privacy')).toBe('id')
    expect(invite.headers.has('p-asserted-identity')).toBe(false)
    expect(world.events.find(({ type }) => type === 'call.arrived')?.data).toMatchObject({ ani: { withheld: true } })
    await stop()
  })

  it.each([
    ['a trusted trunk', true, true, `<sip:+4930999@${engineHost}>`],
    ['any other trunk', false, true, undefined],
    ['a trusted trunk, of a caller whom no trusted one asserts', true, false, undefined],
  ])('names a withheld caller to %s', async (_who, trusted, believed, named) => {
    const center = { ...straight({ trusted }), ...open }
    const { call, stop, world } = await listen({
      ...center,
      trunks: [people(believed), ...(center.trunks ?? []).slice(1)],
    })
    const invite = await call(['Privacy: id', 'P-Asserted-Identity: "Carol" <sip:+4930999@customer.example>'])
    expect(invite.headers.get('from')).toContain('"Anonymous" <sip:anonymous@anonymous.invalid>')
    expect([invite.headers.get('privacy'), invite.headers.get('p-asserted-identity')]).toEqual(['id', named])
    const callId = world.events.find(({ type }) => type === 'call.arrived')?.data as { callId: string }
    await stop()
    const stored = JSON.stringify([world.events, await world.engine.calls.get(callId.callId)])
    expect(stored).not.toContain('4930999')
    expect(stored).not.toContain('4930111')
  })

  it('tells a Diversion of a trusted trunk as both', async () => {
    const center = { ...straight({ trusted: true }), ...open }
    const { call, stop } = await listen({ ...center, trunks: [people(true), ...(center.trunks ?? []).slice(1)] })
    const invite = await call(['Diversion: <sip:+4420@10.1.0.9>;reason=user-busy;counter=1'])
    expect(invite.headers.get('diversion')).toBe(
      `<sip:support@${engineHost}>;reason=unconditional;counter=1, <sip:+4420@${engineHost}>;reason=user-busy;counter=1`,
    )
    expect(invite.headers.get('history-info')).toBe(
      [
        `<sip:+4420@${engineHost}>;index=1`,
        `<sip:support@${engineHost};cause=486>;index=1.1;mp=1`,
        `<sip:${number}@${carrierHost};cause=302>;index=1.1.1;mp=1.1`,
      ].join(', '),
    )
    await stop()
  })

  it('goes over the outbound proxy, by its Route', async () => {
    const { call, stop } = await listen({ ...straight({ host: 'carrier.example', proxy: carrierHost }), ...open })
    const invite = await call([])
    expect(invite.uri).toBe(`sip:${number}@carrier.example`)
    expect(invite.headers.get('route')).toBe(`<sip:${carrierHost};lr>`)
    await stop()
  })

  it('and what it is offered when the audio goes past us is the same session, one version on (RFC 3264 §8)', async () => {
    const { call, reply, send, requests, asked, world, heard, stop } = await listen({
      ...straight(),
      queues: [{ id: 'support', answer: 'immediately', overflow: [{ afterMs: 100, to: { number } }] }],
      media: { mode: 'direct', timeoutMs: 0 },
    })
    const invite = await call([])
    const first = message(heard.find(text => text.startsWith('SIP/2.0 200')) ?? '')
    const inDialog = { callId: 'secret-call-id@customer.example', toTag: first.headers.toTag }
    const via = (branch: string) => `SIP/2.0/UDP 10.1.0.9:5060;branch=z9hG4bK-${branch};rport`
    send(requestText({ method: 'ACK', uri: `sip:${engineHost}`, via: via('ack'), ...inDialog }))
    const contact = { toTag: 'c', headers: [`Contact: <sip:x@${carrierHost}>`] }
    reply(responseText(invite, 200, { ...contact, body: answerSdp }))
    await world.run(500)
    const again = requests.filter(({ method }) => method === 'INVITE').at(-1) ?? invite
    reply(responseText(again, 200, { ...contact, body: answerSdp }))
    await world.run(500)
    const toCaller = asked.find(({ method }) => method === 'INVITE')
    const originOf = (body = '') => /^o=(\S+ \S+) (\d+) (.*)$/m.exec(body)
    for (const [before, after] of [
      [invite.body, again.body],
      [first.body, toCaller?.body],
    ]) {
      const [, session, version, at] = originOf(before) ?? []
      expect(originOf(after)?.slice(1)).toEqual([session, String(Number(version) + 1), at])
    }
    expect(again.body).toContain('c=IN IP4 10.0.0.2')
    await stop()
  })

  it('and its early media reach the caller in a 183, which is not followed by a 180', async () => {
    const { call, reply, send, requests, world, heard, stop } = await listen({ ...straight(), ...open })
    const invite = await call([])
    reply(responseText(invite, 183, { toTag: 'c', headers: [`Contact: <sip:x@${carrierHost}>`], body: answerSdp }))
    await world.run(500)
    reply(responseText(invite, 180, { toTag: 'c', headers: [`Contact: <sip:x@${carrierHost}>`] }))
    await world.run(500)
    const statuses = () => heard.map(text => text.slice(8, 11)).filter(status => status !== '100')
    expect(statuses()).toEqual(['183'])
    expect(heard.at(-1)).toContain('m=audio')
    reply(responseText(invite, 200, { toTag: 'c', headers: [`Contact: <sip:x@${carrierHost}>`], body: answerSdp }))
    await world.run(100)
    expect(new Set(statuses())).toEqual(new Set(['183', '200']))
    expect(world.events.map(({ type }) => type)).toContain('call.outside_connected')
    // RFC 3326: why the caller left goes along, without the words that name his side.
    const answered = message(heard.find(text => text.startsWith('SIP/2.0 200')) ?? '')
    send(
      requestText({
        method: 'BYE',
        uri: `sip:${engineHost}`,
        via: 'SIP/2.0/UDP 10.1.0.9:5060;branch=z9hG4bK-bye;rport',
        callId: 'secret-call-id@customer.example',
        sequence: 2,
        toTag: answered.headers.toTag,
        headers: ['Reason: Q.850;cause=16;text="gw1.customer.example"'],
      }),
    )
    await world.run(100)
    expect(requests.find(({ method }) => method === 'BYE')?.headers.get('reason')).toBe('Q.850;cause=16')
    await stop()
  })
})

describe('a process that was killed', () => {
  it('leaves no fresh day of minutes, nor a fresh hour of numbers, behind', async () => {
    const outboundLimits = { minutesPerDay: 2, numbersPerHour: 1 }
    const { world, run, told, dial, stop } = await setUp({ outboundLimits }, { ...friendly, talkMs: null })
    await dial(number)
    await run(110_000)
    expect(told('call.outside_connected')).toHaveLength(1)
    await world.restart()
    await dial('+442079999999')
    await run(1_000)
    expect(told('security.outbound_limited')).toMatchObject([{ limit: 'numbers' }])
    await dial(number)
    await run(30_000)
    expect(told('call.outside_connected')).toHaveLength(2)
    await world.restart()
    await dial(number)
    await run(1_000)
    expect(told('security.outbound_limited').at(-1)).toMatchObject({ limit: 'minutes' })
    expect(told('call.outside_dialled')).toHaveLength(2)
    await stop()
  })
})
