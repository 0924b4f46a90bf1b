/** The transaction layer on the test clock: retransmissions to the millisecond, matching, and nothing left behind. */
import { describe, expect, it } from 'vitest'
import { createTestClock } from '../../simulation/test-clock.ts'
import { createResponse, type SipRequest, type SipResponse, serialize } from '../message/message.ts'
import { message, type RequestText, request, responseText } from '../testing/wire.ts'
import type { ClientTransactionUser } from './client-transaction.ts'
import type { ServerTransaction } from './server-transaction.ts'
import { type Channel, TransactionLayer } from './transaction-layer.ts'

function setUp(options: { reliable?: boolean } = {}) {
  const clock = createTestClock(0)
  const sent: Array<{ atMs: number; text: string }> = []
  const channel: Channel = {
    reliable: options.reliable ?? false,
    send: text => sent.push({ atMs: clock.now(), text }),
  }
  const requests: Array<{ request: SipRequest; transaction: ServerTransaction }> = []
  const acks: SipRequest[] = []
  const strays: SipResponse[] = []
  const faults: unknown[] = []
  const layer = new TransactionLayer<Channel>(clock, {
    onRequest: (received, transaction) => requests.push({ request: received, transaction }),
    onAck: ack => acks.push(ack),
    onStrayResponse: response => strays.push(response),
    onFault: error => faults.push(error),
  })
  const user = () => {
    const told: (number | string)[] = []
    const it: ClientTransactionUser = {
      onResponse: ({ status }) => told.push(status),
      onTimeout: () => told.push('timeout'),
      onTransportError: () => told.push('transport error'),
    }
    return Object.assign(it, { told })
  }
  const receive = (options: RequestText) => layer.receiveRequest(request(options), channel, channel)
  const answer = (to: SipRequest, status: number, toTag = 'peer') => {
    const response = message(responseText(to, status, { toTag }))
    if (response.kind === 'response') layer.receiveResponse(response)
  }
  const last = () => {
    const transaction = requests.at(-1)
    if (transaction === undefined) throw new Error('no request')
    return transaction
  }
  const reply = (status: number) => last().transaction.respond(createResponse(last().request, status, 'own'))
  return {
    clock,
    layer,
    channel,
    sent,
    times: () => sent.map(({ atMs }) => atMs),
    requests,
    acks,
    strays,
    faults,
    user,
    receive,
    answer,
    reply,
    last,
  }
}

