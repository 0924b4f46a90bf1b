/** Kamailio over TLS, in front of us. Both sides show certificates, and neither takes the other without. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { kamailioTlsPath, startKamailio } from '../peers/kamailio.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { tlsIdentity } from '../peers/tls-identity.ts'

const missing = kamailioTlsPath === null ? null : sippPath

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
        tls: tlsIdentity('sip.front.example', hosts.proxy),
      })
      const agent = await sippAgent({ scenario: called, host: hosts.agent, pauseMs: 1000 })
      const { engine, log } = await startEngine(
        callCenter(
          [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }],
          { answer: 'with-agent' },
          { trunks: [{ id: 'front', certificate: 'sip.front.example' }] },
        ),
        tlsIdentity(hosts.engine),
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
