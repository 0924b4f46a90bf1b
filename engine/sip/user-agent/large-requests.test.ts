/** Requests above the MTU (RFC 3261 §18.1.1): by TCP where there is TCP, by UDP where there is none. */
import { expect, it } from 'vitest'
import { createRequest, type SipMessage, type SipResponse, serialize } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'
import { createStage, peerHost, present, type Stage } from '../testing/stage.ts'
import { bytes, responseText } from '../testing/wire.ts'
import { createCancel } from './cancel.ts'

const large = `v=0\r\n${'a=x:0123456789\r\n'.repeat(80)}`

function send(stage: Stage, uri: string, body: string, method = 'INVITE') {
  const { userAgent } = stage
  const seen: string[] = []
  const request = createRequest(method, uri)
  request.headers
    .append('max-forwards', '70')
    .append('from', '<sip:a@b>;tag=1')
    .append('to', `<${uri}>`)
    .append('call-id', userAgent.newBranch())
    .append('cseq', `1 ${method}`)
  request.body = body
  const flow = present(userAgent.flowTo(uri), 'flow')
  userAgent.request(request, flow, {
    onResponse: ({ status }: SipResponse) => seen.push(String(status)),
    onTimeout: () => seen.push('timeout'),
    onTransportError: () => seen.push('transport error'),
  })
  stage.clock.advance(0)
  return { request, flow, seen }
}

/** The peer's TCP side. */
async function listen(stage: Stage, host = peerHost) {
  const heard: SipMessage[] = []
  const state = { connections: 0, answer: (_text: string) => {}, hangUp: () => {} }
  await stage.network.host(host).listenStream({ host, port: 5060 }, connection => {
    state.connections++
    state.answer = text => {
      connection.write(text)
      stage.clock.advance(0)
    }
    state.hangUp = () => {
      connection.destroy()
      stage.clock.advance(0)
    }
    connection.attach({
      onData(data) {
        const result = parseMessage(data)
        if (result.ok) heard.push(result.message)
      },
      onClose: () => {},
    })
  })
  return { heard, state }
}

const uri = `sip:x@${peerHost}:5060`

it('go by TCP, over one connection, with a Via that says so; small ones stay', async () => {
  const stage = await createStage()
  const tcp = await listen(stage)
  const { seen, request } = send(stage, uri, large)
  send(stage, uri, large)
  send(stage, uri, 'small')
  expect(tcp.state.connections).toBe(1)
  expect(tcp.heard.map(({ headers }) => headers.via?.transport)).toEqual(['TCP', 'TCP'])
  expect(stage.peer.requests('INVITE').map(({ headers }) => headers.via?.transport)).toEqual(['UDP'])
  tcp.state.answer(responseText(request, 200))
  expect(seen).toEqual(['200'])
  // A reliable transport repeats nothing.
  stage.clock.advance(5_000)
  expect(tcp.heard).toHaveLength(2)
})

it('no datagram is above 1,300 bytes, and nothing far below goes by TCP', async () => {
  const stage = await createStage()
  const tcp = await listen(stage)
  for (let length = 700; length < 1_200; length += 7) send(stage, uri, 'x'.repeat(length), 'MESSAGE')
  const sizes = (messages: readonly SipMessage[]) => messages.map(message => bytes(serialize(message)).length)
  expect(Math.max(...sizes(stage.peer.requests('MESSAGE')))).toBeLessThanOrEqual(1_300)
  expect(Math.min(...sizes(tcp.heard))).toBeGreaterThan(1_100)
})

it('fall back to UDP when TCP is refused, as the same transaction, and are not tried there again soon', async () => {
  const stage = await createStage()
  const { seen, request } = send(stage, uri, large)
  const [first] = stage.peer.requests('INVITE')
  expect(present(first).headers.via).toMatchObject({ transport: 'UDP', branch: request.headers.via?.branch })
  stage.clock.advance(500)
  expect(stage.peer.requests('INVITE')).toHaveLength(2)
  stage.peer.respond(present(first), 200)
  expect(seen).toEqual(['200'])

  const tcp = await listen(stage)
  send(stage, uri, large)
  expect(tcp.heard).toEqual([])
  stage.clock.advance(600_000)
  send(stage, uri, large)
  expect(tcp.heard).toHaveLength(1)
})

it('fall back within a second when nobody answers the connection', async () => {
  const stage = await createStage()
  stage.network.partition(peerHost)
  send(stage, uri, large)
  stage.clock.advance(900)
  expect(stage.peer.requests('INVITE')).toEqual([])
  stage.network.heal(peerHost)
  stage.clock.advance(101)
  expect(stage.peer.requests('INVITE').length).toBeGreaterThan(0)
})

it('fail once when UDP fails as well', async () => {
  const stage = await createStage()
  const { seen } = send(stage, 'sip:x@10.0.0.77:5060', large)
  stage.clock.advance(40_000)
  expect(seen).toEqual(['timeout'])
})

it('do not fall back when the peer has answered', async () => {
  const stage = await createStage()
  const tcp = await listen(stage)
  const { request, seen, flow } = send(stage, uri, large)
  tcp.state.answer(responseText(request, 180))
  tcp.state.hangUp()
  // Once more over TCP.
  expect([seen, tcp.state.connections]).toEqual([['180'], 2])
  tcp.state.hangUp()
  expect(seen).toEqual(['180', 'transport error'])
  expect(flow.transport).toBe('UDP')
  expect(stage.peer.requests('INVITE')).toEqual([])
})

it('a CANCEL goes to where its INVITE went', async () => {
  const stage = await createStage()
  const tcp = await listen(stage)
  const { request, flow } = send(stage, uri, large)
  tcp.state.answer(responseText(request, 180))
  stage.userAgent.cancel(createCancel(request, null), flow, {
    onResponse: () => {},
    onTimeout: () => {},
    onTransportError: () => {},
  })
  stage.clock.advance(0)
  expect(tcp.heard.at(-1)).toMatchObject({ method: 'CANCEL' })
  expect(tcp.heard.at(-1)?.headers.get('via')).toBe(request.headers.get('via'))
})

it('to a peer behind NAT stay on its flow', async () => {
  const stage = await createStage()
  const tcp = await listen(stage)
  const { userAgent } = stage
  const request = createRequest('INVITE', 'sip:x@192.168.7.7:5060')
  request.headers
    .append('call-id', 'c')
    .append('cseq', '1 INVITE')
    .append('from', '<sip:a@b>')
    .append('to', '<sip:a@b>')
  request.body = large
  const ignore = { onResponse: () => {}, onTimeout: () => {}, onTransportError: () => {} }
  userAgent.request(request, present(userAgent.flowTo(uri)), ignore)
  stage.clock.advance(0)
  expect([tcp.heard.length, stage.peer.heard.length + stage.unreadable.length]).toEqual([0, 1])
})
