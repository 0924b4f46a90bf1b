/** What moves while a row is pointed at: nothing. */
import { expect, test } from 'vitest'
import { steadyOrder } from './steady-order.ts'

test('known rows keep their places, new ones come last, gone ones leave', () => {
  expect(steadyOrder(['a', 'b', 'c'], ['c', 'a', 'd', 'b'])).toEqual(['a', 'b', 'c', 'd'])
  expect(steadyOrder(['a', 'b', 'c'], ['c', 'a'])).toEqual(['a', 'c'])
  expect(steadyOrder([], ['b', 'a'])).toEqual(['b', 'a'])
})
