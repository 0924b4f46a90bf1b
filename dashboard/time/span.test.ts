/** The table of lengths of time. */
import { expect, test } from 'vitest'
import { parseSpan, spanText } from './span.ts'

test.each([
  [0, '0 s'],
  [500, '500 ms'],
  [15_000, '15 s'],
  [90_000, '1 min 30 s'],
  [600_000, '10 min'],
  [5_400_000, '1 h 30 min'],
  [86_400_000, '1 d'],
  [86_461_001, '1 d 1 min 1 s 1 ms'],
])('%d ms is %s, and back', (ms, text) => {
  expect(spanText(ms)).toBe(text)
  expect(parseSpan(text)).toBe(ms)
})

test.each([
  ['20', 20_000],
  [' 1.5 min ', 90_000],
  ['1h30m', 5_400_000],
  ['2:05', 125_000],
  ['0.25s', 250],
  ['90 SEC', 90_000],
  ['', null],
  ['soon', null],
  ['1:75', null],
  ['5 weeks', null],
  ['-5', null],
  ['5 s x', null],
])('%j is read as %s', (text, ms) => {
  expect(parseSpan(text)).toBe(ms)
})
