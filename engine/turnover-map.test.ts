import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TurnoverMap } from './turnover-map.ts'

const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key: fc.nat(20), value: fc.nat() }),
  fc.record({ do: fc.constant('delete' as const), key: fc.nat(20) }),
)

describe('a map through which much passes', () => {
  it('is as a map is, in the same order, whenever it begins anew', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), steps => {
        const turnover = new TurnoverMap<number, number>()
        const plain = new Map<number, number>()
        for (const each of steps) {
          if (each.do === 'delete') expect(turnover.delete(each.key)).toBe(plain.delete(each.key))
          else {
            turnover.set(each.key, each.value)
            plain.set(each.key, each.value)
          }
        }
        expect([...turnover]).toEqual([...plain])
        expect([...turnover.values()]).toEqual([...plain.values()])
        expect([turnover.size, [...turnover.keys()]]).toEqual([plain.size, [...plain.keys()]])
        for (let key = 0; key <= 20; key++)
          expect([turnover.has(key), turnover.get(key)]).toEqual([plain.has(key), plain.get(key)])
      }),
    )
  })

  it('begins anew in the middle of its entries and forgets nothing', () => {
    const turnover = new TurnoverMap<number, string>()
    for (let key = 0; key < 10_000; key++) {
      turnover.set(key, `value ${key}`)
      if (key >= 30) expect(turnover.delete(key - 30)).toBe(true)
    }
    expect([...turnover.keys()]).toEqual(Array.from({ length: 30 }, (_, i) => 9_970 + i))
    expect(turnover.get(9_999)).toBe('value 9999')
    turnover.clear()
    expect([turnover.size, turnover.delete(9_999)]).toEqual([0, false])
  })
})
