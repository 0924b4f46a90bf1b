import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Aging, byAge, noAging, priorityAt, TurnOrder } from './turn-order.ts'
import { WaitingList, type WaitingVisit } from './waiting-list.ts'

const visitOf = (id: number, priority: number, enqueuedAt: number): WaitingVisit => ({
  visitId: `v${String(id).padStart(3, '0')}`,
  callId: `c${id}`,
  queueId: 'q',
  priority,
  enqueuedAt,
})

const sleeping = { mode: 'agent-first', dormant: { kind: 'asleep', because: '' } } as const
const isAwake = ({ callback }: WaitingVisit) => callback === undefined

describe('WaitingList', () => {
  it('orders by priority, then age, then id', () => {
    const list = new WaitingList()
    const visits = [visitOf(4, 0, 100), visitOf(3, 0, 100), visitOf(2, 0, 50), visitOf(1, 5, 200)]
    for (const visit of visits) list.add(visit, 200)
    expect([...list.inTurn(200)].map(visit => visit.callId)).toEqual(['c1', 'c2', 'c3', 'c4'])
    expect(list.position('v003', 200)).toBe(3)
    expect(list.position('v009', 200)).toBeNull()
    expect(list.oldestEnqueuedAt()).toBe(50)
    expect(list.positionFor(visitOf(9, 5, 100), 200)).toBe(1)
  })

  it('keeps the place and the pending offers of a visit whose priority changes', () => {
    const list = new WaitingList()
    for (const visit of [visitOf(1, 0, 1), visitOf(2, 0, 2)]) list.add(visit, 2)
    list.setOffered('v002', true)
    list.add(visitOf(2, 9, 2), 2)
    expect(list.first(2)?.visitId).toBe('v002')
    expect(list.isOffered('v002')).toBe(true)
    expect(list).toMatchObject({ size: 2, unoffered: 1 })
  })

  it('counts a place whose time has not come ahead of nobody, until it has', () => {
    const list = new WaitingList()
    for (const id of [1, 2]) list.add({ ...visitOf(id, 0, id), callback: sleeping }, 9)
    for (const id of [3, 4]) list.add(visitOf(id, 0, id), 9)
    const positions = () => ['v001', 'v002', 'v003', 'v004'].map(id => list.position(id, 9))
    expect(positions()).toEqual([1, 1, 1, 2])
    expect(list.positionFor(visitOf(5, 0, 5), 9)).toBe(3)
    expect(list).toMatchObject({ size: 4, kept: 2, unoffered: 2, offered: 0 })
    expect(list.setOffered('v001', true)).toBe(false)
    list.add({ ...visitOf(2, 0, 2), callback: { mode: 'agent-first', dormant: null } }, 9)
    expect(positions()).toEqual([1, 1, 2, 3])
    list.remove('v001')
    expect(list).toMatchObject({ size: 3, kept: 1, unoffered: 3 })
  })

  it('lets an old call overtake a privileged one, but not climb above the maximum', () => {
    const list = new WaitingList({ perMinute: 2, max: 6 })
    list.add(visitOf(1, 0, 0), 0)
    list.add(visitOf(2, 5, 120_000), 120_000)
    list.add(visitOf(3, 9, 120_000), 120_000)
    const order = (nowMs: number) => [...list.inTurn(nowMs)].map(({ callId }) => callId)
    expect(order(120_000)).toEqual(['c3', 'c2', 'c1'])
    // At 150 s the second call has reached 6, the first one 5; at 180 s both have 6, and the older one is first.
    expect(order(170_000)).toEqual(['c3', 'c2', 'c1'])
    expect(order(180_000)).toEqual(['c3', 'c1', 'c2'])
    expect(list.priorityOf(visitOf(1, 0, 0), 600_000)).toBe(6)
    expect(list.priorityOf(visitOf(3, 9, 120_000), 600_000)).toBe(9)
  })

  it('behaves like a sorted array, whatever the aging', () => {
    // Quarters of points in quarters of seconds, so that the model's arithmetic is exact.
    const aging = fc.constantFrom<Aging>(noAging, { perMinute: 60, max: 2 }, { perMinute: 30, max: 9 })
    const step = fc.record({
      act: fc.constantFrom('add', 'add', 'sleep', 'remove', 'offer', 'withdraw', 'wait'),
      id: fc.nat({ max: 15 }),
      priority: fc.nat({ max: 3 }),
      at: fc.nat({ max: 20 }),
    })
    fc.assert(
      fc.property(aging, fc.array(step, { maxLength: 120 }), (rising, steps) => {
        const list = new WaitingList(rising)
        const turns = new TurnOrder(rising)
        let nowMs = 0
        const byTurn = (a: WaitingVisit, b: WaitingVisit) =>
          priorityAt(b, rising, nowMs) - priorityAt(a, rising, nowMs) || byAge(a, b)
        let model: (WaitingVisit & { offered: boolean })[] = []
        for (const { act, id, priority, at } of steps) {
          if (act === 'wait') nowMs += at * 250
          const awake = visitOf(id, priority, nowMs - (at % 8) * 250)
          const visit = act === 'sleep' ? { ...awake, callback: sleeping } : awake
          const old = model.find(other => other.visitId === visit.visitId)
          if (act === 'add' || act === 'sleep') {
            list.add(visit, nowMs)
            if (old !== undefined) turns.delete(old)
            expect(turns.add(visit, nowMs)).toBe(true)
            model = [
              ...model.filter(other => other !== old),
              { ...visit, offered: act === 'add' && old?.offered === true },
            ]
          } else if (act === 'remove') {
            expect(list.remove(visit.visitId)).toBe(old !== undefined)
            expect(turns.delete(old ?? visit)).toBe(old !== undefined)
            model = model.filter(other => other !== old)
          } else if (act !== 'wait') {
            const offered = act === 'offer'
            const changes = old !== undefined && isAwake(old) && old.offered !== offered
            expect(list.setOffered(visit.visitId, offered)).toBe(changes)
            if (old !== undefined && isAwake(old)) old.offered = offered
          }
          model.sort(byTurn)
          const ids = model.map(other => other.visitId)
          expect([...list.inTurn(nowMs)].map(other => other.visitId)).toEqual(ids)
          expect(ids.map(other => list.position(other, nowMs))).toEqual(
            ids.map((_, index) => model.slice(0, index).filter(isAwake).length + 1),
          )
          expect(list.first(nowMs)?.visitId).toBe(ids[0])
          expect(list.unoffered).toBe(model.filter(other => isAwake(other) && !other.offered).length)
          expect(turns.firstBut(new Set(ids.slice(0, 1)), nowMs)?.visitId).toBe(ids[1])
          expect(model.every(other => turns.has(other, nowMs))).toBe(true)
          const ages = model.filter(isAwake).map(other => other.enqueuedAt)
          const oldest = ages.length === 0 ? null : Math.min(...ages)
          expect(list.oldestEnqueuedAt()).toBe(oldest)
        }
      }),
      { numRuns: 300 },
    )
  })
})
