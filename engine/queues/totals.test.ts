import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type VisitOutcome, visitOutcomes } from '../events.ts'
import { createTestClock } from '../simulation/test-clock.ts'
import { createTotals, serviceLevelVariant } from './totals.ts'

const hourMs = 3_600_000

function start() {
  const clock = createTestClock(Date.UTC(2026, 0, 5, 9))
  // A tenant two hours east of UTC.
  const totals = createTotals({ clock, dayKey: nowMs => new Date(nowMs + 2 * hourMs).toISOString().slice(0, 10) })
  const visit = (outcome: VisitOutcome, waitMs: number, enqueuedAt = clock.now()) => {
    totals.offered('q')
    totals.ended({ queueId: 'q', outcome, enqueuedAt, waitMs, targetMs: 20_000 })
  }
  return { clock, totals, visit }
}

describe('totals', () => {
  it('has nothing to say without data', () => {
    expect(start().totals.today('q')).toEqual({
      offered: 0,
      answered: 0,
      abandoned: 0,
      shortAbandoned: 0,
      flowOut: 0,
      callbackAccepted: 0,
      rejected: 0,
      serviceLevel: null,
      serviceLevelVariant,
      asaMs: null,
      longestWaitMs: 0,
    })
  })

  it('counts, and computes service level as short-as-met', () => {
    const { totals, visit } = start()
    visit('answered', 10_000)
    visit('answered', 20_000)
    visit('answered', 30_000)
    visit('abandoned', 4_999)
    visit('abandoned', 5_000)
    visit('flowOut', 120_000)
    visit('callbackAccepted', 60_000)
    visit('full', 0)
    expect(totals.today('q')).toMatchObject({
      offered: 8,
      answered: 3,
      abandoned: 2,
      shortAbandoned: 1,
      flowOut: 1,
      callbackAccepted: 1,
      rejected: 1,
      serviceLevel: 3 / 5,
      asaMs: 20_000,
      longestWaitMs: 120_000,
    })
  })

  it("begins anew at the tenant's midnight; a visit belongs to the day on which it came", () => {
    const { clock, totals, visit } = start()
    visit('answered', 1_000)
    totals.offered('q')
    const cameAt = clock.now()
    clock.advance(12 * hourMs + 59 * 60_000)
    expect(totals.today('q').offered).toBe(2)
    clock.advance(2 * hourMs)
    totals.ended({ queueId: 'q', outcome: 'answered', enqueuedAt: cameAt, waitMs: 15 * hourMs, targetMs: 20_000 })
    expect(totals.today('q')).toMatchObject({ offered: 0, answered: 0, longestWaitMs: 0 })
  })

  it('goes on from what the store knows', () => {
    const { totals, visit } = start()
    visit('answered', 1_000)
    const stored = totals.of('q')
    const restored = start()
    restored.totals.restore([stored])
    restored.visit('answered', 3_000)
    expect(restored.totals.today('q')).toMatchObject({ offered: 2, answered: 2, asaMs: 2_000 })
    // What was given is not written to.
    expect(stored.offered).toBe(1)
  })

  it('invariant 6: offered is the sum of the outcomes and of those still waiting', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom(...visitOutcomes, null), fc.nat({ max: 100_000 })))
    fc.assert(
      fc.property(steps, visits => {
        const { totals, visit } = start()
        let waiting = 0
        for (const [outcome, waitMs] of visits) {
          if (outcome !== null) visit(outcome, waitMs)
          else totals.offered('q')
          if (outcome === null) waiting += 1
        }
        const { offered, answered, abandoned, flowOut, callbackAccepted, rejected } = totals.of('q')
        expect(offered).toBe(answered + abandoned + flowOut + callbackAccepted + rejected + waiting)
      }),
    )
  })
})
