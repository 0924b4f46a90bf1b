/** Half of the files are for connections. */
import { expect, it } from 'vitest'
import { connectionRoom } from './open-files.ts'

const told = (soft: string) =>
  `Max processes             9        9       processes\nMax open files            ${soft}     1048576     files\n`

it.each([
  ['what the system grants', told('1024'), 512],
  ['much', told('1048576'), 20_000],
  ['no limit', told('unlimited'), 20_000],
  ['no word', '', 512],
])('by %s', (_what, limits, room) => {
  expect(connectionRoom(limits)).toBe(room)
})

it('is something on this machine', () => {
  expect(connectionRoom()).toBeGreaterThan(0)
})
