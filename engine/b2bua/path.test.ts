/** Phones that register through a proxy (RFC 3327): how they are reached, who they are, and whom the proxy's address stands for. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { offerSdp, requestText } from '../sip/testing/wire.ts'
import { digestText, nonceOf } from './testing/digest.ts'
import { doorCenter, doorHost, openDoor, responses } from './testing/door.ts'

const proxy = { host: '10.0.0.50', port: 5060 }
const uri = `sip:${doorHost}`

async function registered(center: CenterInput) {
  const door = await openDoor({ center })
  const send = async (method: string, sequence: number, headers: readonly string[], to = 'ada') => {
    const request = (more: readonly string[]) =>
      requestText({
        method,
        uri: method === 'REGISTER' ? uri : `sip:support@${doorHost}`,
        via: `SIP/2.0/UDP ${proxy.host}:5060;branch=z9hG4bK${method}${sequence}${more.length};rport`,
        callId: method,
        sequence: sequence + more.length,
        from: `<sip:${to}@x>`,
        to: `<sip:${to}@x>`,
        ...(method === 'INVITE' ? { body: offerSdp } : {}),
        headers: [...headers, ...more],
      })
    return async (password: string | null) => {
      // A nonce is of its millisecond.
      door.clock.advance(1)
      const [challenge] = responses(await door.send(proxy, request([])))
      if (password === null || challenge?.status !== 401) return challenge?.status
      const nonce = nonceOf(challenge.headers.get('www-authenticate') ?? '')
      const target = method === 'REGISTER' ? uri : `sip:support@${doorHost}`
      const credentials = digestText({ username: to, password, method, uri: target, nonce })
      return responses(await door.send(proxy, request([`Authorization: ${credentials}`]))).at(-1)?.status
    }
  }
  const contact = 'Contact: <sip:ada@192.168.1.5:5062>'
  const register = await send('REGISTER', 1, [contact, 'Path: <sip:10.0.0.50;lr>', 'Supported: path'])
  expect(await register('secret')).toBe(200)
  return { door, send, contact }
}

describe.each([
  ['a trunk', [{ id: 'front', addresses: ['10.0.0.50'] }]],
  ['nothing else', []],
])('a proxy that is %s, with an agent’s phone behind it', (_what, trunks) => {
  const center = { ...doorCenter, trunks }

  it('brings the agent’s calls as his own, once he has shown who he is', async () => {
    const { door, send, contact } = await registered(center)
    const call = await send('INVITE', 1, [contact])
    expect(await call(null)).toBe(401)
    expect(await call('secret')).toBe(180)
    expect(door.admissions.map(({ caller }) => caller)).toEqual([{ kind: 'agent', agentId: 'ada' }])
    door.close()
  })

  it('is not shut out for what one behind it does', async () => {
    const { door, send, contact } = await registered({
      ...center,
      agents: [...(center.agents ?? []), { id: 'bob', password: 'secret' }],
    })
    for (let i = 0; i < 30; i++) await (await send('INVITE', 10 * i, [contact]))('guess')
    for (let i = 0; i < 300; i++) await (await send('OPTIONS', i, []))(null)
    expect(door.gateway.door.counters).toMatchObject({ sourcesBanned: 0, strangersUnanswered: 0 })
    const bob = await send('REGISTER', 500, ['Contact: <sip:bob@192.168.1.6:5062>', 'Path: <sip:10.0.0.50;lr>'], 'bob')
    expect(await bob('secret')).toBe(200)
    door.close()
  })
})

it('what comes through a proxy that is a trunk and has no agent’s Contact is the trunk’s', async () => {
  const { door, send } = await registered({ ...doorCenter, trunks: [{ id: 'front', addresses: ['10.0.0.50'] }] })
  expect(await (await send('INVITE', 1, ['Contact: <sip:customer@203.0.113.9>']))(null)).toBe(180)
  expect(door.admissions.map(({ caller }) => caller.kind)).toEqual(['trunk'])
  door.clock.advance(3_700_000)
  // The registration is over: its Contact is anybody's.
  expect(await (await send('INVITE', 900, ['Contact: <sip:ada@192.168.1.5:5062>']))(null)).toBe(180)
  expect(door.admissions.map(({ caller }) => caller.kind)).toEqual(['trunk', 'trunk'])
  door.close()
})

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
