/** What of one leg goes along to another, and what does not. */
import { expect, it } from 'vitest'
import { request } from '../sip/testing/wire.ts'
import { headersOf, reasonToPass, userToUserIn } from './passed-headers.ts'

const read = (headers: readonly string[]) => userToUserIn(request({ method: 'INVITE', headers, body: 'v=0\r\n' }))

it('passes on all of User-to-User, unless it is too long', () => {
  const uui = read(['User-to-User: 00;encoding=hex'])
  expect(headersOf({ uui })).toEqual([['user-to-user', '00;encoding=hex']])
  expect(read([`User-to-User: ${'a'.repeat(513)}`])).toBeNull()
  const two = ['User-to-User: 00;encoding=hex', 'User-to-User: "a, b";purpose=isdn-uui, 01']
  expect(read(two)).toBe('00;encoding=hex, "a, b";purpose=isdn-uui, 01')
  const long = `User-to-User: ${'a'.repeat(300)}`
  expect(read([long, long])).toBeNull()
  expect(headersOf({ uui: null })).toEqual([])
})

it.each(['\u0000', '\u001b[31m', '\u007f'])(
  'passes on no User-to-User with %j in it, which no header may hold',
  control => {
    expect(read([`User-to-User: 00${control}`])).toBeNull()
  },
)

it.each([
  ['Q.850;cause=16;text="gw1.inside.example"', 'Q.850;cause=16'],
  ['SIP ;cause=200 ;text="Call completed elsewhere"', 'SIP;cause=200'],
  ['X;cause=1', null],
  ['SIP;text="x"', null],
  [null, null],
])('of the reason %s passes %s', (value, passed) => {
  expect(reasonToPass(value)).toBe(passed)
})
