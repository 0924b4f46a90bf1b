/** Staffing over REST: the real formulas and the real simulation, on their own thread. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedStaffingReply, StaffingReply } from '../api/staffing.ts'
import { createHarness, type Harness } from '../testing/harness.ts'

let harness: Harness
beforeAll(async () => {
  harness = await createHarness()
})
afterAll(() => harness.close())

const question = { calls: 1_000, intervalMin: 60, handleSec: 180, patienceSec: 120, targetSec: 20, targetShare: 0.8 }

describe('staffing', () => {
  it('says how many agents it takes, and what fewer and more would do', async () => {
    const { status, json } = await harness.as('sue', 'POST', '/staffing', question)
    expect(status).toBe(200)
    const { erlangs, needed, levels } = json as StaffingReply
    expect(erlangs).toBeCloseTo(50, 9)
    expect(needed.erlangC).toBeGreaterThan(needed.erlangA ?? 0)
    expect(levels).toHaveLength(9)
    expect(levels[4]).toMatchObject({ agents: needed.erlangA, erlangA: { agents: needed.erlangA } })
    // Fewer agents than work: nothing that Erlang C could say.
    expect(levels[0]).toMatchObject({ erlangC: null, erlangA: { serviceLevel: expect.any(Number) } })
  })

  it('simulates the same, and the two agree', async () => {
    const plan = (await harness.as('root', 'POST', '/staffing', { ...question, agents: 52 })).json as StaffingReply
    const reply = await harness.as('root', 'POST', '/staffing-simulations', { ...question, agents: 52 })
    expect(reply.status).toBe(200)
    const { levels, calls } = reply.json as SimulatedStaffingReply
    expect(calls).toBeGreaterThan(10_000)
    expect(levels.map(({ agents }) => agents)).toEqual(plan.levels.map(({ agents }) => agents))
    levels.forEach(({ serviceLevel, occupancy }, index) => {
      const theory = plan.levels[index]?.erlangA
      expect(Math.abs((serviceLevel?.value ?? 0) - (theory?.serviceLevel ?? 1))).toBeLessThan(0.12)
      expect(Math.abs((occupancy?.value ?? 0) - (theory?.occupancy ?? 1))).toBeLessThan(0.08)
    })
  })

  it('refuses a question that has no answer, and one too many', async () => {
    expect((await harness.as('sue', 'POST', '/staffing', { calls: 0, handleSec: 180 })).status).toBe(400)
    expect((await harness.as('ada', 'POST', '/staffing', question)).status).toBe(403)
    const replies = await Promise.all(
      Array.from({ length: 6 }, () => harness.as('sue', 'POST', '/staffing', { ...question, calls: 20 })),
    )
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 503, 503])
    expect(replies.find(({ status }) => status === 503)?.text).toContain('staffing.busy')
  })
})
