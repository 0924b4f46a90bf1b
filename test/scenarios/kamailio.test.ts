/** Kamailio as the carrier that we register at and call out by, and as the proxy in front of us. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { createNodeNetwork } from '../../engine/node/network.ts'
import { startNameServer } from '../peers/dns.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { type Kamailio, kamailioPath, startKamailio } from '../peers/kamailio.ts'
import { freePort, hosts, type Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const missing = kamailioPath === null ? null : sippPath
const number = '+442071234567'

describe.skipIf(missing === null)(titled('a carrier', 'Kamailio or SIPp', missing), () => {
  const trunk = ({ host, port }: Kamailio): NonNullable<CenterInput['trunks']>[number] => ({
    id: 'carrier',
    addresses: [host],
    host: `${host}:${port}`,
    username: 'center',
    password: 'secret',
    realm: 'carrier.test',
  })
  /** Its domain, with the ports of its servers, the best first. @returns the name server */
  const namesOf = (...ports: readonly number[]) =>
    startNameServer({
      naptr: {
        'carrier.example': [
          { order: 1, preference: 1, flags: 's', service: 'SIP+D2U', replacement: '_sip._udp.carrier.example' },
        ],
      },
      srv: {
        '_sip._udp.carrier.example': ports.map((port, place) => ({
          ...{ priority: 10 * (place + 1), weight: 0, port, name: 'proxy.carrier.example' },
        })),
      },
      addresses: { 'proxy.carrier.example': hosts.proxy },
    })

  it('takes our registration and brings a call by it', async () => {
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: '0.0.0.0', gateway: 'x' },
    })
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { engine, log } = await startEngine(
      callCenter(
        [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }],
        { answer: 'with-agent' },
        {
          numbers: [{ match: 'center', queue: 'support' }],
          trunks: [{ ...trunk(carrier), register: { expiresSec: 60 } }],
        },
      ),
    )
    // The carrier wants 120 s at least, and says so by 423.
    const registered = await log.waitFor('trunk.registered')
    expect(registered.data).toEqual({ trunkId: 'carrier', expiresSec: 120 })
    expect(engine.health()).toMatchObject({ status: 'ok', notes: [] })
    expect(engine.counters().outside.registered).toEqual({ carrier: true })
    const caller = await sippCaller({
      scenario: 'uac-basic',
      host: hosts.stranger,
      address: carrier.address,
      to: 'center',
    })
    await expectSuccess(caller, agent)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', cause: 'customerHangup' })
    expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'carrier', dnis: 'center' })
    await expectIdle(engine)
    await engine.stop()
    // Taken back: the carrier knows of nobody any more.
    const late = await sippCaller({
      scenario: 'uac-refused',
      host: hosts.stranger,
      address: carrier.address,
      to: 'center',
      values: { status: '404' },
    })
    await expectSuccess(late)
  })

  it('gets the calls that overflow to a number, with our password', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}` },
    })
    const { engine, log, address } = await startEngine(
      callCenter(
        [],
        { answer: 'with-agent', overflow: [{ afterMs: 200, to: { number } }] },
        {
          trunks: [{ id: 'people', addresses: [hosts.caller] }, trunk(carrier)],
          outbound: [{ prefix: '+44', trunk: 'carrier' }],
        },
      ),
    )
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, gateway)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'diverted', endedBy: 'customer', cause: 'customerHangup' })
    expect(log.types('call.')).toEqual([
      'call.arrived',
      'call.queued',
      'call.diverted',
      'call.outside_dialled',
      'call.outside_connected',
      'call.outside_ended',
      'call.ended',
    ])
    await expect.poll(() => carrier.count('INVITE')).toBe(2)
    await expectIdle(engine)
  })

  it('that wants our password within the call, too, for every request with another nonce', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}`, within: 'challenged' },
    })
    const { engine, log, address } = await startEngine(
      callCenter(
        [],
        { answer: 'immediately', overflow: [{ afterMs: 200, to: { number } }] },
        {
          trunks: [{ id: 'people', addresses: [hosts.caller] }, trunk(carrier)],
          outbound: [{ prefix: '+44', trunk: 'carrier' }],
          media: { mode: 'direct' },
        },
      ),
    )
    // The handover to direct media re-INVITEs both sides.
    const caller = await sippCaller({ scenario: 'uac-reinvited', host: hosts.caller, address, pauseMs: 500 })
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', cause: 'customerHangup' })
    await expectIdle(engine)
    for (const method of ['INVITE', 'BYE']) await expect.poll(carrier.output).toContain(`challenged ${method}`)
    // Each request twice, the ACKs to the two refusals among them.
    await expect.poll(() => carrier.count('INVITE')).toBe(4)
    await expect.poll(() => carrier.count('BYE')).toBe(2)
  })

  it('that is dead is left for the next server of its domain', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}` },
    })
    const names = await namesOf(await freePort(hosts.proxy), carrier.port)
    const { engine, log, address } = await startEngine(
      callCenter(
        [],
        { answer: 'with-agent', overflow: [{ afterMs: 0, to: { number } }] },
        {
          trunks: [
            { id: 'people', addresses: [hosts.caller] },
            { ...trunk(carrier), host: 'carrier.example' },
          ],
          outbound: [{ prefix: '+44', trunk: 'carrier' }],
          sip: { failoverMs: 2_000 },
        },
      ),
      null,
      undefined,
      { network: createNodeNetwork({ dnsServers: [names] }) },
    )
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted' })
    await expectIdle(engine)
  })

  it('whose first server dies during a call hears of its end by the next one', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    // Its servers stand in the route set by the name of their domain.
    const server = () =>
      startKamailio({
        config: 'carrier',
        host: hosts.proxy,
        values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}`, route: 'named' },
      })
    const [first, second] = [await server(), await server()]
    const { engine, log, address } = await startEngine(
      callCenter(
        [],
        { answer: 'with-agent', overflow: [{ afterMs: 0, to: { number } }] },
        {
          trunks: [
            { id: 'people', addresses: [hosts.caller] },
            { ...trunk(first), host: 'carrier.example' },
          ],
          outbound: [{ prefix: '+44', trunk: 'carrier' }],
          sip: { failoverMs: 500 },
        },
      ),
      null,
      undefined,
      { network: createNodeNetwork({ dnsServers: [await namesOf(first.port, second.port)] }) },
    )
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address, pauseMs: 4_000 })
    await log.waitFor('call.outside_connected')
    await expect.poll(() => first.count('ACK')).toBe(1)
    await first.stop()
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', cause: 'customerHangup' })
    await expect.poll(() => second.count('BYE')).toBe(1)
    expect([first.count('BYE'), second.count('INVITE')]).toEqual([0, 0])
    await expectIdle(engine)
  })
})

