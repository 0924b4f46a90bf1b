/** Times of the wall clock, and the instants that they stand for. */
import { expect, test } from 'vitest'
import { instantOnWall } from './wall-clock.ts'

test.each([
  ['2026-03-05T15:00', 'UTC', '2026-03-05T15:00:00.000Z'],
  ['2026-07-05T15:00', 'Europe/London', '2026-07-05T14:00:00.000Z'],
  ['2026-03-05T00:30', 'Asia/Kolkata', '2026-03-04T19:00:00.000Z'],
  ['2026-03-05T15:00:20', 'America/New_York', '2026-03-05T20:00:20.000Z'],
  // The day on which clocks go forward: before, skipped, after.
  ['2026-03-08T01:59', 'America/New_York', '2026-03-08T06:59:00.000Z'],
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['2026-03-08T03:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['2026-03-29T01:30', 'Europe/London', '2026-03-29T01:30:00.000Z'],
  // And back: one of the two.
  ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
  ['2026-11-01T02:00', 'America/New_York', '2026-11-01T07:00:00.000Z'],
])('%s in %s', (local, timeZone, instant) => {
  expect(instantOnWall(local, timeZone)).toBe(instant)
})

test.each(['', 'soon', '2026-13-05T15:00', '2026-03-05T25:00'])('%j is no time', local => {
  expect(instantOnWall(local, 'Europe/London')).toBeNull()
})
