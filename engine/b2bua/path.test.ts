/** Phones that register through a proxy (RFC 3327): how they are reached, and whom the proxy's address stands for. */
import { expect, it } from 'vitest'
import { requestText } from '../sip/testing/wire.ts'
import { digestText, nonceOf } from './testing/digest.ts'
import { doorHost, openDoor, responses } from './testing/door.ts'

const proxy = { host: '10.0.0.50', port: 5060 }
const uri = `sip:${doorHost}`

it('a proxy that registers phones is none of them, and is told the path', async () => {
  const door = await openDoor()
  const register = (n: number, headers: readonly string[]) =>
    requestText({
      method: 'REGISTER',
      uri,
      branch: `z9hG4bK${n}`,
      callId: 'r',
      sequence: n,
      from: '<sip:ada@x>',
      to: '<sip:ada@x>',
      headers: ['Contact: <sip:ada@192.168.1.5:5062>', 'Path: <sip:10.0.0.50;lr>', 'Supported: path', ...headers],
    })
  const [challenge] = await door.send(proxy, register(1, []))
  const authorization = digestText({
    username: 'ada',
    password: 'secret',
    method: 'REGISTER',
    uri,
    nonce: nonceOf(challenge?.text ?? ''),
  })
  const [granted] = responses(await door.send(proxy, register(2, [`Authorization: ${authorization}`])))
  expect(granted?.status).toBe(200)
  expect(granted?.headers.list('path')).toEqual(['<sip:10.0.0.50;lr>'])
  const phone = door.phones.phoneOf('ada')
  expect(phone).toMatchObject({ uri: 'sip:ada@192.168.1.5:5062', path: ['<sip:10.0.0.50;lr>'] })
  expect(phone?.flow.remote).toEqual(proxy)
  if (phone !== null) expect(door.phones.ownerOf(phone.flow)).toBeNull()
  // Keeping the way to the phone open is the proxy's business.
  const before = door.sent.length
  door.clock.advance(60_000)
  expect(door.sent.length).toBe(before)
  door.close()
})
