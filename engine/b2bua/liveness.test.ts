/** Signs of life on the test clock: who is asked when, what counts as life, and after how long somebody is dead. */
import { describe, expect, it } from 'vitest'
import { called } from '../sip/testing/confirmed-call.ts'
import { Liveness } from './liveness.ts'

async function watching() {
  const call = await called()
  const { stage, peer } = call
  const liveness = new Liveness(stage.clock, call.dialog)
  /** Walks on, answering each OPTIONS that comes, or not. */
  const walk = (forMs: number, status: number | null = null) => {
    for (let passed = 0; passed < forMs; passed += 500) {
      const before = new Set(peer.requests('OPTIONS').map(({ headers }) => headers.cseq?.number))
      stage.clock.advance(500)
      const asked = peer.requests('OPTIONS').find(({ headers }) => !before.has(headers.cseq?.number))
      if (asked !== undefined && status !== null) peer.respond(asked, status)
    }
  }
  const asked = () => new Set(peer.requests('OPTIONS').map(({ headers }) => headers.cseq?.number)).size
  return { ...call, liveness, walk, asked }
}

const dead = [{ by: 'local', cause: 'dead', reason: null }]

describe('where no media tells', () => {
  it('a peer that answers is asked every 60 s', async () => {
    const { liveness, walk, asked, ends } = await watching()
    liveness.start()
    walk(59_500, 200)
    expect(asked()).toBe(0)
    walk(180_500, 200)
    expect([asked(), ends]).toEqual([4, []])
  })

  it('one that no longer does is dead after two questions', async () => {
    const { liveness, stage, peer, ends } = await watching()
    liveness.start()
    stage.clock.advance(60_000 + 32_000 + 31_999)
    expect(ends).toEqual([])
    stage.clock.advance(1)
    expect(ends).toEqual(dead)
    expect(peer.requests('BYE')).toHaveLength(1)
  })

  it.each([408, 481])('%d twice is death', async status => {
    const { liveness, walk, ends } = await watching()
    liveness.start()
    walk(130_000, status)
    expect(ends).toEqual(dead)
  })

  it.each([200, 404, 405, 500, 501, 603])('%d is life', async status => {
    const { liveness, walk, ends } = await watching()
    liveness.start()
    walk(300_000, status)
    expect(ends).toEqual([])
  })
})

describe('a side that has fallen silent', () => {
  it('is asked at once, and dead after twice the patience', async () => {
    const { liveness, stage, asked, ends, settle } = await watching()
    liveness.suspect(10_000)
    settle(null)
    expect(asked()).toBe(1)
    stage.clock.advance(19_999)
    expect([asked(), ends]).toEqual([2, []])
    stage.clock.advance(1)
    expect(ends).toEqual(dead)
  })

  it('that answers is asked again, and may be silent for ever', async () => {
    const { liveness, walk, asked, ends } = await watching()
    liveness.suspect(10_000)
    walk(100_000, 200)
    expect(asked()).toBeGreaterThanOrEqual(9)
    expect(ends).toEqual([])
    walk(30_500)
    expect(ends).toEqual(dead)
  })

  it('is alive by a late answer to the first question', async () => {
    const { liveness, stage, peer, ends } = await watching()
    liveness.suspect(3_000)
    stage.clock.advance(4_000)
    const [first] = peer.requests('OPTIONS')
    if (first !== undefined) peer.respond(first, 200)
    stage.clock.advance(5_900)
    expect(ends).toEqual([])
    stage.clock.advance(3_100)
    expect(ends).toEqual(dead)
  })

  it('has time for two repeats over UDP, however short the time-out, and never more than a transaction', async () => {
    const { liveness, stage, ends } = await watching()
    liveness.suspect(10)
    stage.clock.advance(3_999)
    expect(ends).toEqual([])
    stage.clock.advance(1)
    expect(ends).toEqual(dead)
    const patient = await watching()
    patient.liveness.suspect(3_600_000)
    patient.stage.clock.advance(64_000)
    expect(patient.ends).toEqual(dead)
  })

  it('is left alone once it is heard again; a question under way means nothing then', async () => {
    const { liveness, stage, ends, asked } = await watching()
    liveness.suspect(10_000)
    stage.clock.advance(15_000)
    liveness.stop()
    stage.clock.advance(300_000)
    expect([asked(), ends]).toEqual([2, []])
  })
})
