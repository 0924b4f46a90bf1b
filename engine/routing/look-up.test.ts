/** What a lookup's answer does to a call, and that whoever waits for it goes on whatever becomes of the call. */
import { describe, expect, it } from 'vitest'
import type { LookupReply } from '../api.ts'
import type { LookupCall } from './flow-types.ts'
import { lookUp } from './look-up.ts'
import type { LookupHandlers } from './lookups.ts'

const asked = { function: 'crm', headers: {}, deadlineMs: 800, lateMs: 5_000 }

/** A call in which something is broken. `faults`: what its guard was told. */
function setUp(broken: 'matched' | 'told' | null) {
  const faults: unknown[] = []
  const replies: LookupReply[] = []
  const fail = (what: 'matched' | 'told') => {
    if (what === broken) throw new Error(`${what} is broken`)
  }
  const call: LookupCall = {
    secretFacts: () => ({ callId: 'c1', dnis: 'main', trunkId: null, attributes: {}, ani: null as never }),
    setAttributes: () => {},
    matched: () => fail('matched'),
    told: () => fail('told'),
    isOver: () => faults.length > 0,
    guard(work) {
      try {
        work()
      } catch (error) {
        faults.push(error)
      }
    },
  }
  const handlers: LookupHandlers[] = []
  const tell = () => call.told({ flowId: null, step: '1', action: 'lookup', result: '' })
  const lookups = { start: (_: unknown, __: unknown, given: LookupHandlers) => void handlers.push(given) }
  lookUp(lookups, asked, 'test', call, tell, reply => replies.push(reply))
  const [heard] = handlers
  if (heard === undefined) throw new Error('nobody was asked')
  return { heard, faults, outcomes: () => replies.map(({ outcome }) => outcome) }
}

describe.each(['matched', 'told'] as const)('a fault of the call (%s)', broken => {
  it.each<[string, (heard: LookupHandlers) => void]>([
    ['an answer', heard => heard.onAnswer({ attributes: { tier: 'gold' } }, false)],
    ['a failure', heard => heard.onFailure('no such table', false)],
    ['the deadline', heard => heard.onDeadline()],
  ])('after %s leaves nobody waiting', (_, happen) => {
    const { heard, faults, outcomes } = setUp(broken)
    happen(heard)
    expect(faults).toHaveLength(1)
    expect(outcomes()).toEqual(['failed'])
    heard.onAnswer({}, true)
    expect(outcomes()).toEqual(['failed'])
  })
})

it.each<[LookupReply['outcome'], (heard: LookupHandlers) => void]>([
  ['answered', heard => heard.onAnswer({}, false)],
  ['failed', heard => heard.onFailure('no such table', false)],
  ['pending', heard => heard.onDeadline()],
])('whoever waits hears once how it ended: %s', (outcome, happen) => {
  const { heard, faults, outcomes } = setUp(null)
  happen(heard)
  if (outcome === 'pending') heard.onAnswer({}, true)
  expect([outcomes(), faults]).toEqual([[outcome], []])
})
