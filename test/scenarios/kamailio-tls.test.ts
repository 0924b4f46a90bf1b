/** Kamailio over TLS, in front of us and as our carrier. Both sides show certificates, and neither takes the other without. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { createAuthority } from '../../engine/node/testing/certificates.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { type Kamailio, kamailioTlsPath, startKamailio } from '../peers/kamailio.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const missing = kamailioTlsPath === null ? null : sippPath
const number = '+442071234567'
const authority = createAuthority()
const identityOf = (...names: readonly string[]) => ({ ...authority.issue(...names), ca: authority.ca })

const talks = [
  ['uac-hold', 'uas-answer', 'customer', { INVITE: 3, BYE: 1 }],
  ['uac-until-bye', 'uas-hangs-up', 'agent', { INVITE: 1, BYE: 1 }],
] as const

describe.skipIf(missing === null)(titled('Kamailio in front over TLS', 'Kamailio with TLS or SIPp', missing), () => {
  it.each(talks)(
    'is the trunk of its certificate and stays in the way of %s and %s: BYE by the %s',
    async (calling, called, endedBy, counts) => {
      const port = await freePort(hosts.engine)
      const proxy = await startKamailio({
        config: 'front',
        host: hosts.proxy,
        values: { target: `${hosts.engine}:${port + 1};transport=tls` },
        tls: identityOf('sip.front.example', hosts.proxy),
      })
      const agent = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 1000 })
      const { engine, log } = await startEngine(
        callCenter(
          [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }],
          { answer: 'with-agent' },
          { trunks: [{ id: 'front', certificate: 'sip.front.example' }] },
        ),
        identityOf(hosts.engine),
        undefined,
        { port },
      )
      const caller = await sippCaller({
        scenario: calling,
        host: hosts.caller,
        address: proxy.address,
        pauseMs: 700,
      })
      await expectSuccess(caller, agent)
      expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'front' })
      expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', endedBy })
      await expectIdle(engine)
      for (const [method, count] of Object.entries({ ...counts, ACK: counts.INVITE }))
        await expect.poll(() => proxy.count(method), { message: method }).toBe(count)
    },
  )
})

describe.skipIf(missing === null)(titled('a carrier over TLS', 'Kamailio with TLS or SIPp', missing), () => {
  const trunk = ({ host, port }: Kamailio): NonNullable<CenterInput['trunks']>[number] => ({
    id: 'carrier',
    addresses: [host],
    host: `${host}:${port + 1}`,
    transport: 'tls',
    username: 'center',
    password: 'secret',
    realm: 'carrier.test',
  })

  it.each([
    ['a new connection', {}],
    ['ours, as we listen by nothing like it', { deafBy: 'tls' }],
  ] as const)('takes our registration and brings a call by %s', async (_way, ears) => {
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: '0.0.0.0', gateway: 'x' },
      tls: identityOf(hosts.proxy),
    })
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { engine, log } = await startEngine(
      callCenter(
        [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }],
        { answer: 'with-agent' },
        {
          numbers: [{ match: 'center', queue: 'support' }],
          trunks: [{ ...trunk(carrier), register: { expiresSec: 120 } }],
        },
      ),
      identityOf(hosts.engine),
      undefined,
      ears,
    )
    await log.waitFor('trunk.registered')
    const caller = await sippCaller({
      scenario: 'uac-basic',
      host: hosts.stranger,
      address: carrier.address,
      to: 'center',
    })
    await expectSuccess(caller, agent)
    expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'carrier', dnis: 'center' })
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'completed', cause: 'customerHangup' })
    await expectIdle(engine)
  })

  it.each([
    ['uac-basic', 'uas-answer', 'customer'],
    ['uac-until-bye', 'uas-hangs-up', 'outside'],
  ])('gets the calls that overflow to a number, with our password: %s to %s', async (calling, called, endedBy) => {
    const gateway = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 500 })
    const carrier = await startKamailio({
      config: 'carrier',
      host: hosts.proxy,
      values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}` },
      tls: identityOf(hosts.proxy),
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
      identityOf(hosts.engine),
      undefined,
      { deafBy: 'tls' },
    )
    const caller = await sippCaller({ scenario: calling, host: hosts.caller, address })
    await expectSuccess(caller, gateway)
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', endedBy })
    await expectIdle(engine)
    // Once without the password, once with it; and one BYE, by whichever side.
    await expect.poll(() => carrier.count('INVITE')).toBe(2)
    await expect.poll(() => carrier.count('BYE')).toBe(1)
  })
})
