/** SIPp at [::1] as customer or as agent, the other one on IPv4: one engine that listens on both, and a relay between them. */
import { isIPv6 } from 'node:net'
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts, inUri, ipv6Loopback } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { openRtp } from '../peers/rtp.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const ipv6 = ipv6Loopback

/** SIPp fails the call unless we want to hear it at this address of its own family. */
const wantsAudioAt = (host: string) =>
  `<action><ereg regexp="c=IN IP${isIPv6(host) ? 6 : 4} ${host}" search_in="body" check_it="true" assign_to="audio"/><log message="[$audio]"/></action>`

/** Our own address for who is at another one. */
const ours = (host: string) => (isIPv6(host) ? ipv6 : hosts.engine)

describe.skipIf(sippPath === null)(titled('a call between IPv6 and IPv4', 'SIPp', sippPath), () => {
  it.each([
    { from: 'IPv6', to: 'IPv4', customer: ipv6, phone: hosts.agent, transport: 'udp' },
    { from: 'IPv6', to: 'IPv4', customer: ipv6, phone: hosts.agent, transport: 'tcp' },
    { from: 'IPv4', to: 'IPv6', customer: hosts.caller, phone: ipv6, transport: 'udp' },
    { from: 'IPv4', to: 'IPv6', customer: hosts.caller, phone: ipv6, transport: 'tcp' },
    { from: 'IPv6', to: 'IPv6', customer: ipv6, phone: ipv6, transport: 'udp' },
  ] as const)(
    'from $from to $to over $transport: both hear each other, and are hung up',
    async ({ customer, phone, transport }) => {
      const [customerAudio, agentAudio] = [await openRtp(customer), await openRtp(phone)]
      const agent = await sippAgent({
        scenario: 'uas-answer',
        host: phone,
        transport,
        rtpPort: agentAudio.port,
        values: { onOffer: wantsAudioAt(ours(phone)) },
        pauseMs: 1000,
      })
      const { engine, log, port } = await startEngine(
        callCenter(
          [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port, transport) }],
          {},
          { trunks: [{ id: 'carrier', addresses: [customer] }] },
        ),
        null,
        undefined,
        { ipv6: true },
      )
      const caller = await sippCaller({
        scenario: 'uac-until-bye',
        host: customer,
        transport,
        address: `${inUri(ours(customer))}:${port}`,
        rtpPort: customerAudio.port,
        values: { onAnswer: wantsAudioAt(ours(customer)) },
      })
      // Music tells the customer's ear where the engine is, and his voice the agent's.
      await customerAudio.hears(1)
      const { data } = await log.waitFor('call.connected')
      expect((await log.waitFor('call.arrived')).data).toMatchObject({ trunkId: 'carrier', dnis: 'support' })
      customerAudio.talk()
      agentAudio.talk()
      await Promise.all([customerAudio.hearsMore(10), agentAudio.hearsMore(10)])
      engine.calls.hangup(data.callId)
      await expectSuccess(caller, agent)
      await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
      await expectIdle(engine)
    },
  )
})
