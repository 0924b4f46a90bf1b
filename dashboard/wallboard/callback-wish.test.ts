/** What is typed to have somebody called back. */
import { expect, test } from 'vitest'
import { createTimeFormat } from '../time/format.ts'
import { type CallbackWish, emptyWish, faultsOf, requestOf } from './callback-wish.ts'

const format = createTimeFormat('Asia/Tokyo')
const now = Date.parse('2026-03-05T12:00:00Z')
const wish: CallbackWish = { ...emptyWish, number: ' 020 7946 0000 ' }

test('a number alone will do', () => {
  expect(faultsOf(wish, format, now)).toEqual({})
  expect(requestOf(wish, format)).toEqual({ number: '020 7946 0000' })
})

test('all of it, the time by the center’s clocks', () => {
  const whole = { ...wish, name: ' Ada Byron ', priority: ' 7 ', notBefore: '2026-03-06T09:00' }
  expect(faultsOf(whole, format, now)).toEqual({})
  expect(requestOf(whole, format)).toEqual({
    number: '020 7946 0000',
    name: 'Ada Byron',
    priority: 7,
    notBefore: '2026-03-06T00:00:00.000Z',
  })
})

test.each<[Partial<CallbackWish>, keyof CallbackWish]>([
  [{ number: '' }, 'number'],
  [{ number: ' 1 ' }, 'number'],
  [{ priority: '101' }, 'priority'],
  [{ priority: '-1' }, 'priority'],
  [{ priority: '1.5' }, 'priority'],
  [{ priority: 'high' }, 'priority'],
  [{ notBefore: 'soon' }, 'notBefore'],
  [{ notBefore: '2026-03-05T21:00' }, 'notBefore'],
])('%j has a fault', (change, field) => {
  expect(Object.keys(faultsOf({ ...wish, ...change }, format, now))).toEqual([field])
})
