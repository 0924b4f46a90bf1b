/** No stuck agent: a phone that is killed while the other side talks on is found out; one that is only mute is not. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { openRtp } from '../peers/rtp.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

/** Half of it until the silence is told, then two questions of two seconds, and the watchdog's quarter second twice. */
const timeoutMs = 2000
const foundOutMs = timeoutMs / 2 + 4000 + 500
/** The agent rings this long: music tells the caller's ear where the engine is. */
const musicMs = 1500

function centerOf({ host, port }: Sipp) {
  const phone = { id: 'a1', contact: contactUri('a1', host, port) }
  return callCenter([phone], { answer: 'immediately' }, { media: { mode: 'relay', timeoutMs } })
}

async function talking() {
  const [customerAudio, agentAudio] = [await openRtp(hosts.caller), await openRtp(hosts.agent)]
  const agent = await sippAgent({
    scenario: 'uas-answer',
    host: hosts.agent,
    rtpPort: agentAudio.port,
    pauseMs: musicMs,
  })
  const { address, log, engine } = await startEngine(centerOf(agent))
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
  await Promise.all([customerAudio.hearsMore(10), agentAudio.hearsMore(10)])
  return { customerAudio, agentAudio, agent, caller, log, engine }
}

describe.skipIf(sippPath === null)(titled('a phone that falls silent', 'SIPp', sippPath), () => {
  it('because it was killed, while the caller talks on: the agent is free and the caller’s leg is ended in bounded time', async () => {
    const { agentAudio, agent, caller, log, engine } = await talking()
    await agent.kill()
    agentAudio.stop()
    // How soon, to the millisecond, is for the tests on a clock of their own.
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', endedBy: 'system', cause: 'agentDead' })
    await expectSuccess(caller)
    await expect.poll(() => engine.agents.get('a1')).toMatchObject({ slot: 'idle', routable: true })
    await expect.poll(() => engine.counters()).toMatchObject({ callsActive: 0, rtpSessions: 0 })
  })

  it('but answers OPTIONS is only mute: the call goes on until somebody hangs up', async () => {
    const { customerAudio, agentAudio, agent, caller, log, engine } = await talking()
    agentAudio.stop()
    const until = performance.now() + foundOutMs + 1500
    while (performance.now() < until) await agentAudio.hearsMore(20)
    expect(log.all('call.ended')).toEqual([])
    const [call] = engine.calls.live()
    engine.calls.hangup(call?.callId ?? '')
    customerAudio.stop()
    await expectSuccess(caller, agent)
    await expectIdle(engine)
  })
})
