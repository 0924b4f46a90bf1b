/** Which numbers may be called back, in the form in which they are dialled. */
import { describe, expect, it } from 'vitest'
import { resolveNumber } from './callback-number.ts'

/** A center in North America; `prefixes`: what its outbound rules begin with. */
function resolve(raw: string, prefixes: readonly string[], numbers: string[]) {
  const outsideRoute = (number: string) =>
    prefixes.some(prefix => number.startsWith(prefix)) ? { number, trunkId: 'carrier', callerId: null } : null
  const found = resolveNumber(
    { outsideRoute, isOurs: () => false, isBlocked: () => false, countryCode: () => '1' } as never,
    { numbers },
    raw,
  )
  return found.ok ? found.goal.number : found.reason
}

describe('a number to be called back', () => {
  it('is dialled whole where a rule takes it so', () => {
    expect(resolve('9005551234', ['+1', '9'], ['+1'])).toBe('+19005551234')
  })

  it('is judged as it is dialled: behind an exchange that takes the 9 off it is another number', () => {
    expect(resolve('9005551234', ['9'], ['+1'])).toBe('denied')
    expect(resolve('9005551234', ['9'], ['9'])).toBe('9005551234')
    expect(resolve('9005551234', ['9'], [])).toBe('9005551234')
  })
})
