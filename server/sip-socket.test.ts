/** Who may open a SIP WebSocket, and as whom the engine sees them. */
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createHarness, type Harness } from './testing/harness.ts'

let harness: Harness
let host: string
const clients: WebSocket[] = []

beforeEach(async () => {
  harness = await createHarness({ httpOrigins: ['https://crm.example'] })
  await harness.app.listen({ host: '127.0.0.1', port: 0 })
  host = `127.0.0.1:${(harness.app.server.address() as AddressInfo).port}`
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate()
  await harness.close()
})

interface Attempt {
  readonly path?: string
  readonly protocols?: string[]
  readonly origin?: string
  readonly headers?: Record<string, string>
}

/** `open`, or the HTTP status of the refusal. */
function attempt({ path = '/sip', protocols = ['sip'], origin, headers = {} }: Attempt): Promise<WebSocket | number> {
  const client = new WebSocket(`ws://${host}${path}`, protocols, {
    ...(origin === undefined ? {} : { origin }),
    headers,
  })
  clients.push(client)
  return new Promise((resolve, reject) => {
    client.once('open', () => resolve(client))
    client.once('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode))
    client.once('error', reject)
  })
}

it.each([
  ['no origin', {}],
  ['our own origin', { origin: 'own' }],
  ['a listed origin', { origin: 'https://crm.example' }],
  ['a page of this machine', { origin: 'http://localhost:5173' }],
  ['a choice of protocols', { protocols: ['msrp', 'sip'] }],
])('is let in with %s', async (_what, given: Attempt) => {
  const client = await attempt({ ...given, ...(given.origin === 'own' ? { origin: `http://${host}` } : {}) })
  expect(client).toBeInstanceOf(WebSocket)
  expect((client as WebSocket).protocol).toBe('sip')
  const answer = new Promise(resolve => (client as WebSocket).once('message', data => resolve(String(data))))
  ;(client as WebSocket).send('hello')
  expect(await answer).toBe('heard hello')
})

it.each([
  ['a page of an unknown origin', { origin: 'https://evil.example' }, 403],
  ['a page without an origin that can be read', { origin: 'null' }, 403],
  ['no subprotocol', { protocols: [] }, 400],
  ['another subprotocol', { protocols: ['msrp'] }, 400],
] as const)('refuses %s', async (_what, given, status) => {
  expect(await attempt({ ...given, protocols: [...('protocols' in given ? given.protocols : ['sip'])] })).toBe(status)
  expect(harness.engine.asked).toEqual([])
})

it('refuses everybody while SIP is not there', async () => {
  await harness.engine.stop()
  expect(await attempt({})).toBe(503)
})

it('knows who is there, also behind a proxy on this machine', async () => {
  await attempt({})
  await attempt({ headers: { 'x-forwarded-for': '198.51.100.1, 203.0.113.9', 'x-forwarded-proto': 'https' } })
  await attempt({ headers: { 'x-forwarded-for': 'nonsense' } })
  const peers = harness.engine.asked.flatMap(([what, peer]) => (what === 'acceptSipSocket' ? [peer] : []))
  expect(peers).toMatchObject([
    {
      remote: { host: '127.0.0.1' },
      local: { host: '127.0.0.1' },
      secure: false,
      stream: { on: expect.any(Function) },
    },
    { remote: { host: '203.0.113.9' }, secure: true },
    { remote: { host: '127.0.0.1' }, secure: false },
  ])
})

it('closes a socket whose frame is beyond 64 kB', async () => {
  const client = (await attempt({})) as WebSocket
  const closed = new Promise(resolve => client.once('close', resolve))
  client.send('x'.repeat(65_537))
  expect(await closed).toBe(1009)
})

it('leaves Socket.IO and other paths alone', async () => {
  const polling = await fetch(`http://${host}/socket.io/?EIO=4&transport=polling`)
  expect(polling.status).toBe(200)
  await expect(attempt({ path: '/other' })).rejects.toThrow()
})
