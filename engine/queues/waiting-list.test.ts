import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byTurn, WaitingList, type WaitingVisit } from './waiting-list.ts'

const visitOf = (id: number, priority: number, enqueuedAt: number): WaitingVisit => ({
  visitId: `v${String(id).padStart(3, '0')}`,
  callId: `c${id}`,
  queueId: 'q',
  priority,
  enqueuedAt,
})

const nobody: ReadonlySet<string> = new Set()

describe('WaitingList', () => {
  it('orders by priority, then age, then id', () => {
    const list = new WaitingList()
    for (const visit of [visitOf(4, 0, 100), visitOf(3, 0, 100), visitOf(2, 0, 50), visitOf(1, 5, 200)]) list.add(visit)
    expect([...list].map(visit => visit.callId)).toEqual(['c1', 'c2', 'c3', 'c4'])
    expect(list.position('v003')).toBe(3)
    expect(list.position('v009')).toBeNull()
    expect(list.oldestEnqueuedAt()).toBe(50)
    expect(list.positionFor(visitOf(9, 5, 100))).toBe(1)
  })

  it('keeps the place and the pending offers of a visit whose priority changes', () => {
    const list = new WaitingList()
    for (const visit of [visitOf(1, 0, 1), visitOf(2, 0, 2)]) list.add(visit)
    list.setOffered('v002', true)
    list.add(visitOf(2, 9, 2))
    expect(list.first()?.visitId).toBe('v002')
    expect(list.firstUnoffered(nobody)?.visitId).toBe('v001')
    expect(list).toMatchObject({ size: 2, unoffered: 1 })
  })

  it('behaves like a sorted array', () => {
    const step = fc.record({
      act: fc.constantFrom('add', 'add', 'remove', 'offer', 'withdraw'),
      id: fc.nat({ max: 15 }),
      priority: fc.nat({ max: 3 }),
      at: fc.nat({ max: 20 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), steps => {
        const list = new WaitingList()
        let model: (WaitingVisit & { offered: boolean })[] = []
        for (const { act, id, priority, at } of steps) {
          const visit = visitOf(id, priority, at)
          const old = model.find(other => other.visitId === visit.visitId)
          if (act === 'add') {
            list.add(visit)
            model = [...model.filter(other => other !== old), { ...visit, offered: old?.offered ?? false }]
          } else if (act === 'remove') {
            expect(list.remove(visit.visitId)).toBe(old !== undefined)
            model = model.filter(other => other !== old)
          } else {
            const offered = act === 'offer'
            const changes = old !== undefined && old.offered !== offered
            expect(list.setOffered(visit.visitId, offered)).toBe(changes)
            if (old !== undefined) old.offered = offered
          }
          model.sort(byTurn)
          const ids = model.map(other => other.visitId)
          expect([...list].map(other => other.visitId)).toEqual(ids)
          expect(ids.map(other => list.position(other))).toEqual(ids.map((_, index) => index + 1))
          expect(list.first()?.visitId).toBe(ids[0])
          const free = model.filter(other => !other.offered)
          expect(list.unoffered).toBe(free.length)
          expect(list.firstUnoffered(nobody)?.visitId).toBe(free[0]?.visitId)
          expect(list.firstUnoffered(new Set(free.slice(0, 1).map(v => v.visitId)))?.visitId).toBe(free[1]?.visitId)
          const oldest = model.length === 0 ? null : Math.min(...model.map(other => other.enqueuedAt))
          expect(list.oldestEnqueuedAt()).toBe(oldest)
        }
      }),
    )
  })
})
