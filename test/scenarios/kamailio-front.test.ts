/** Kamailio as the proxy in front of us, over every transport on either side. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { callCenter, contactUri, type EngineUnderTest, expectIdle, startEngine } from '../peers/engine.ts'
import { type Kamailio, kamailioPath, kamailioTlsPath, startKamailio } from '../peers/kamailio.ts'
import { freePort, hosts, type Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { tlsIdentity } from '../peers/tls-identity.ts'

const missing = kamailioPath === null ? null : sippPath
const missingTls = kamailioTlsPath === null ? null : sippPath

/** A proxy, the trunk that it is, and how the engine behind it is started. */
interface Front {
  readonly proxy: Kamailio
  readonly trunks: NonNullable<CenterInput['trunks']>
  start(center: CenterInput): Promise<EngineUnderTest>
}

const byAddress = [{ id: 'front', addresses: [hosts.proxy] }]
const byCertificate = [{ id: 'front', certificate: 'sip.front.example' }]

async function startFront(transport: Transport = 'udp'): Promise<Front> {
  const port = await freePort(hosts.engine)
  const proxy = await startKamailio({
    config: 'front',
    host: hosts.proxy,
    values: { target: `${hosts.engine}:${port};transport=${transport}` },
  })
  return { proxy, trunks: byAddress, start: center => startEngine(center, null, undefined, { port }) }
}

/** Both sides show certificates, and neither takes the other without. */
async function startTlsFront(): Promise<Front> {
  const port = await freePort(hosts.engine)
  const proxy = await startKamailio({
    config: 'front',
    host: hosts.proxy,
    values: { target: `${hosts.engine}:${port + 1};transport=tls` },
    tls: tlsIdentity('sip.front.example', hosts.proxy),
  })
  return {
    proxy,
    trunks: byCertificate,
    start: center => startEngine(center, tlsIdentity(hosts.engine), undefined, { port }),
  }
}

type Talk = readonly [calling: string, called: string, endedBy: string, counts: { INVITE: number; BYE: number }]

const talks: readonly Talk[] = [
  ['uac-hold', 'uas-answer', 'customer', { INVITE: 3, BYE: 1 }],
  ['uac-until-bye', 'uas-hangs-up', 'agent', { INVITE: 1, BYE: 1 }],
]

/** A call by the proxy, which sees so many requests of it. */
async function expectInTheWay(
  { proxy, trunks, start }: Front,
  transport: Transport,
  [calling, called, endedBy, counts]: Talk,
): Promise<void> {
  const agent = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 1000 })
  const { engine, log } = await start(
    callCenter([{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }], { answer: 'with-agent' }, { trunks }),
  )
  const caller = await sippCaller({
    scenario: calling,
    host: hosts.caller,
    transport,
    address: proxy.address,
    pauseMs: 700,
  })
  await expectSuccess(caller, agent)
  expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'front' })
  expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy })
  await expectIdle(engine)
  // Everything of the caller's leg took this way, and nothing of the agent's did.
  for (const [method, count] of Object.entries({ ...counts, ACK: counts.INVITE }))
    await expect.poll(() => proxy.count(method), { message: method }).toBe(count)
}

describe.skipIf(missing === null)(titled('Kamailio in front', 'Kamailio or SIPp', missing), () => {
  const ways = [
    ['udp', 'udp'],
    ['tcp', 'tcp'],
    // It stands in the route set twice, once for each side (RFC 5658).
    ['tcp', 'udp'],
    ['udp', 'tcp'],
  ] as const

  it.each(ways.flatMap(way => talks.map(talk => [...way, ...talk] as const)))(
    'stays in the way from %s to %s of %s and %s: BYE by the %s',
    async (transport, beyond, ...talk) => expectInTheWay(await startFront(beyond), transport, talk),
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
          callCenter(
            [{ id: 'a1', contact: contactUri('a1', host, port) }],
            { answer: 'with-agent' },
            { trunks: byAddress },
          ),
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
    const { proxy, trunks, start } = await startFront()
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const center = {
      queues: [{ id: 'support', wrapUpMs: 0, answer: 'with-agent' as const }],
      agents: [{ id: 'a1', password: 'secret', queues: ['support'], alwaysAvailable: true }],
      numbers: [{ match: 'support', queue: 'support' }],
      trunks,
      sip: { digestAlgorithms: ['MD5' as const] },
    }
    const { engine, log } = await start(center)
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

describe.skipIf(missingTls === null)(
  titled('Kamailio in front over TLS', 'Kamailio with TLS or SIPp', missingTls),
  () => {
    it.each(talks)(
      'is the trunk of its certificate and stays in the way of %s and %s: BYE by the %s',
      async (...talk) => expectInTheWay(await startTlsFront(), 'udp', talk),
    )
  },
)
