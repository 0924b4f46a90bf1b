/**
 * SIP.md §2 row 8, through both legs: a caller gives up within 60 ms of the agent's 200, or of ours to him, a thousand times.
 * The audit knows of every leg and record: one outcome each, and nobody is left on a phone.
 */
import { expect, it } from 'vitest'
import { Play } from './play.ts'
import type { Plot } from './plot.ts'
import { trials } from './seeds.ts'
import { faultsOf } from './sound.ts'

const { numRuns, seed } = trials(10)
const callers = 100
const agents = Array.from({ length: 10 }, (_, index) => `a${index}`)
const answerMs = 1_000
/** Each of the four ways, which the caller does not see, takes 1 to 30 ms: when his 200 comes, and the agent's had gone out. */
const crossingMs = answerMs + 45

function plotOf(run: number, mode: 'relay' | 'direct'): Plot {
  return {
    seed: seed + run,
    center: {
      queues: [{ id: 'q', wrapUpMs: 0, offerCooldownMs: 0, maxWaitMs: 60_000, answer: 'with-agent' }],
      agents: agents.map(id => ({ id, queues: ['q'], alwaysAvailable: true })),
      numbers: [{ match: 'q', queue: 'q' }],
      media: { mode, timeoutMs: 0 },
    },
    conditions: { lossRate: 0, duplicateRate: 0, reorderRate: 0 },
    reactions: agents.map(() => [{ kind: 'answer', ringAfterMs: 100, afterMs: answerMs, talkMs: null }]),
    callers: Array.from({ length: callers }, (_, index) => ({
      atMs: index * 300,
      number: 'q',
      // The runs have each another place in the sweep.
      plan: {
        patienceMs: crossingMs - 60 + Math.round(((index + run / numRuns) * 120) / callers),
        talkMs: 500,
        talkFrom: 'join' as const,
      },
    })),
    commands: [],
    cuts: [],
  }
}

const runs = Array.from({ length: numRuns }, (_, run) => [run, run % 2 === 0 ? 'relay' : 'direct'] as const)

it.each(runs)('a hundred callers, %d (%s)', async (run, mode) => {
  expect(await faultsOf(plotOf(run, mode))).toEqual([])
})

it('some of them have given up, and some have talked', async () => {
  const play = await Play.begin(plotOf(0, 'direct'))
  await play.run()
  await play.rest()
  const endings = play.world.events.flatMap(({ type, data }) =>
    type === 'call.ended' ? [(data as { ending: string }).ending] : [],
  )
  await play.world.stop()
  expect(endings).toHaveLength(callers)
  for (const ending of ['abandoned', 'completed'])
    expect(endings.filter(it => it === ending).length).toBeGreaterThan(10)
  expect(play.audit.faults).toEqual([])
})
