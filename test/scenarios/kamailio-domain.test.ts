/** Kamailio as the servers of a carrier's domain (RFC 3263), one of which is dead or dies. */
import { describe, expect, it } from 'vitest'
import { createNodeNetwork } from '../../engine/node/network.ts'
import { overUdp, startOutboundProxy } from '../peers/carrier.ts'
import { startNameServer } from '../peers/dns.ts'
import { expectIdle, startEngine } from '../peers/engine.ts'
import { type Kamailio, kamailioPath } from '../peers/kamailio.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { overflowingCenter } from './carrier-center.ts'

const missing = kamailioPath === null ? null : sippPath

describe.skipIf(missing === null)(titled('a carrier of several servers', 'Kamailio or SIPp', missing), () => {
  /** An engine that calls out by the domain, whose servers have these ports, the best first. */
  const startByDomain = async (account: Kamailio, ports: readonly number[], failoverMs: number) => {
    const names = await startNameServer({
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
    const trunk = { ...overUdp.trunk(account), host: 'carrier.example' }
    const center = overflowingCenter(trunk, 'with-agent', { sip: { failoverMs } })
    return startEngine(center, null, undefined, { network: createNodeNetwork({ dnsServers: [names] }) })
  }

  it('is called by the next one when the first is dead', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const carrier = await startOutboundProxy(overUdp, gateway)
    const { engine, log, address } = await startByDomain(carrier, [await freePort(hosts.proxy), carrier.port], 2_000)
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted' })
    await expectIdle(engine)
  })

  it('hears of the end of a call by the next one when the first has died in it', async () => {
    const gateway = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    // They stand in the route set by the name of their domain.
    const server = () => startOutboundProxy(overUdp, gateway, { route: 'named' })
    const [first, second] = [await server(), await server()]
    const { engine, log, address } = await startByDomain(first, [first.port, second.port], 500)
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
