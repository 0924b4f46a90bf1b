/** Two hundred SIPp calls at a time through a queue of sixty agents: all of them complete and nothing is left behind. */
import { describe, expect, it } from 'vitest'
import { until } from '../peers/deadline.ts'
import { contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import type { EventLog } from '../peers/event-log.ts'
import { hosts, type Transport } from '../peers/loopback.ts'
import { titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const calls = 200
const agents = 60
/** Timers J and K of RFC 3261 §17 are 32 s: what a transaction may outlive its last message by. */
const longestTimerMs = 60_000
const kinds = [
  { transport: 'udp', answer: 'immediately', mode: 'relay' },
  { transport: 'tcp', answer: 'with-agent', mode: 'direct' },
] as const satisfies readonly { transport: Transport; answer: string; mode: string }[]

/** The most calls that were there at one time. */
function peakOf(log: EventLog): number {
  let [now, peak] = [0, 0]
  for (const type of log.types('call.arrived', 'call.ended')) {
    now += type === 'call.arrived' ? 1 : -1
    peak = Math.max(peak, now)
  }
  return peak
}

describe.skipIf(sippPath === null)(titled('two hundred calls at a time', 'SIPp', sippPath), () => {
  it.each(kinds)('over $transport, answered $answer, audio $mode', async ({ transport, answer, mode }) => {
    // All agents are on one SIPp, told apart by the user part.
    const phones = await sippAgent({
      scenario: answer === 'immediately' ? 'uas-hangs-up' : 'uas-answer',
      host: hosts.agent,
      transport,
      calls,
      pauseMs: 500,
    })
    const ids = Array.from({ length: agents }, (_, index) => `a${index + 1}`)
    const { address, log, engine } = await startEngine({
      queues: [{ id: 'support', wrapUpMs: 0, answer, maxWaiting: 2 * calls }],
      agents: ids.map(id => ({
        id,
        contact: contactUri(id, phones.host, phones.port, transport),
        queues: ['support'],
      })),
      numbers: [{ match: 'support', queue: 'support' }],
      trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
      media: { mode },
    })
    const callers = await sippCaller({
      // In music the caller can't know when the agent is there: the agents hang up instead.
      scenario: answer === 'immediately' ? 'uac-until-bye' : 'uac-basic',
      host: hosts.caller,
      transport,
      address,
      calls,
      args: ['-l', String(calls), '-r', '200'],
    })
    // All calls are there before the first one ends.
    await until('all to wait', () => (log.all('call.queued').length === calls ? true : null), 60_000)
    for (const id of ids) engine.agents.signIn(id, { availability: 'available' })
    await expectSuccess(callers, phones)
    await until('the last call to end', () => (log.all('call.ended').length === calls ? true : null))
    expect(log.all('call.ended').filter(({ data }) => data.ending !== 'completed')).toEqual([])
    expect(log.all('offer.accepted')).toHaveLength(calls)
    await expectIdle(engine)
    expect(peakOf(log)).toBe(calls)
    expect(engine.agents.list().filter(({ routable }) => !routable)).toEqual([])
    expect(engine.queues.get('support').metrics.today).toMatchObject({ offered: calls, answered: calls, abandoned: 0 })
    const noTransactions = () => (engine.counters().sipTransactions === 0 ? true : null)
    await until('the last transaction to end', noTransactions, longestTimerMs)
  })
})