describe.skipIf(missing === null)(titled('Kamailio in front', 'Kamailio or SIPp', missing), () => {
  const front = async (transport: Transport = 'udp') => {
    const port = await freePort(hosts.engine)
    const proxy = await startKamailio({
      config: 'front',
      host: hosts.proxy,
      values: { target: `${hosts.engine}:${port};transport=${transport}` },
    })
    return { proxy, port }
  }
  const trunks = [{ id: 'front', addresses: [hosts.proxy] }]

  const ways = [
    ['udp', 'udp'],
    ['tcp', 'tcp'],
    // It stands in the route set twice, once for each side (RFC 5658).
    ['tcp', 'udp'],
    ['udp', 'tcp'],
  ] as const
  const talks = [
    ['uac-hold', 'uas-answer', 'customer', { INVITE: 3, BYE: 1 }],
    ['uac-until-bye', 'uas-hangs-up', 'agent', { INVITE: 1, BYE: 1 }],
  ] as const

  it.each(ways.flatMap(way => talks.map(talk => [...way, ...talk] as const)))(
    'stays in the way from %s to %s of %s and %s: BYE by the %s',
    async (transport, beyond, calling, called, endedBy, counts) => {
      const { proxy, port } = await front(beyond)
      const agent = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 1000 })
      const { engine, log } = await startEngine(
        callCenter(
          [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }],
          { answer: 'with-agent' },
          { trunks },
        ),
        null,
        undefined,
        { port },
      )
      const caller = await sippCaller({
        scenario: calling,
        host: hosts.caller,
        transport,
        address: proxy.address,
        pauseMs: 700,
      })
      await expectSuccess(caller, agent)
      expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy })
      await expectIdle(engine)
      // Everything of the caller's leg took this way, and nothing of the agent's did.
      for (const [method, count] of Object.entries({ ...counts, ACK: counts.INVITE }))
        await expect.poll(() => proxy.count(method), { message: method }).toBe(count)
    },
  )

  it('gives a call to the next engine when the first does not answer', async () => {
    const ports = [await freePort(hosts.engine), await freePort(hosts.engine)] as const
    const target = ports.map(port => `${hosts.engine}:${port};transport=udp`).join(',')
    const proxy = await startKamailio({ config: 'front', host: hosts.proxy, values: { target } })
    const agents = [
      await sippAgent({ scenario: 'uas-answer', host: hosts.agent }),
      await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent }),
    ]
    const engines = await Promise.all(
      agents.map(({ host, port }, place) =>
        startEngine(
          callCenter([{ id: 'a1', contact: contactUri('a1', host, port) }], { answer: 'with-agent' }, { trunks }),
          null,
          undefined,
          { port: ports[place] ?? 0 },
        ),
      ),
    )
    for (const [place, { engine, log }] of engines.entries()) {
      const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address: proxy.address })
      await expectSuccess(caller, ...agents.slice(place, place + 1))
      expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed' })
      await expectIdle(engine)
      await engine.stop()
    }
    await expect.poll(() => proxy.count('INVITE')).toBe(2)
  })

  it('brings registrations with their Path, and calls to them', async () => {
    const { proxy, port } = await front()
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const center = {
      queues: [{ id: 'support', wrapUpMs: 0, answer: 'with-agent' as const }],
      agents: [{ id: 'a1', password: 'secret', queues: ['support'], alwaysAvailable: true }],
      numbers: [{ match: 'support', queue: 'support' }],
      trunks,
      sip: { digestAlgorithms: ['MD5' as const] },
    }
    const { engine, log } = await startEngine(center, null, undefined, { port })
    const phone = await sippCaller({
      scenario: 'uac-register',
      host: hosts.agent,
      address: proxy.address,
      values: { user: 'a1', password: 'secret', phone: `${agent.host}:${agent.port}` },
    })
    await expectSuccess(phone)
    expect(engine.agents.get('a1').devices).toEqual([`sip:a1@${agent.host}:${agent.port}`])
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address: proxy.address })
    await expectSuccess(caller, agent)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed' })
    await expectIdle(engine)
    // Both legs took this way.
    await expect.poll(() => proxy.count('INVITE')).toBe(2)
    await expect.poll(() => proxy.count('BYE')).toBe(2)
    // A call by the same Contact is the agent's own, not the proxy's.
    const other = await sippAgent({ scenario: 'uas-answer', host: hosts.secondAgent })
    await engine.applyCenter({
      ...center,
      agents: [
        ...center.agents,
        { id: 'a2', contact: contactUri('a2', other.host, other.port), alwaysAvailable: true },
      ],
    })
    const own = await sippCaller({
      scenario: 'uac-agent',
      host: hosts.agent,
      address: proxy.address,
      to: 'a2',
      values: { user: 'a1', password: 'secret', phone: `${agent.host}:${agent.port}` },
      // Otherwise SIPp signs for a URI without a user, which is not the one that it asks for.
      args: ['-auth_uri', `a2@${proxy.address}`],
    })
    await expectSuccess(own, other)
    expect((await log.waitFor('call.arrived', ({ dnis }) => dnis === 'a2')).data).toMatchObject({
      fromAgentId: 'a1',
      trunkId: null,
    })
    await expectIdle(engine)
  })
})
