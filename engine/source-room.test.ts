/** Places by source and in all. */
import { expect, it } from 'vitest'
import { SourceRoom } from './source-room.ts'

it('ends for one source, whichever of its IPv6 addresses it shows', () => {
  const room = new SourceRoom({ perSource: 2, inAll: 100 })
  room.take('2001:db8::1')
  room.take('2001:db8:0:0:ffff::2')
  expect(['2001:db8::3', '2001:db8:0:1::1', '10.0.0.1'].map(host => room.hasRoomFor(host))).toEqual([false, true, true])
  room.take('10.0.0.1')
  room.take('::ffff:10.0.0.1')
  expect([room.hasRoomFor('10.0.0.1'), room.hasRoomFor('10.0.0.2')]).toEqual([false, true])
  room.leave('2001:db8::2')
  expect(room.hasRoomFor('2001:db8::1')).toBe(true)
})

it('ends for all together, and comes back as they leave', () => {
  const room = new SourceRoom({ perSource: 2, inAll: 3 })
  for (const host of ['10.0.0.1', '10.0.0.2', '10.0.0.3']) room.take(host)
  expect(room.hasRoomFor('10.0.0.4')).toBe(false)
  // Who never had a place gives none back.
  room.leave('10.0.0.9')
  expect(room.hasRoomFor('10.0.0.4')).toBe(false)
  room.leave('10.0.0.3')
  room.leave('10.0.0.3')
  expect(room.hasRoomFor('10.0.0.4')).toBe(true)
  room.take('10.0.0.4')
  expect(room.hasRoomFor('10.0.0.5')).toBe(false)
})
