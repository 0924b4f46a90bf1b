/** What a recorded day tells of calls that agents sent on, and what a replay makes of it. */
import { beforeAll, describe, expect, it } from 'vitest'
import { createScriptedPhone } from '../calls/testing/scripted-phone.ts'
import { createTestCenter, patient, trunks } from '../calls/testing/test-center.ts'
import type { CenterInput } from '../config.ts'
import { type History, type HistoryCall, partsOf } from './history.ts'
import { parseJournal } from './history-file.ts'
import { replay } from './replay.ts'
import { replayText } from './replay-report.ts'
import { parseScenario } from './scenario-check.ts'

const phoneHost = '10.4.0.1'
const center = {
  queues: [
    { id: 'support', wrapUpMs: 5_000 },
    { id: 'sales', wrapUpMs: 10_000 },
  ],
  agents: [
    { id: 'ada', queues: ['support'], contact: `sip:ada@${phoneHost}:5060`, alwaysAvailable: true },
    { id: 'bob', queues: [], alwaysAvailable: true },
    { id: 'sam', queues: ['sales'], alwaysAvailable: true },
  ],
  flows: [{ id: 'closed', steps: [{ hangup: true }] }],
  numbers: [
    { match: 'support', queue: 'support' },
    { match: 'sales', queue: 'sales' },
    { match: 'closed', flow: 'closed' },
  ],
  trunks,
  media: { timeoutMs: 0 },
} satisfies CenterInput

/**
 * Ada sends one caller on to a queue, another one to Bob, a third one after having asked Sam, who is rung as one of a queue, and
 * hands her own place in that queue to a fourth.
 */
async function recordedDay(): Promise<History> {
  const { world, told, stop } = await createTestCenter(center)
  const ada = await createScriptedPhone(world, 'ada', phoneHost)
  const serve = async () => {
    const { call: caller } = await world.call('support', patient)
    await world.run(3_000)
    const [callId, call] = [told('call.connected').at(-1)?.callId ?? '', ada.calls.at(-1)]
    if (call === undefined) throw new Error('Ada was not rung')
    await world.run(27_000)
    return { caller, callId, call }
  }
  const toQueue = await serve()
  world.engine.calls.transfer(toQueue.callId, { queue: 'sales' }, { actor: 'user:ada' })
  await world.run(61_000)
  toQueue.caller.hangup()
  await world.run(60_000)
  const toBob = await serve()
  world.engine.calls.transfer(toBob.callId, { agent: 'bob' }, { actor: 'user:ada' })
  await world.run(121_000)
  toBob.caller.hangup()
  await world.call('closed', patient)
  await world.run(60_000)
  const asked = await serve()
  ada.hold(asked.call)
  await world.run(100)
  const second = ada.dial('sales')
  await world.run(20_000)
  ada.refer(asked.call, ada.replaces(second))
  await world.run(40_000)
  asked.caller.hangup()
  await world.run(60_000)
  world.engine.agents.setAvailability('sam', 'notReady')
  const early = await serve()
  ada.hold(early.call)
  await world.run(100)
  const line = ada.dial('sales')
  await world.run(5_000)
  ada.refer(early.call, ada.replaces(line))
  await world.run(20_000)
  world.engine.agents.setAvailability('sam', 'available')
  await world.run(31_000)
  early.caller.hangup()
  await world.run(60_000)
  await stop()
  const text = world.events
    .filter(({ cursor }) => cursor !== undefined)
    .map(event => JSON.stringify(event))
    .join('\n')
  return parseJournal(text, 'day.jsonl')
}

const inSec = ({ queueId, ending, talkMs, wrapUpMs }: HistoryCall) =>
  `${queueId} ${ending}: ${Math.round(talkMs / 5_000) * 5} s + ${Math.round(wrapUpMs / 1_000)} s`

describe('a recorded call that was sent on', () => {
  let history: History
  beforeAll(async () => {
    history = await recordedDay()
  })

  it('has a part for each queue, with the time that it took there', () => {
    const chains = history.calls.map(call => partsOf([call]).map(inSec))
    expect(chains).toEqual([
      ['support answered: 30 s + 5 s', 'sales answered: 60 s + 10 s'],
      ['support answered: 30 s + 5 s'],
      ['support answered: 50 s + 5 s'],
      // The consultation, and what became of it.
      ['sales answered: 60 s + 10 s'],
      ['support answered: 35 s + 5 s', 'sales answered: 30 s + 10 s'],
    ])
  })

  it('has as left out what no queue gave to an agent, and who never came to a queue', () => {
    const { calls, talks, busyMs } = history.leftOut
    expect({ calls, talks }).toEqual({ calls: 1, talks: 1 })
    expect(Math.round(busyMs / 10_000)).toBe(12)
  })

  it('is handled in both queues again, each as long as it was, and what is left out is said', async () => {
    for (const through of ['legs', 'sip'] as const) {
      const scenario = parseScenario({ center, replications: 2, intervals: 2, through }, { history })
      const result = await replay(scenario, history)
      const answered = ({ queues }: typeof result.simulated) =>
        queues.map(({ queueId, answered: some }) => [queueId, some])
      expect(answered(result.recorded)).toEqual([
        ['support', 4],
        ['sales', 3],
      ])
      expect(answered(result.simulated)).toEqual([
        ['support', 8],
        ['sales', 6],
      ])
      // Bob's two minutes are in the recorded figure only.
      const busy = ({ occupancy }: typeof result.simulated) => occupancy?.value ?? 0
      expect(busy(result.recorded) / busy(result.simulated)).toBeGreaterThan(1.3)
      expect(replayText(result)).toMatch(
        /\nNot simulated: 1 call that never entered a queue, and 1 talk that no queue gave its agent \(2 min of their recorded work\)\.\n$/,
      )
    }
  })
})
