/** SIPp as agents who do not answer, or answer too late: the caller hears nothing of it and the next one rings. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, type Sipp, type SippOptions, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

/** One after the other, so that a1 is offered the call first; the caller is answered by the one who takes it. */
const oneByOne = { strategy: 'linear', answer: 'with-agent' } as const
/** Time enough for the next agent's phone to ring and answer. */
const ringTimeoutMs = 3000

/** The agent's phone is called before the caller can hear anything, even on a machine that is late with its media. */
const atOnce = [{ answer: 'with-agent' }, { media: { mode: 'direct' } }] as const

function agentAt(host: string, options: Omit<SippOptions, 'host'>): Promise<Sipp> {
  return sippAgent({ host, ...options })
}

function phonesOf(...agents: readonly Sipp[]) {
  return agents.map(({ host, port }, index) => ({
    id: `a${index + 1}`,
    contact: contactUri(`a${index + 1}`, host, port),
  }))
}

const refusals = [
  { status: '486 Busy Here', header: 'Warning: 399 phone "busy"', outcome: 'offer.rejected', reason: 'busy' },
  { status: '603 Decline', header: 'Warning: 399 phone "declined"', outcome: 'offer.rejected', reason: 'declined' },
  { status: '503 Service Unavailable', header: 'Retry-After: 60', outcome: 'offer.failed', reason: 'transient' },
] as const

describe.skipIf(sippPath === null)(titled('an offer', 'SIPp', sippPath), () => {
  it.each(refusals)('refused with $status goes to the next agent', async ({ status, header, outcome, reason }) => {
    const refusing = await agentAt(hosts.agent, { scenario: 'uas-refuses', values: { status, header } })
    const answering = await agentAt(hosts.secondAgent, { scenario: 'uas-answer' })
    const queue = { ...oneByOne, offerCooldownMs: 600_000 }
    const { address, log, engine } = await startEngine(callCenter(phonesOf(refusing, answering), queue))
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, refusing, answering)
    const refused = await log.waitFor(outcome)
    expect(refused.data).toMatchObject({ agentId: 'a1', reason, sipCode: Number.parseInt(status, 10) })
    const connected = await log.waitFor('call.connected')
    expect(connected.data.agentId).toBe('a2')
    const ended = await log.waitFor('call.ended')
    expect(ended.data.ending).toBe('completed')
    await expectIdle(engine)
    // An agent who is always available stays so, and is left alone for a while.
    expect(engine.agents.get('a1')).toMatchObject({
      slot: 'idle',
      availability: 'available',
      routable: false,
      today: { handled: 0 },
    })
  })

  it.each(['relay', 'direct'] as const)('answered without audio goes to the next agent (%s)', async mode => {
    const refusing = await agentAt(hosts.agent, { scenario: 'uas-refuses-audio' })
    const answering = await agentAt(hosts.secondAgent, { scenario: 'uas-answer' })
    const queue = { ...oneByOne, offerCooldownMs: 600_000 }
    const { address, log, engine } = await startEngine(
      callCenter(phonesOf(refusing, answering), queue, { media: { mode } }),
    )
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, refusing, answering)
    const requeued = await log.waitFor('call.requeued')
    expect(requeued.data.cause).toBe('agentLost')
    const connected = await log.waitFor('call.connected')
    expect(connected.data.agentId).toBe('a2')
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
    expect(engine.agents.get('a1').today.handled).toBe(0)
  })

  it('that nobody answers is cancelled and goes to the next agent', async () => {
    const silent = await agentAt(hosts.agent, { scenario: 'uas-no-answer' })
    const answering = await agentAt(hosts.secondAgent, { scenario: 'uas-answer' })
    const { address, log, engine } = await startEngine(
      callCenter(phonesOf(silent, answering), { ...oneByOne, ringTimeoutMs }),
    )
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, silent, answering)
    const missed = await log.waitFor('offer.timed_out')
    expect(missed.data).toMatchObject({ agentId: 'a1', reason: 'noAnswer' })
    const connected = await log.waitFor('call.connected', ({ agentId }) => agentId === 'a2')
    expect(connected.data.waitMs).toBeGreaterThanOrEqual(ringTimeoutMs)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
    expect(engine.agents.get('a1').today).toEqual({ handled: 0, missed: 1 })
  })

  it('is cancelled without blame when the caller hangs up in music', async () => {
    const ringing = await agentAt(hosts.agent, { scenario: 'uas-no-answer' })
    const { address, log, engine } = await startEngine(callCenter(phonesOf(ringing)))
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    await log.waitFor('offer.ringing')
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(ringing)
    await log.waitFor('offer.canceled', ({ agentId }) => agentId === 'a1')
    await log.waitFor('call.abandoned', ({ stage }) => stage === 'offered')
    await expectIdle(engine)
    expect(engine.agents.get('a1')).toMatchObject({ routable: true, today: { handled: 0, missed: 0 } })
  })

  it('is cancelled without blame when the caller cancels', async () => {
    const ringing = await agentAt(hosts.agent, { scenario: 'uas-no-answer' })
    const { address, log, engine } = await startEngine(callCenter(phonesOf(ringing), ...atOnce))
    const caller = await sippCaller({ scenario: 'uac-cancel-while-waiting', host: hosts.caller, address })
    await expectSuccess(caller, ringing)
    await log.waitFor('offer.canceled', ({ agentId }) => agentId === 'a1')
    await log.waitFor('call.abandoned', ({ stage }) => stage === 'offered')
    await expectIdle(engine)
    expect(engine.agents.get('a1')).toMatchObject({ routable: true, today: { handled: 0, missed: 0 } })
  })

  it('answered as the caller cancels is acknowledged and hung up', async () => {
    const late = await agentAt(hosts.agent, { scenario: 'uas-answers-despite-cancel' })
    const { address, log, engine } = await startEngine(callCenter(phonesOf(late), ...atOnce))
    const caller = await sippCaller({ scenario: 'uac-cancel-while-waiting', host: hosts.caller, address })
    await expectSuccess(caller, late)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'abandoned', endedBy: 'customer' })
    expect(log.all('offer.accepted')).toEqual([])
    await expectIdle(engine)
    expect(log.all('call.ended')).toHaveLength(1)
    expect(engine.agents.get('a1')).toMatchObject({ slot: 'idle', routable: true })
  })

  it.each(['relay', 'direct'] as const)('to all rings both, and the slower one is told why (%s)', async mode => {
    const quick = await agentAt(hosts.agent, { scenario: 'uas-answer', pauseMs: 300 })
    const slow = await agentAt(hosts.secondAgent, { scenario: 'uas-loses' })
    const { address, log, engine } = await startEngine(
      callCenter(phonesOf(quick, slow), { strategy: 'ring-all', answer: 'with-agent' }, { media: { mode } }),
    )
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller, quick, slow)
    await log.waitFor('offer.accepted', ({ agentId }) => agentId === 'a1')
    await log.waitFor('offer.rescinded', ({ agentId }) => agentId === 'a2')
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
    expect(engine.agents.get('a2')).toMatchObject({ routable: true, today: { handled: 0, missed: 0 } })
  })
})
