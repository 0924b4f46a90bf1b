import { expect, it } from 'vitest'
import { createTestIds } from './test-ids.ts'

it('counts up, in the shape of ULIDs and SIP tokens, apart from other series', () => {
  const [first, second] = [createTestIds(), createTestIds(7)]
  expect([first.ulid(), first.ulid()]).toEqual(['00000000000000000000000001', '00000000000000000000000002'])
  expect(second.ulid()).toBe('00000000070000000000000001')
  expect([first.token(), first.token(), second.token()]).toEqual(['t0-1', 't0-2', 't7-1'])
})
