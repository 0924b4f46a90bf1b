import { expect, test } from 'vitest'
import { hoursWish } from './hours-wish.ts'

const now = Date.parse('2026-03-05T12:00:00Z')

test.each([
  ['', undefined],
  ['  ', undefined],
  ['2 h', '2026-03-05T14:00:00.000Z'],
  ['1 d 30 min', '2026-03-06T12:30:00.000Z'],
])('for %j', (span, until) => {
  const wish = hoursWish('closed', { span, reason: ' Fire drill ' }, now)
  expect(wish).toEqual({ state: 'closed', reason: 'Fire drill', ...(until === undefined ? {} : { until }) })
})

test.each(['soon', '0 s', '-1 h', '400 d', '9999999999999999 d'])('%j is no length of time to close for', span => {
  expect(hoursWish('open', { span, reason: '' }, now)).toBeNull()
})
