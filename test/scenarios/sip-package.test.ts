/** The npm package `sip` calls, answers and registers: needs nothing but Node. */
import { describe, expect, it } from 'vitest'
import { until } from '../peers/deadline.ts'
import { callCenter, contactUri, type EngineUnderTest, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { type PackagePhone, startPackagePhone } from '../peers/sip-package.ts'

const answers = ['immediately', 'with-agent'] as const

async function startCenter(agent: PackagePhone, answer: (typeof answers)[number]): Promise<EngineUnderTest> {
  return startEngine(callCenter([{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }], { answer }))
}

async function ended(phone: PackagePhone, count: number): Promise<void> {
  await until(`${count} ended calls`, () => (phone.calls.ended === count ? true : null))
}

describe('the npm package sip', () => {
  it.each(answers)('places and receives a call through a queue (answered %s)', async answer => {
    const agent = await startPackagePhone(hosts.agent)
    const caller = await startPackagePhone(hosts.caller)
    const { address, log, engine } = await startCenter(agent, answer)
    const call = await caller.call('support', address)
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'a1')
    expect(await call.hangUp()).toBe(200)
    await log.waitFor('call.ended', ({ ending, endedBy }) => ending === 'completed' && endedBy === 'customer')
    await ended(agent, 1)
    expect(agent.calls).toEqual({ answered: 1, ended: 1 })
    await expectIdle(engine)
  })

  it('is hung up by the engine when the embedder ends the call', async () => {
    const agent = await startPackagePhone(hosts.agent)
    const caller = await startPackagePhone(hosts.caller)
    const { address, log, engine } = await startCenter(agent, 'with-agent')
    const call = await caller.call('support', address)
    const connected = await log.waitFor('call.connected')
    engine.calls.hangup(connected.data.callId, { reason: 'enough' })
    await call.hungUp
    await ended(agent, 1)
    await log.waitFor('call.ended', ({ endedBy, cause }) => endedBy === 'system' && cause === 'enough')
    await expectIdle(engine)
  })

  it('calls two engines in one process, which know nothing of each other', async () => {
    const agents = [await startPackagePhone(hosts.agent), await startPackagePhone(hosts.secondAgent)] as const
    const caller = await startPackagePhone(hosts.caller)
    const centers = [await startCenter(agents[0], 'with-agent'), await startCenter(agents[1], 'with-agent')] as const
    const calls = await Promise.all(centers.map(({ address }) => caller.call('support', address)))
    for (const { engine } of centers) expect(engine.calls.live()).toHaveLength(1)
    await Promise.all(calls.map(call => call.hangUp()))
    for (const { log, engine } of centers) {
      await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
      expect(log.all('call.arrived')).toHaveLength(1)
      await expectIdle(engine)
    }
    for (const agent of agents) await ended(agent, 1)
  })

  it.each([
    { order: ['MD5', 'SHA-256'], algorithm: 'MD5' },
    { order: ['MD5', 'SHA-256'], algorithm: 'SHA-256' },
    { order: ['SHA-256', 'MD5'], algorithm: 'MD5' },
    { order: ['SHA-256', 'MD5'], algorithm: 'SHA-256' },
  ] as const)('registers with $algorithm where $order are offered', async ({ order, algorithm }) => {
    const phone = await startPackagePhone(hosts.agent)
    const { address, engine } = await startEngine({
      agents: [{ id: 'ada', password: 'secret' }],
      sip: { digestAlgorithms: order },
    })
    expect(await phone.register('ada', 'wrong', address, algorithm)).toEqual({ offered: order, status: 401 })
    expect(engine.counters().registrations).toBe(0)
    expect(await phone.register('ada', 'secret', address, algorithm)).toEqual({ offered: order, status: 200 })
    expect(engine.agents.get('ada').devices).toEqual([contactUri('ada', phone.host, phone.port)])
  })
})
