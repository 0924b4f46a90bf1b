import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OrderedSet } from './ordered-set.ts'

const ascending = (a: number, b: number) => a - b

describe('OrderedSet', () => {
  it('behaves like a sorted array', () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 60 }))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const set = new OrderedSet<number>(ascending)
        const model = new Set<number>()
        for (const [adds, item] of steps) {
          if (adds) {
            expect(set.add(item)).toBe(!model.has(item))
            model.add(item)
          } else {
            expect(set.delete(item)).toBe(model.delete(item))
          }
          const sorted = [...model].sort(ascending)
          expect([...set]).toEqual(sorted)
          expect(set.size).toBe(sorted.length)
          expect(set.first()).toBe(sorted[0])
          expect(set.rank(item)).toBe(sorted.filter(other => other < item).length)
          expect(set.firstFrom(item)).toBe(sorted.find(other => other >= item))
          expect([...set.after(item)]).toEqual(sorted.filter(other => other > item))
        }
      }),
    )
  })

  it('needs few comparisons, also when items come in order', () => {
    let comparisons = 0
    const set = new OrderedSet<number>((a, b) => {
      comparisons += 1
      return a - b
    })
    const size = 50_000
    for (let item = 0; item < size; item += 1) set.add(item)
    comparisons = 0
    for (let item = 0; item < size; item += 500) {
      set.delete(item)
      set.add(item)
      set.rank(item)
    }
    // Five descents each, of about 1.4·log2(n) steps in a random tree: far below any that grows with n.
    expect(comparisons / (size / 500)).toBeLessThan(5 * 3 * Math.log2(size))
  })
})
