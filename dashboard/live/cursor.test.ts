/** Cursors beyond 2^53, and the memory for ids. */
import { expect, test } from 'vitest'
import { isAfter, RecentIds } from './cursor.ts'

test.each([
  ['10', '9', true],
  ['9', '10', false],
  ['9', '9', false],
  ['9007199254740993', '9007199254740992', true],
])('%s after %s: %s', (cursor, other, expected) => {
  expect(isAfter(cursor, other)).toBe(expected)
})

test('an id is new once, until it has been forgotten', () => {
  const ids = new RecentIds(2)
  expect(ids.add('a')).toBe(true)
  expect(ids.add('a')).toBe(false)
  expect(ids.add('b')).toBe(true)
  expect(ids.add('c')).toBe(true)
  expect(ids.add('a')).toBe(true)
})
