/** SIP.md §2 row 7: a thousand calls over a network that loses, reorders and repeats; the audit knows of every leg and record. */
import { expect, it } from 'vitest'
import type { CallerPlan, Reaction } from '../../engine/simulation/index.ts'
import type { Plot } from './plot.ts'
import { faultsOf } from './sound.ts'

const calls = 1_000
const agents = Array.from({ length: 100 }, (_, index) => `a${index}`)
const plans: readonly CallerPlan[] = [
  { patienceMs: 60_000, talkMs: 1_500, talkFrom: 'join' },
  { patienceMs: 60_000, talkMs: null, talkFrom: 'join' },
  // Hangs up about when the agent answers.
  { patienceMs: 1_000, talkMs: 2_000, talkFrom: 'join' },
]
const reactions: readonly Reaction[] = [
  { kind: 'answer', ringAfterMs: 100, afterMs: 900, talkMs: 2_000 },
  { kind: 'answer', ringAfterMs: 100, afterMs: 400, talkMs: 3_000 },
  { kind: 'refuse', ringAfterMs: null, afterMs: 200, status: 486 },
]

it.each([0.05, 0.2])('%d of all packets lost', async lossRate => {
  const plot: Plot = {
    seed: 7,
    center: {
      queues: [
        { id: 'q', wrapUpMs: 0, offerCooldownMs: 0, maxWaiting: calls, maxWaitMs: 60_000, answer: 'with-agent' },
      ],
      agents: agents.map(id => ({ id, queues: ['q'], alwaysAvailable: true })),
      numbers: [{ match: 'q', queue: 'q' }],
      media: { mode: 'direct', timeoutMs: 0 },
    },
    conditions: { lossRate, duplicateRate: 0.05, reorderRate: 0.1 },
    reactions: agents.map((_, index) =>
      reactions.map((_reaction, at) => reactions[(at + index) % reactions.length] ?? reactions[0]),
    ) as Reaction[][],
    callers: Array.from({ length: calls }, (_, index) => ({
      atMs: index * 40,
      number: 'q',
      plan: plans[index % plans.length] ?? { patienceMs: null, talkMs: 1_000, talkFrom: 'join' },
    })),
    commands: [],
    cuts: [],
  }
  expect(await faultsOf(plot)).toEqual([])
})
