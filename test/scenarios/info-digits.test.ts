/** Digits by INFO beside RFC 4733, whichever of the two a side speaks. */
import { describe, expect, it } from 'vitest'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { openRtp } from '../peers/rtp.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

function centerOf({ host, port }: Sipp, mode: 'relay' | 'direct', answer: 'immediately' | 'with-agent' = 'with-agent') {
  const phone = { id: 'a1', contact: contactUri('a1', host, port) }
  return callCenter([phone], { answer }, { media: { mode, timeoutMs: 60_000 } })
}

describe.skipIf(sippPath === null)(titled('digits by INFO', 'SIPp', sippPath), () => {
  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=120', '5'],
    ['application/dtmf', '#', '#'],
  ])('%s of the caller reaches an agent as RFC 4733 (relay)', async (type, body, digit) => {
    const agentAudio = await openRtp(hosts.agent)
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, rtpPort: agentAudio.port })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay'))
    const values = { type, body }
    const caller = await sippCaller({ scenario: 'uac-info', host: hosts.caller, address, values })
    await expect.poll(() => agentAudio.pressed).toBe(digit)
    engine.calls.hangup((await log.waitFor('call.connected')).data.callId)
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('of the caller reaches an agent as INFO (direct)', async () => {
    const values = { digit: '7' }
    const agent = await sippAgent({ scenario: 'uas-takes-info', host: hosts.agent, values })
    const { address, log, engine } = await startEngine(centerOf(agent, 'direct'))
    const caller = await sippCaller({
      scenario: 'uac-info',
      host: hosts.caller,
      address,
      values: { type: 'application/dtmf-relay', body: 'Signal=7\r\nDuration=120' },
    })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=120', '5'],
    ['application/dtmf', '*', '*'],
  ])('%s of the agent reaches the caller as RFC 4733 (relay)', async (type, body, digit) => {
    const customerAudio = await openRtp(hosts.caller)
    const values = { type, body }
    const agent = await sippAgent({ scenario: 'uas-sends-info', host: hosts.agent, values, pauseMs: 1000 })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay'))
    const caller = await sippCaller({
      scenario: 'uac-until-bye',
      host: hosts.caller,
      address,
      rtpPort: customerAudio.port,
    })
    await expect.poll(() => customerAudio.pressed).toBe(digit)
    engine.calls.hangup((await log.waitFor('call.connected')).data.callId)
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('go to an agent whose phone knows no telephone-event when the caller presses RFC 4733 (relay)', async () => {
    const [customerAudio, agentAudio] = [await openRtp(hosts.caller), await openRtp(hosts.agent)]
    const values = { digit: '9' }
    const agent = await sippAgent({
      scenario: 'uas-takes-info',
      host: hosts.agent,
      values,
      rtpPort: agentAudio.port,
      pauseMs: 1500,
    })
    const { address, log, engine } = await startEngine(centerOf(agent, 'relay', 'immediately'))
    const caller = await sippCaller({
      scenario: 'uac-until-bye',
      host: hosts.caller,
      address,
      rtpPort: customerAudio.port,
    })
    // Music tells where the engine hears from.
    await customerAudio.hears(1)
    await log.waitFor('call.connected')
    await customerAudio.press('9')
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })
})
