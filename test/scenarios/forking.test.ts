/** Kamailio forks: our INVITE to the two phones of an agent, and a caller's to us and to others. */
import { describe, expect, it } from 'vitest'
import { until } from '../peers/deadline.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { kamailioPath, startKamailio } from '../peers/kamailio.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippPath } from '../peers/sipp.ts'

const missing = kamailioPath === null ? null : sippPath

/** A proxy that looks for whoever is called at two places at once. */
const forking = (first: string, second: string) =>
  startKamailio({ config: 'forking', host: hosts.proxy, values: { first, second } })

describe.skipIf(missing === null)(titled('an agent behind a proxy that forks', 'Kamailio or SIPp', missing), () => {
  it.each([
    { mode: 'relay', answer: 'with-agent' },
    { mode: 'direct', answer: 'with-agent' },
    { mode: 'relay', answer: 'immediately' },
  ] as const)(
    'talks on the phone that answered first; the other one’s 200 is acknowledged and hung up ($mode, answered $answer)',
    async ({ mode, answer }) => {
      const quick = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, pauseMs: 300 })
      const late = await sippAgent({
        scenario: 'uas-answers-late',
        host: hosts.secondAgent,
        pauseMs: 1500,
        args: ['-pause_msg_ign'],
      })
      const proxy = await forking(contactUri('quick', quick.host, quick.port), contactUri('late', late.host, late.port))
      const { engine, log, address } = await startEngine(
        callCenter([{ id: 'a1', contact: contactUri('a1', proxy.host, proxy.port) }], { answer }, { media: { mode } }),
      )
      const caller = await startPackagePhone(hosts.caller)
      const call = await caller.call('support', address)
      await log.waitFor('call.connected', ({ agentId }) => agentId === 'a1')
      // The call goes on meanwhile.
      await expectSuccess(late)
      expect([log.all('call.ended'), engine.agents.get('a1').slot]).toEqual([[], 'engaged'])
      expect(await call.hangUp()).toBe(200)
      await expectSuccess(quick)
      await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
      await expectIdle(engine)
      expect([log.all('offer.created').length, log.all('offer.accepted').length]).toEqual([1, 1])
      for (const [method, count] of Object.entries({ INVITE: 1, ACK: 2, BYE: 2 }))
        await expect.poll(() => proxy.count(method), { message: method }).toBe(count)
    },
  )
})

describe.skipIf(missing === null)(titled('a caller whose proxy forks', 'Kamailio or SIPp', missing), () => {
  const centerOf = (phone: { readonly host: string; readonly port: number }) =>
    callCenter(
      [{ id: 'a1', contact: contactUri('a1', phone.host, phone.port) }],
      { answer: 'with-agent' },
      { trunks: [{ id: 'front', addresses: [hosts.proxy] }] },
    )

  it('and who is answered elsewhere has left our queue: the agent’s phone stops ringing', async () => {
    const ringing = await sippAgent({ scenario: 'uas-no-answer', host: hosts.agent })
    const elsewhere = await startPackagePhone(hosts.secondAgent, { answers: 'when told' })
    const port = await freePort(hosts.engine)
    const proxy = await forking(
      contactUri('support', hosts.engine, port),
      contactUri('elsewhere', elsewhere.host, elsewhere.port),
    )
    const { engine, log } = await startEngine(centerOf(ringing), null, undefined, { port })
    const caller = await startPackagePhone(hosts.caller)
    const calling = caller.call('support', proxy.address)
    await log.waitFor('offer.ringing')
    await elsewhere.answer()
    const call = await calling
    await expectSuccess(ringing)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'abandoned', endedBy: 'customer' })
    await log.waitFor('offer.canceled', ({ agentId }) => agentId === 'a1')
    await expectIdle(engine)
    expect(engine.agents.get('a1')).toMatchObject({ routable: true, today: { handled: 0, missed: 0 } })
    expect(await call.hangUp()).toBe(200)
    await until('the other phone to be hung up', () => (elsewhere.calls.ended === 1 ? true : null))
  })

  it('to us twice is one call: the second copy gets 482', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const port = await freePort(hosts.engine)
    const proxy = await forking(contactUri('support', hosts.engine, port), contactUri('support', hosts.engine, port))
    const { engine, log } = await startEngine(centerOf(agent), null, undefined, { port })
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', proxy.address)
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'a1')
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
    expect(log.all('call.arrived')).toHaveLength(1)
    expect(engine.counters().sipRequests.INVITE).toBe(2)
  })
})
