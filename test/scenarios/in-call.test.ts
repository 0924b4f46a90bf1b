/** SIPp as customer and agent who talk: hold from either side, a late offer, hanging up, and what the audio does. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { openRtp } from '../peers/rtp.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

/** An agent who rings this long leaves the caller time to hear music, and us to learn where it comes from. */
const musicMs = 800

const modes = ['relay', 'direct'] as const
const answers = ['immediately', 'with-agent'] as const

function centerOf(
  { host, port }: Sipp,
  mode: (typeof modes)[number],
  answer: (typeof answers)[number] = 'with-agent',
  timeoutMs = 60_000,
): CenterInput {
  const phone = { id: 'a1', contact: contactUri('a1', host, port) }
  return callCenter([phone], { answer }, { media: { mode, timeoutMs } })
}

describe.skipIf(sippPath === null)(titled('in a call', 'SIPp', sippPath), () => {
  it.each(modes)('the caller holds and takes the call back (%s)', async mode => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { address, log, engine } = await startEngine(centerOf(agent, mode))
    const caller = await sippCaller({ scenario: 'uac-hold', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    await log.waitFor('call.held', ({ by }) => by === 'customer')
    const retrieved = await log.waitFor('call.retrieved', ({ by }) => by === 'customer')
    expect(retrieved.data.heldMs).toBeGreaterThanOrEqual(390)
    const segment = await log.waitFor('call.segment_ended')
    expect(segment.data.holdMs).toBe(retrieved.data.heldMs)
    await log.waitFor('call.ended', ({ ending, cause }) => ending === 'completed' && cause === 'customerHangup')
    await expectIdle(engine)
  })

  it.each([
    { mode: 'relay', as: 'inactive', values: { hold: 'inactive' } },
    { mode: 'direct', as: 'inactive', values: { hold: 'inactive' } },
    // In direct mode the answer is the agent's, and SIPp takes no address for a hold.
    { mode: 'relay', as: 'c=0.0.0.0', values: { hold: 'sendrecv', heldAt: '0.0.0.0' } },
  ] as const)('the caller holds as $as ($mode)', async ({ mode, values }) => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { address, log, engine } = await startEngine(centerOf(agent, mode))
    const caller = await sippCaller({ scenario: 'uac-hold', host: hosts.caller, address, values })
    await expectSuccess(caller, agent)
    await log.waitFor('call.held', ({ by }) => by === 'customer')
    await log.waitFor('call.retrieved', ({ by }) => by === 'customer')
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it.each(modes)('the agent holds, takes the call back and hangs up (%s)', async mode => {
    const agent = await sippAgent({ scenario: 'uas-hold', host: hosts.agent, pauseMs: 1000 })
    const { address, log, engine } = await startEngine(centerOf(agent, mode))
    const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    await log.waitFor('call.held', ({ by }) => by === 'agent')
    await log.waitFor('call.retrieved', ({ by, heldMs }) => by === 'agent' && heldMs >= 990)
    await log.waitFor('call.ended', ({ cause, endedBy }) => cause === 'agentHangup' && endedBy === 'agent')
    await expectIdle(engine)
    await expect
      .poll(() => log.all('agent.state_changed').map(({ data }) => data.to))
      .toEqual(expect.arrayContaining(['ringing', 'talking', 'held', 'available']))
  })

  it('both hold at the same moment: one after the other (direct)', async () => {
    const agent = await sippAgent({ scenario: 'uas-hold-crossing', host: hosts.agent })
    const { address, log, engine } = await startEngine(centerOf(agent, 'direct'))
    const caller = await sippCaller({ scenario: 'uac-hold-crossing', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending, cause }) => ending === 'completed' && cause === 'heldHangup')
    expect(log.all('call.held').map(({ data }) => data.by)).toEqual(['customer', 'agent'])
    await expectIdle(engine)
  })

  it.each(modes.flatMap(mode => answers.map(answer => ({ mode, answer }))))(
    'the agent hangs up ($mode, answered $answer)',
    async ({ mode, answer }) => {
      const handedOver = mode === 'direct' && answer === 'immediately'
      const scenario = handedOver ? 'uas-reinvited-hangs-up' : 'uas-hangs-up'
      const agent = await sippAgent({ scenario, host: hosts.agent, pauseMs: 1000 })
      const { address, log, engine } = await startEngine(centerOf(agent, mode, answer))
      const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address })
      await expectSuccess(caller, agent)
      const ended = await log.waitFor('call.ended')
      expect(ended.data).toMatchObject({ ending: 'completed', endedBy: 'agent', cause: 'agentHangup' })
      await expectIdle(engine)
    },
  )

  it.each(answers)('that began without an offer, the ACK brings the answer (answered %s)', async answer => {
    const [customerAudio, agentAudio] = [await openRtp(hosts.caller), await openRtp(hosts.agent)]
    const agent = await sippAgent({
      scenario: 'uas-answer',
      host: hosts.agent,
      rtpPort: agentAudio.port,
      pauseMs: musicMs,
    })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay', answer))
    const caller = await sippCaller({
      scenario: 'uac-late-offer',
      host: hosts.caller,
      address,
      rtpPort: customerAudio.port,
    })
    customerAudio.talk()
    agentAudio.talk()
    const { data } = await log.waitFor('call.connected')
    // Music tells whom the ACK named; before an answered caller is joined there is nobody to send anything.
    if (answer === 'immediately') {
      await customerAudio.hears(1)
      await agentAudio.hears(1)
    }
    engine.calls.hangup(data.callId)
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('digits pass through the relay, each once (RFC 4733)', async () => {
    const [customerAudio, agentAudio] = [await openRtp(hosts.caller), await openRtp(hosts.agent)]
    const agent = await sippAgent({
      scenario: 'uas-answer',
      host: hosts.agent,
      rtpPort: agentAudio.port,
      pauseMs: musicMs,
    })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay', 'immediately'))
    const caller = await sippCaller({
      scenario: 'uac-until-bye',
      host: hosts.caller,
      address,
      rtpPort: customerAudio.port,
    })
    await customerAudio.hears(1)
    const connected = await log.waitFor('call.connected')
    customerAudio.talk()
    agentAudio.talk()
    await Promise.all([agentAudio.hearsMore(5), customerAudio.hearsMore(5)])
    await customerAudio.press('19#')
    await agentAudio.press('0*')
    await Promise.all([agentAudio.hearsMore(5), customerAudio.hearsMore(5)])
    await expect.poll(() => agentAudio.pressed).toBe('19#')
    await expect.poll(() => customerAudio.pressed).toBe('0*')
    engine.calls.hangup(connected.data.callId)
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('a hold stops the audio to the holder, gives music to the other side, and ends for both', async () => {
    const [customerAudio, agentAudio] = [await openRtp(hosts.caller), await openRtp(hosts.agent)]
    const agent = await sippAgent({
      scenario: 'uas-answer',
      host: hosts.agent,
      rtpPort: agentAudio.port,
      pauseMs: musicMs,
    })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay', 'immediately'))
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address, customerAudio.port)
    await customerAudio.hears(1)
    await log.waitFor('call.connected')
    customerAudio.talk()
    await agentAudio.hears(1)
    agentAudio.talk()
    await Promise.all([agentAudio.hearsMore(5), customerAudio.hearsMore(5)])
    expect(await call.offer('sendonly')).toBe(200)
    await log.waitFor('call.held')
    customerAudio.stop()
    // What was on its way has come when music has.
    await agentAudio.hearsMore(5)
    const heardBefore = customerAudio.received
    await agentAudio.hearsMore(20)
    expect(customerAudio.received).toBe(heardBefore)
    expect(await call.offer('sendrecv')).toBe(200)
    await log.waitFor('call.retrieved')
    customerAudio.talk()
    await Promise.all([agentAudio.hearsMore(20), customerAudio.hearsMore(20)])
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('an agent whose phone is killed is found out by the silence, and freed', async () => {
    const [customerAudio, agentAudio] = [await openRtp(hosts.caller), await openRtp(hosts.agent)]
    const agent = await sippAgent({
      scenario: 'uas-answer',
      host: hosts.agent,
      rtpPort: agentAudio.port,
      pauseMs: musicMs,
    })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay', 'immediately', 2000))
    const caller = await sippCaller({
      scenario: 'uac-until-bye',
      host: hosts.caller,
      address,
      rtpPort: customerAudio.port,
    })
    await customerAudio.hears(1)
    await log.waitFor('call.connected')
    customerAudio.talk()
    agentAudio.talk()
    // Longer than the time-out, so that it is not what ends the call.
    await customerAudio.hearsMore(130)
    expect(log.all('call.ended')).toEqual([])
    await agent.kill()
    agentAudio.stop()
    customerAudio.stop()
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', endedBy: 'system', cause: 'mediaTimeout' })
    await expectSuccess(caller)
    await expect.poll(() => engine.agents.get('a1')).toMatchObject({ slot: 'idle', routable: true })
    await expect.poll(() => engine.counters()).toMatchObject({ callsActive: 0, rtpSessions: 0 })
  })
})
