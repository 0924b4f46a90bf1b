/** baresip as an agent's phone that keeps two flows open (RFC 5626): it is rung once, and the one that is left leads to it too. */
import { describe, expect, it } from 'vitest'
import { baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { expectIdle, startEngine } from '../peers/engine.ts'
import { titled } from '../peers/program.ts'

const password = 'correct-horse'
const tones = { agentHz: 1000, callerHz: 600 }

describe.skipIf(baresipPath === null)(titled('a phone with two flows', 'baresip', baresipPath), () => {
  it.each(['acting', 'all'] as const)('is rung once where %s phones of an agent ring', async ring => {
    const under = await startEngine({
      queues: [{ id: 'support', wrapUpMs: 0, answer: 'with-agent' }],
      agents: [{ id: 'ada', password, queues: ['support'], alwaysAvailable: true, ring }],
      numbers: [{ match: 'support', queue: 'support' }],
      trunks: [{ id: 'carrier', addresses: [baresipHost] }],
      // The oldest baresip in use registers nowhere where SHA-256 is offered as well.
      sip: { digestAlgorithms: ['MD5'] },
    })
    const { engine, address, log } = under
    const phone = { address, user: 'ada', password, toneHz: tones.agentHz }
    const agent = await startBaresip({ ...phone, ways: ['udp', 'tcp'] })
    await until('two flows', () => (engine.agents.get('ada').devices.length === 2 ? true : null))
    const caller = await startBaresip({ address, user: 'customer', toneHz: tones.callerHz })
    caller.dial(`sip:support@${address}`)
    await caller.waitFor('CALL_ESTABLISHED')
    caller.hangup()
    const { data } = await log.waitFor('call.ended')
    expect(data.ending).toBe('completed')
    await agent.waitFor('CALL_CLOSED')
    await expectIdle(engine)
    expect(agent.told('CALL_CLOSED')).toBe(1)
  })
})
