/** SIPp with the extensions that carriers ask for: reliable ringing and PRACK, UPDATE, session timers. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { createFastClock } from '../peers/fast-clock.ts'
import { hosts } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, type Sipp, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

/** The shortest interval that RFC 4028 allows, of which a refresh is due after 45 s and the end without one after 60 s. */
const sessionExpiresSec = 90
/** Makes those 4.5 and 6 s, so that a peer may be late by a second or two. */
const factor = 10

/** The engine asks whom it does not hear for a sign of life. */
const answersOptions = ['-aa']

function centerOf({ host, port }: Sipp, rest: CenterInput = {}): CenterInput {
  return callCenter([{ id: 'a1', contact: contactUri('a1', host, port) }], { answer: 'with-agent' }, rest)
}

describe.skipIf(sippPath === null)(titled('reliable ringing', 'SIPp', sippPath), () => {
  it.each(['uac-prack', 'uac-prack-late-offer'])('is given to a caller who requires it (%s)', async scenario => {
    // The agent rings long enough for copies of the 180 to come.
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, pauseMs: 3000 })
    const { address, log, engine } = await startEngine(centerOf(agent))
    const caller = await sippCaller({ scenario, host: hosts.caller, address })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it.each(['relay', 'direct'] as const)('is taken from an agent who gives it (%s)', async mode => {
    const agent = await sippAgent({ scenario: 'uas-prack', host: hosts.agent, pauseMs: 300 })
    const { address, log, engine } = await startEngine(centerOf(agent, { media: { mode } }))
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address, pauseMs: 1000 })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })
})

describe.skipIf(sippPath === null)(titled('UPDATE', 'SIPp', sippPath), () => {
  it.each(['relay', 'direct'] as const)('of an agent whose phone rings is followed (%s)', async mode => {
    const moved = '40000'
    const agent = await sippAgent({
      scenario: 'uas-moves-early',
      host: hosts.agent,
      pauseMs: 300,
      rtpPort: 40_002,
      values: { moved },
    })
    const { address, log, engine } = await startEngine(centerOf(agent, { media: { mode } }))
    const values: Record<string, string> = mode === 'direct' ? { audio: moved } : {}
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address, pauseMs: 1000, values })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it.each(['relay', 'direct'] as const)('holds the call and takes it back (%s)', async mode => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { address, log, engine } = await startEngine(centerOf(agent, { media: { mode } }))
    const caller = await sippCaller({ scenario: 'uac-hold-by-update', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    await log.waitFor('call.held', ({ by }) => by === 'customer')
    await log.waitFor('call.retrieved', ({ by }) => by === 'customer')
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })
})

describe.skipIf(sippPath === null)(titled('session timers', 'SIPp', sippPath), () => {
  it('a caller who refreshes by UPDATE and re-INVITE keeps the call', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const { address, log, engine } = await startEngine(
      centerOf(agent, { sip: { sessionExpiresSec } }),
      null,
      createFastClock(factor),
    )
    // Three pauses of which any two would be too long.
    const caller = await sippCaller({
      scenario: 'uac-refreshes',
      host: hosts.caller,
      address,
      pauseMs: 3500,
      args: answersOptions,
    })
    await expectSuccess(caller, agent)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', cause: 'customerHangup' })
    await expectIdle(engine)
  })

  it('a caller who vanishes loses the call, and the agent is free', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, args: answersOptions })
    // No other watch would notice in this time: audio runs past us, and two questions need more than a minute each.
    const center = centerOf(agent, { sip: { sessionExpiresSec }, media: { mode: 'direct' } })
    const { address, log, engine } = await startEngine(center, null, createFastClock(factor))
    const caller = await sippCaller({ scenario: 'uac-vanishes', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'completed', endedBy: 'system', cause: 'customerDead' })
    const connected = await log.waitFor('call.connected')
    const lastedMs = Date.parse(ended.time) - Date.parse(connected.time)
    expect(lastedMs).toBeGreaterThanOrEqual(55_000)
    expect(lastedMs).toBeLessThan(120_000)
    await expect.poll(() => engine.agents.get('a1')).toMatchObject({ slot: 'idle', routable: true })
  })

  it.each(['update', 'invite'])('an agent without them is refreshed by us (%s)', async method => {
    const agent = await sippAgent({ scenario: `uas-refreshed-by-${method}`, host: hosts.agent, args: answersOptions })
    const { address, log, engine } = await startEngine(
      centerOf(agent, { sip: { sessionExpiresSec } }),
      null,
      createFastClock(factor),
    )
    // He hangs up after our second refresh of the agent and before the third.
    const caller = await sippCaller({
      scenario: 'uac-refreshes',
      host: hosts.caller,
      address,
      pauseMs: 3750,
      args: answersOptions,
    })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })

  it('a caller and an agent whose limits differ from ours come to terms by 422', async () => {
    const agent = await sippAgent({ scenario: 'uas-422', host: hosts.agent })
    const { address, log, engine } = await startEngine(centerOf(agent))
    const caller = await sippCaller({ scenario: 'uac-422', host: hosts.caller, address })
    await expectSuccess(caller, agent)
    await log.waitFor('call.ended', ({ ending }) => ending === 'completed')
    await expectIdle(engine)
  })
})
