/** The order in which the rules of a queue are looked at. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { leavesAtOnce, WaitRules } from './wait-rules.ts'

type QueueInput = NonNullable<CenterInput['queues']>[number]

function rulesOf(queue: Omit<QueueInput, 'id'>) {
  const [defined] = parseCenter({ queues: [{ id: 'q', ...queue }, { id: 'r' }] }).queues
  if (defined === undefined) throw new Error('no queue')
  const rules = new WaitRules()
  expect(rules.of(defined)).toBe(rules.of(defined))
  return rules.of(defined)
}

const to = { queue: 'r' }

describe('the rules of a queue', () => {
  it('are its overflow rules by their time, whatever the order of writing, then its recipes', () => {
    const overflow = [
      { afterMs: 60_000, to },
      { when: { waiting: { atLeast: 9 } }, to },
      { afterMs: 30_000, when: { ewtMs: { atLeast: 5 } }, to },
    ]
    const recipes = [
      { when: { waitedMs: 1 }, do: { priority: 5 } },
      { name: 'last', do: { to } },
    ]
    expect(rulesOf({ overflow, recipes })).toEqual([
      { kind: 'overflow', name: 'overflow #2', when: { waiting: { atLeast: 9 } }, do: { to } },
      { kind: 'overflow', name: 'overflow #3', when: { waitedMs: 30_000, ewtMs: { atLeast: 5 } }, do: { to } },
      { kind: 'overflow', name: 'overflow #1', when: { waitedMs: 60_000 }, do: { to } },
      { kind: 'recipe', name: '#1', when: { waitedMs: 1 }, do: { priority: 5 } },
      { kind: 'recipe', name: 'last', when: {}, do: { to } },
    ])
  })

  it('of one time are taken as they are written; one after the end of the wait is none', () => {
    const overflow = [
      { afterMs: 5_000, to },
      { afterMs: 5_000, to: { reject: 486 } },
      { afterMs: 5_001, to },
    ]
    expect(rulesOf({ overflow, maxWaitMs: 5_000 }).map(({ name }) => name)).toEqual(['overflow #1', 'overflow #2'])
  })

  it('send a call away at once where they ask for no time', () => {
    const overflow = [
      { when: { eligible: { atMost: 0 } }, to },
      { afterMs: 1, to },
    ]
    const recipes = [{ do: { to } }, { do: { priority: 5 } }]
    expect(rulesOf({ overflow, recipes }).map(leavesAtOnce)).toEqual([true, false, true, false])
  })
})
