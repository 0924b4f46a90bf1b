/** Durations, shares and instants as people read them. */
import { expect, test } from 'vitest'
import { createTimeFormat, formatDuration, formatShare, isoDuration } from './format.ts'

test.each([
  [0, '0:00'],
  [999, '0:00'],
  [7_000, '0:07'],
  [60_000, '1:00'],
  [760_000, '12:40'],
  [3_723_000, '1:02:03'],
  [-5_000, '0:00'],
])('%i ms', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test('machines get an ISO duration', () => {
  expect(isoDuration(45_900)).toBe('PT45S')
})

test('a share without data is a dash, not zero', () => {
  expect(formatShare(null)).toBe('–')
  expect(formatShare(0)).toBe('0 %')
  expect(formatShare(0.874)).toBe('87 %')
})

test('instants are shown in the tenant’s zone, with the day only when it is another one there', () => {
  const format = createTimeFormat('Asia/Tokyo')
  const now = Date.parse('2026-03-05T16:00:00Z')
  expect(format.time('2026-03-05T15:04:31Z')).toBe('00:04:31')
  expect(format.dateTime('2026-03-05T15:04:31Z', now)).toBe('00:04:31')
  expect(format.dateTime('2026-03-05T14:59:59Z', now)).toBe('5 Mar, 23:59:59')
})

test('an unknown zone is UTC', () => {
  expect(createTimeFormat('Mars/Olympus').time('2026-03-05T12:04:31Z')).toBe('12:04:31')
})
