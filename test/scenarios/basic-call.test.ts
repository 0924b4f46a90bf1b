/** SIPp calls a queue and SIPp answers: both transports, both ways to answer, relayed and direct audio. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts, type Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const transports: readonly Transport[] = ['udp', 'tcp']
const answers = ['immediately', 'with-agent'] as const
const modes = ['relay', 'direct'] as const
const kinds = transports.flatMap(transport =>
  answers.flatMap(answer => modes.map(mode => ({ transport, answer, mode }))),
)

describe.skipIf(sippPath === null)(titled('a basic call', 'SIPp', sippPath), () => {
  it.each(kinds)('over $transport, answered $answer, audio $mode', async ({ transport, answer, mode }) => {
    // Who is answered with music can't hear when the agent is there: then it is the agent who hangs up.
    const endedBy = mode === 'relay' && answer === 'immediately' ? 'agent' : 'customer'
    const called = endedBy === 'agent' ? 'uas-hangs-up' : 'uas-answer'
    const agent = await sippAgent({ scenario: called, host: hosts.agent, transport })
    const { address, log, engine } = await startEngine(
      callCenter(
        [{ id: 'a1', contact: contactUri('a1', agent.host, agent.port, transport) }],
        { answer },
        { media: { mode } },
      ),
    )
    // In direct mode an answered caller is handed over to the agent by a re-INVITE (DESIGN §13, flow 3).
    const handedOver = mode === 'direct' && answer === 'immediately' ? 'uac-reinvited' : 'uac-basic'
    const scenario = endedBy === 'agent' ? 'uac-until-bye' : handedOver
    const caller = await sippCaller({ scenario, host: hosts.caller, transport, address })
    await expectSuccess(caller, agent)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', endedBy, cause: `${endedBy}Hangup` })
    expect(log.types('call.', 'offer.')).toEqual([
      'call.arrived',
      'call.queued',
      'offer.created',
      'offer.ringing',
      'offer.accepted',
      'call.connected',
      'call.segment_ended',
      'call.ended',
    ])
    await expectIdle(engine)
    expect(engine.agents.get('a1')).toMatchObject({ slot: 'idle', routable: true, today: { handled: 1, missed: 0 } })
  })
})
