/** Which transactions hear of the end of a connection. */
import { expect, it } from 'vitest'
import { ChannelUsers } from './channel-users.ts'

const channel = (reliable: boolean) => ({ reliable, send: () => {} })

it('are those that go over it now', () => {
  const users = new ChannelUsers<string>()
  const [one, other] = [channel(true), channel(true)]
  users.move('a', null, one)
  users.move('b', null, one)
  users.move('c', null, other)
  expect(users.of(one)).toEqual(['a', 'b'])
  users.move('a', one, other)
  users.move('b', one, null)
  expect([users.of(one), users.of(other)]).toEqual([[], ['c', 'a']])
  users.move('a', other, null)
  users.move('c', other, null)
  expect([users.of(other), users.size]).toEqual([[], 0])
})

it('are none where there is no end to hear of', () => {
  const users = new ChannelUsers<string>()
  const datagrams = channel(false)
  users.move('a', null, datagrams)
  expect([users.of(datagrams), users.size]).toEqual([[], 0])
})
