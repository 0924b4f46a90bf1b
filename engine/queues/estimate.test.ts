import { describe, expect, it } from 'vitest'
import { Estimates, provenMs } from './estimate.ts'

describe('Estimates', () => {
  it('knows nothing without anyone who takes calls', () => {
    expect(new Estimates().waitFor('q', 3, 0)).toBeNull()
  })

  it('is null before anything was seen of those who take calls', () => {
    expect(new Estimates().waitFor('q', 4, 2)).toBeNull()
    expect(new Estimates().ahtMs('q')).toBeNull()
  })

  it('takes 90 s for a call, without confidence, where agents were seen at work for other queues only', () => {
    const estimates = new Estimates()
    estimates.handled('other', ['q', 'other'], 20_000)
    const wait = estimates.waitFor('q', 4, 2)
    expect(wait).toMatchObject({ valueMs: 180_000, confidence: 0 })
    expect(estimates.ahtMs('q')).toBeNull()
    expect(provenMs(wait)).toBeNull()
    estimates.handled('q', ['q', 'other'], 20_000)
    const proven = estimates.waitFor('q', 4, 2)
    expect(proven?.confidence).toBeGreaterThan(0)
    expect(provenMs(proven)).toBe(proven?.valueMs)
  })

  it('predicts by the same 90 s when an agent will be free', () => {
    const estimates = new Estimates()
    expect(estimates.nextFreeMs('q', 3)).toBe(30_000)
    estimates.handled('q', ['q'], 60_000)
    expect(estimates.nextFreeMs('q', 3)).toBe(20_000)
  })

  it('learns the handling time', () => {
    const estimates = new Estimates()
    for (const handleMs of [50_000, 70_000]) estimates.handled('q', ['q'], handleMs)
    expect(estimates.ahtMs('q')).toBe(60_000)
    const wait = estimates.waitFor('q', 4, 2)
    expect(wait).toMatchObject({ valueMs: 120_000 })
    expect(wait?.lowMs).toBeLessThan(120_000)
    expect(wait?.highMs).toBeGreaterThan(120_000)
  })

  it('forgets old handling times', () => {
    const estimates = new Estimates()
    for (let count = 0; count < 100; count += 1) estimates.handled('q', ['q'], 30_000)
    for (let count = 0; count < 300; count += 1) estimates.handled('q', ['q'], 60_000)
    expect(estimates.ahtMs('q')).toBeGreaterThan(59_000)
  })

  it("counts agents by their share of time on the queue, calls without a queue as the others'", () => {
    const estimates = new Estimates()
    for (const queueId of ['q', 'other', null, 'q']) estimates.handled(queueId, ['q', 'other'], 60_000)
    const alone = new Estimates()
    for (let count = 0; count < 2; count += 1) alone.handled('q', ['q'], 60_000)
    const shared = estimates.waitFor('q', 1, 1)?.valueMs ?? 0
    expect(alone.waitFor('q', 1, 1)?.valueMs).toBe(60_000)
    expect(shared / 60_000).toBeCloseTo(2, 1)
  })

  it('is zero for whom an agent is free', () => {
    expect(new Estimates().waitFor('q', 0, 1)).toEqual({ valueMs: 0, lowMs: 0, highMs: 0, confidence: 1 })
  })
})