describe('client', () => {
  it('sends an INVITE again at 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s and gives up at 32 s', () => {
    const { clock, layer, channel, times, user } = setUp()
    const told = user()
    layer.request(request({ method: 'INVITE' }), channel, told)
    clock.advance(31_999)
    expect(told.told).toEqual([])
    clock.advance(1)
    expect(times()).toEqual([0, 500, 1_500, 3_500, 7_500, 15_500, 31_500])
    expect(told.told).toEqual(['timeout'])
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('sends another request again after 0.5, 1, 2 s, then every 4 s, until 32 s', () => {
    const { clock, layer, channel, times, user } = setUp()
    const told = user()
    layer.request(request({ method: 'OPTIONS' }), channel, told)
    clock.advance(60_000)
    expect(times()).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect(told.told).toEqual(['timeout'])
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it.each(['INVITE', 'OPTIONS'])('sends %s once over a reliable transport', method => {
    const { clock, layer, channel, times, user } = setUp({ reliable: true })
    layer.request(request({ method }), channel, user())
    clock.advance(60_000)
    expect(times()).toEqual([0])
    expect(clock.pending).toBe(0)
  })

  it('stops sending at a provisional response to an INVITE and waits for ever', () => {
    const { clock, layer, channel, times, user, answer } = setUp()
    const told = user()
    const invite = request({ method: 'INVITE' })
    layer.request(invite, channel, told)
    clock.advance(600)
    answer(invite, 100)
    clock.advance(300_000)
    expect(times()).toEqual([0, 500])
    expect(told.told).toEqual([100])
    expect([layer.size, clock.pending]).toEqual([1, 0])
  })

  it('but not after a CANCEL: then it is over 64·T1 later (§9.1)', () => {
    const { clock, layer, channel, user, answer } = setUp()
    const told = user()
    const invite = request({ method: 'INVITE' })
    const transaction = layer.request(invite, channel, told)
    answer(invite, 180)
    transaction.canceled()
    clock.advance(31_999)
    expect(layer.size).toBe(1)
    clock.advance(1)
    expect(told.told).toEqual([180, 'timeout'])
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('ACKs every copy of a failure for 32 s, with the branch and the Route of the INVITE', () => {
    const { clock, layer, channel, sent, user, answer } = setUp()
    const told = user()
    const invite = request({
      method: 'INVITE',
      branch: 'z9hG4bKabc',
      headers: ['Route: <sip:p;lr>', 'Route: <sip:q;lr>'],
    })
    layer.request(invite, channel, told)
    answer(invite, 486)
    answer(invite, 486)
    clock.advance(31_000)
    answer(invite, 486)
    expect(told.told).toEqual([486])
    const acks = sent.slice(1).map(({ text }) => message(text))
    expect(acks).toHaveLength(3)
    for (const ack of acks) {
      expect(ack).toMatchObject({ method: 'ACK', uri: invite.uri })
      expect(ack.headers.fields('via')).toEqual(invite.headers.fields('via'))
      expect(ack.headers.fields('route')).toEqual(['<sip:p;lr>', '<sip:q;lr>'])
      expect(ack.headers.cseq).toEqual({ number: 1, method: 'ACK' })
      expect(ack.headers.toTag).toBe('peer')
    }
    clock.advance(1_000)
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('hands up every 2xx for 32 s and ACKs none', () => {
    const { clock, layer, channel, sent, user, answer, strays } = setUp()
    const told = user()
    const invite = request({ method: 'INVITE' })
    layer.request(invite, channel, told)
    answer(invite, 200, 'one')
    answer(invite, 200, 'two')
    clock.advance(31_999)
    answer(invite, 200, 'one')
    expect(told.told).toEqual([200, 200, 200])
    clock.advance(1)
    answer(invite, 200, 'one')
    expect(told.told).toHaveLength(3)
    expect(strays).toHaveLength(1)
    expect(sent).toHaveLength(1)
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('absorbs repeated answers to another request for 5 s', () => {
    const { clock, layer, channel, user, answer } = setUp()
    const told = user()
    const bye = request({ method: 'BYE' })
    layer.request(bye, channel, told)
    answer(bye, 200)
    answer(bye, 200)
    expect(told.told).toEqual([200])
    clock.advance(5_000)
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('tells branches and methods apart', () => {
    const { layer, channel, user, answer, strays } = setUp()
    const [a, b] = [user(), user()]
    const invite = request({ method: 'INVITE', branch: 'z9hG4bKa' })
    const cancel = request({ method: 'CANCEL', branch: 'z9hG4bKa' })
    layer.request(invite, channel, a)
    layer.request(cancel, channel, b)
    answer(cancel, 200)
    answer(invite, 487)
    answer(request({ method: 'INVITE', branch: 'z9hG4bKother' }), 200)
    expect([a.told, b.told, strays.length]).toEqual([[487], [200], 1])
  })

  it('tells of a lost connection, to each, even if one throws', () => {
    const { clock, layer, channel, user, faults } = setUp({ reliable: true })
    const other: Channel = { reliable: true, send: () => {} }
    const [a, b, c] = [user(), user(), user()]
    const bad = { ...a, onTransportError: () => fault() }
    layer.request(request({ method: 'OPTIONS', branch: 'z9hG4bK1' }), channel, bad)
    layer.request(request({ method: 'INVITE', branch: 'z9hG4bK2' }), channel, b)
    layer.request(request({ method: 'OPTIONS', branch: 'z9hG4bK3' }), other, c)
    layer.channelFailed(channel)
    expect([b.told, c.told, faults.length]).toEqual([['transport error'], [], 1])
    expect(layer.size).toBe(1)
    layer.stop()
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it.each(['INVITE', 'OPTIONS'])('%s is gone even if its user throws', method => {
    const { clock, layer, channel, user, answer, faults } = setUp({ reliable: true })
    const bad = {
      ...user(),
      onResponse: () => fault(),
      onTimeout: () => fault(),
    }
    const made = request({ method })
    layer.request(made, channel, bad)
    expect(() => answer(made, 486)).toThrow('a fault')
    expect([layer.size, clock.pending]).toEqual([0, 0])
    layer.request(made, channel, bad)
    clock.advance(32_000)
    expect(faults.map(String)).toEqual(['Error: a fault'])
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })
})

describe('server', () => {
  it('answers a retransmitted INVITE with the last response, and hands it up once', () => {
    const { receive, reply, requests, sent } = setUp()
    receive({ method: 'INVITE' })
    receive({ method: 'INVITE' })
    expect(sent).toEqual([])
    reply(100)
    reply(180)
    receive({ method: 'INVITE' })
    expect(requests).toHaveLength(1)
    expect(sent.map(({ text }) => text.slice(8, 11))).toEqual(['100', '180', '180'])
  })

  it('repeats a failure at 0.5, 1.5, 3.5 s, then every 4 s until its ACK', () => {
    const { clock, receive, reply, times, layer, acks } = setUp()
    receive({ method: 'INVITE' })
    reply(486)
    clock.advance(8_000)
    receive({ method: 'ACK', branch: 'z9hG4bK-INVITE', toTag: 'own' })
    clock.advance(4_999)
    expect(times()).toEqual([0, 500, 1_500, 3_500, 7_500])
    expect([acks.length, layer.size]).toEqual([0, 1])
    clock.advance(1)
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('gives up on the ACK after 32 s', () => {
    const { clock, receive, reply, times, layer } = setUp()
    receive({ method: 'INVITE' })
    reply(486)
    clock.advance(32_000)
    expect(times()).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500])
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('leaves the repetition of a 2xx to its user and the ACK to the dialog', () => {
    const { clock, receive, reply, times, acks, layer } = setUp()
    receive({ method: 'INVITE' })
    reply(200)
    receive({ method: 'INVITE' })
    clock.advance(10_000)
    expect(times()).toEqual([0])
    reply(200)
    expect(times()).toEqual([0, 10_000])
    receive({ method: 'ACK', branch: 'z9hG4bKnew', toTag: 'own' })
    receive({ method: 'ACK', branch: 'z9hG4bK-INVITE', toTag: 'own' })
    expect(acks).toHaveLength(2)
    clock.advance(22_000)
    expect([layer.size, clock.pending]).toEqual([0, 0])
  })

  it('takes no second final response', () => {
    const { receive, reply, sent } = setUp()
    receive({ method: 'INVITE' })
    reply(200)
    reply(486)
    reply(180)
    receive({ method: 'OPTIONS', callId: 'other' })
    reply(404)
    reply(200)
    expect(sent.map(({ text }) => text.slice(8, 11))).toEqual(['200', '404'])
  })

  it('answers a retransmitted request for 32 s, then forgets it', () => {
    const { clock, receive, reply, requests, sent, layer } = setUp()
    receive({ method: 'OPTIONS' })
    reply(200)
    clock.advance(31_999)
    receive({ method: 'OPTIONS' })
    expect([requests.length, sent.length]).toEqual([1, 2])
    clock.advance(1)
    expect([layer.size, clock.pending]).toEqual([0, 0])
    receive({ method: 'OPTIONS' })
    expect(requests).toHaveLength(2)
  })

  it('keeps nothing of an answer without state', () => {
    const { clock, layer, receive, last, sent } = setUp()
    receive({ method: 'INVITE' })
    last().transaction.endStateless(serialize(createResponse(last().request, 401, 'own')))
    expect([sent.length, layer.size, clock.pending]).toEqual([1, 0, 0])
  })

  it('keeps the response of an answered INVITE, and neither it nor what would be cancelled', () => {
    const { receive, reply, last } = setUp()
    receive({ method: 'INVITE' })
    const { transaction } = last()
    let canceled = 0
    transaction.whenCanceled('own', { onCancel: () => canceled++ })
    transaction.cancel(last().request)
    reply(486)
    transaction.cancel(last().request)
    expect(canceled).toBe(1)
    expect(transaction.finalStatus).toBe(486)
  })

  it.each([
    ['branch', { branch: 'z9hG4bKother', sequence: 2 }],
    ['sent-by host', { via: 'SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bK-INVITE', sequence: 2 }],
    ['sent-by port', { via: 'SIP/2.0/UDP 10.0.0.2:5062;branch=z9hG4bK-INVITE', sequence: 2 }],
    ['method', { method: 'OPTIONS', branch: 'z9hG4bK-INVITE' }],
  ])('tells requests apart by %s', (_what, change) => {
    const { receive, requests } = setUp()
    receive({ method: 'INVITE' })
    receive({ method: 'INVITE', ...change })
    expect(requests).toHaveLength(2)
  })

  it('takes a request that differs in all but branch, sent-by and method for the same', () => {
    const { receive, requests } = setUp()
    receive({ method: 'INVITE' })
    receive({ method: 'INVITE', callId: 'other', fromTag: 'other', sequence: 9 })
    expect(requests).toHaveLength(1)
  })

  it('finds the INVITE of a CANCEL', () => {
    const { layer, receive, last } = setUp()
    receive({ method: 'INVITE' })
    const { transaction } = last()
    expect(layer.inviteFor(request({ method: 'CANCEL', branch: 'z9hG4bK-INVITE' }))).toBe(transaction)
    expect(layer.inviteFor(request({ method: 'CANCEL', branch: 'z9hG4bKother' }))).toBeUndefined()
    expect(
      layer.inviteFor(request({ method: 'CANCEL', via: 'SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK-INVITE' })),
    ).toBeUndefined()
  })
})

describe('merged requests (§8.2.2.2)', () => {
  it('get 482, and only the first is handed up', () => {
    const { receive, requests, sent } = setUp()
    receive({ method: 'INVITE', branch: 'z9hG4bKone' })
    receive({ method: 'INVITE', branch: 'z9hG4bKtwo' })
    expect(requests).toHaveLength(1)
    expect(sent.map(({ text }) => text.slice(8, 11))).toEqual(['482'])
  })

  it.each([
    ['another From tag', { fromTag: 'x' }],
    ['another Call-ID', { callId: 'x' }],
    ['another CSeq', { sequence: 2 }],
    ['a To tag', { toTag: 'x' }],
  ])('are none with %s', (_what, change) => {
    const { receive, requests, sent } = setUp()
    receive({ method: 'INVITE', branch: 'z9hG4bKone' })
    receive({ method: 'INVITE', branch: 'z9hG4bKtwo', ...change })
    expect([requests.length, sent.length]).toEqual([2, 0])
  })

  it('are none once the first is over, nor after an answer without state', () => {
    const { clock, receive, reply, requests, last } = setUp()
    receive({ method: 'OPTIONS', branch: 'z9hG4bKone' })
    reply(200)
    clock.advance(32_000)
    receive({ method: 'OPTIONS', branch: 'z9hG4bKtwo' })
    last().transaction.endStateless(serialize(createResponse(last().request, 401, 'own')))
    receive({ method: 'OPTIONS', branch: 'z9hG4bKthree' })
    expect(requests).toHaveLength(3)
  })
})

describe('RFC 2543 peers (§17.2.3)', () => {
  const via = 'SIP/2.0/UDP 10.0.0.2'

  it.each([
    ['no branch', via],
    ['another branch', `${via};branch=1`],
    ['a bare cookie', `${via};branch=z9hG4bK`],
  ])('%s: a copy is a copy, its ACK finds it, another call is another', (_what, top) => {
    const { clock, receive, reply, requests, layer, acks, sent } = setUp()
    receive({ method: 'INVITE', via: top })
    receive({ method: 'INVITE', via: top })
    expect(requests).toHaveLength(1)
    reply(486)
    receive({ method: 'INVITE', via: top, callId: 'other' })
    expect(requests).toHaveLength(2)
    reply(404)
    receive({ method: 'ACK', via: top, toTag: 'own' })
    receive({ method: 'ACK', via: top, toTag: 'own', callId: 'other' })
    clock.advance(5_000)
    expect([acks.length, layer.size, sent.length]).toEqual([0, 0, 2])
  })

  it('the Via below the top one does not count', () => {
    const { layer, receive, last } = setUp()
    receive({ method: 'INVITE', via: `${via}, SIP/2.0/UDP 10.0.0.7` })
    expect(layer.inviteFor(request({ method: 'CANCEL', via }))).toBe(last().transaction)
  })
})

it('what is sent again is what was sent', () => {
  const { clock, layer, channel, sent, user } = setUp()
  const options = request({ method: 'OPTIONS' })
  layer.request(options, channel, user())
  const text = serialize(options)
  clock.advance(4_000)
  expect(new Set(sent.map(it => it.text))).toEqual(new Set([text]))
})

function fault(): never {
  throw new Error('a fault')
}
