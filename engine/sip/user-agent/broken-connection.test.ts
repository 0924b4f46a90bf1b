/** A connection of ours that ends under a request: its peer was idle, or what stands between has forgotten it. */
import { expect, it } from 'vitest'
import { createRequest, type SipResponse } from '../message/message.ts'
import { nothingLeft } from '../testing/confirmed-call.ts'
import { type ConnectedPeer, createStage, present } from '../testing/stage.ts'
import type { Flow } from '../transport/flow.ts'

const at = { host: '10.0.0.9', port: 5060 }

async function setUp(options: Parameters<typeof createStage>[0] = {}) {
  const stage = await createStage(options)
  const { userAgent, clock } = stage
  const seen: string[] = []
  const ask = (method: string, flow: Flow = present(userAgent.flowTo('sip:x@10.0.0.9;transport=tcp'))) => {
    const request = createRequest(method, 'sip:x@10.0.0.9;transport=tcp')
    request.headers
      .append('max-forwards', '70')
      .append('from', '<sip:a@b>;tag=1')
      .append('to', '<sip:x@10.0.0.9>')
      .append('call-id', userAgent.newBranch())
      .append('cseq', `1 ${method}`)
      .append('contact', `${userAgent.contactOn(flow)};expires=60`)
    userAgent.request(request, flow, {
      onResponse: ({ status }: SipResponse) => seen.push(`${method} ${status}`),
      onTimeout: () => seen.push(`${method} timeout`),
      onTransportError: () => seen.push(`${method} transport error`),
    })
    clock.advance(0)
  }
  const breaks = (peer: ConnectedPeer | undefined) => {
    peer?.connection.destroy()
    clock.advance(0)
  }
  const over = () => {
    clock.advance(120_000)
    return { ...userAgent.load, pending: clock.pending }
  }
  return { ...stage, there: await stage.listenAt(at), seen, ask, breaks, over }
}

it.each(['INVITE', 'BYE'])('%s goes again over a new one, as the same, and is answered there', async method => {
  const { there, ask, breaks, seen, over } = await setUp()
  ask(method)
  breaks(there[0])
  expect(there).toHaveLength(2)
  const [first, second] = there.map(peer => peer.last(method))
  expect(second?.headers.via).toEqual(first?.headers.via)
  there[1]?.respond(present(second), 200, { toTag: 'x' })
  expect(seen).toEqual([`${method} 200`])
  expect(over()).toEqual(nothingLeft)
})

it('there it says that we are reached by that one, if we are by no other', async () => {
  for (const [listen, isKept] of [
    [['UDP'], false],
    [['UDP', 'TCP'], true],
  ] as const) {
    const { there, ask, breaks } = await setUp({ listen })
    ask('INVITE')
    breaks(there[0])
    const ports = there.map(({ connection }) => (isKept ? 5060 : connection.remote.port))
    expect(there.map(({ last }) => last('INVITE').headers.get('contact'))).toEqual(
      ports.map(port => `<sip:10.0.0.1:${port};transport=tcp>;expires=60`),
    )
    expect(new Set(there.map(({ last }) => last('INVITE').headers.get('via'))).size).toBe(1)
  }
})

it('so does an INVITE that rings: whoever is there still knows it', async () => {
  const { there, ask, breaks, seen, clock, over } = await setUp()
  ask('INVITE')
  there[0]?.respond(there[0].last('INVITE'), 180, { toTag: 'x' })
  clock.advance(60_000)
  breaks(there[0])
  there[1]?.respond(there[1].last('INVITE'), 180, { toTag: 'x' })
  clock.advance(60_000)
  there[1]?.respond(there[1].last('INVITE'), 200, { toTag: 'x' })
  expect(seen).toEqual(['INVITE 180', 'INVITE 180', 'INVITE 200'])
  expect(over()).toEqual(nothingLeft)
})

it('once: a peer that hangs up on the new one, too, is no way to go', async () => {
  const { there, ask, breaks, seen, over } = await setUp()
  ask('INVITE')
  breaks(there[0])
  breaks(there[1])
  expect([there.length, seen]).toEqual([2, ['INVITE transport error']])
  expect(over()).toEqual(nothingLeft)
})

it('not if there never was one, nor if the peer opened it: there is no way back to him', async () => {
  const { ask, breaks, seen, userAgent, clock, connect, incoming, over } = await setUp()
  ask('INVITE', present(userAgent.flowTo('sip:x@10.0.0.9:5099;transport=tcp')))
  expect(seen).toEqual(['INVITE transport error'])
  const phone = connect('10.0.0.9')
  phone.request({ method: 'OPTIONS' })
  ask('BYE', present(incoming[0]).flow)
  breaks(phone)
  clock.advance(0)
  expect(seen.slice(1)).toEqual(['BYE transport error'])
  incoming[0]?.transaction.reply(200)
  expect(over()).toEqual(nothingLeft)
})
