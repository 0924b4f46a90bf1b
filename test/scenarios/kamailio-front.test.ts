/** Kamailio as the proxy in front of us. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { kamailioPath, startKamailio } from '../peers/kamailio.ts'
import { freePort, hosts, type Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const missing = kamailioPath === null ? null : sippPath

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
