/** Kamailio as a carrier over TCP, of a center that connects by TCP and does not listen by it. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { type Kamailio, kamailioPath, startKamailio } from '../peers/kamailio.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const missing = kamailioPath === null ? null : sippPath
const number = '+442071234567'

describe.skipIf(missing === null)(titled('a carrier over TCP', 'Kamailio or SIPp', missing), () => {
  const trunk = ({ host, port }: Kamailio): NonNullable<CenterInput['trunks']>[number] => ({
    id: 'carrier',
    addresses: [host],
    host: `${host}:${port}`,
    transport: 'tcp',
    username: 'center',
    password: 'secret',
    realm: 'carrier.test',
  })

  /** A center with an agent, and its registration at the carrier. */
  const startRegistered = (carrier: Kamailio, agent: { readonly host: string; readonly port: number }) =>
    startEngine(
      callCenter(
        [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }],
        { answer: 'with-agent' },
        {
          numbers: [{ match: 'center', queue: 'support' }],
          trunks: [{ ...trunk(carrier), register: { expiresSec: 120 } }],
        },
      ),
      null,
      undefined,
      { deafBy: 'tcp' },
    )

  it.each([
    ['uac-basic', 'uas-answer', 'customer'],
    ['uac-until-bye', 'uas-hangs-up', 'agent'],
  ])('brings calls by the connection that we have registered over: %s to %s', async (calling, called, endedBy) => {
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: '0.0.0.0', gateway: 'x' },
      tcp: true,
    })
    const agent = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 500 })
    const { engine, log } = await startRegistered(carrier, agent)
    await log.waitFor('trunk.registered')
    const caller = await sippCaller({
      scenario: calling,
      host: hosts.stranger,
      address: carrier.address,
      to: 'center',
    })
    await expectSuccess(caller, agent)
    expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'carrier', dnis: 'center' })
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy })
    await expectIdle(engine)
  })

  it('brings them by the next connection when that one has ended, and by no other', async () => {
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: '0.0.0.0', gateway: 'x', idleSec: '2' },
      tcp: true,
    })
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { engine, log } = await startRegistered(carrier, agent)
    await log.waitFor('trunk.unregistered')
    await expect.poll(() => log.types('trunk.')).toEqual(['trunk.registered', 'trunk.unregistered', 'trunk.registered'])
    const caller = await sippCaller({
      scenario: 'uac-basic',
      host: hosts.stranger,
      address: carrier.address,
      to: 'center',
    })
    await expectSuccess(caller, agent)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy: 'customer' })
    await expectIdle(engine)
    // The contact by the old connection is not rung beside.
    await expect.poll(carrier.output).toMatch(/rings sip:center@\S+;transport=tcp beside <null>/)
  })

  it.each([
    ['uac-basic', 'uas-answer', 'customer'],
    ['uac-until-bye', 'uas-hangs-up', 'outside'],
  ])('hangs up the calls that we make by it: %s to %s', async (calling, called, endedBy) => {
    const gateway = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 500 })
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}` },
      tcp: true,
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
      null,
      undefined,
      { deafBy: 'tcp' },
    )
    const caller = await sippCaller({ scenario: calling, host: hosts.caller, address })
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', endedBy })
    await expectIdle(engine)
    await expect.poll(() => carrier.count('BYE')).toBe(1)
  })
})
