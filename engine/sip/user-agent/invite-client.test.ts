/** The calling side over the virtual network: CANCEL in all its races, forks, the ACK to every 2xx. */
import { describe, expect, it } from 'vitest'
import { createStage, ownHost, type Peer, peerHost } from '../testing/stage.ts'
import { answerSdp, offerSdp, type ResponseText } from '../testing/wire.ts'
import { InviteClient } from './invite-client.ts'
import type { DialogEnd, InviteDialog } from './invite-dialog.ts'

async function setUp(options: { seed?: number } = {}) {
  const stage = await createStage(options)
  const events: string[] = []
  const dialogs: InviteDialog[] = []
  const ends: DialogEnd[] = []
  const call = (flow = stage.flowToPeer()) => {
    const client = new InviteClient(
      stage.userAgent,
      {
        uri: 'sip:agent@10.0.0.2',
        from: '"Customer" <sip:c@10.0.0.1>',
        to: '<sip:agent@10.0.0.2>',
        callId: 'call-9',
        flow,
        pinned: false,
        headers: [['x-call', '1']],
        maxForwards: 69,
        sdp: offerSdp,
      },
      {
        onProgress: ({ status }) => events.push(String(status)),
        onAccepted: dialog => {
          events.push('accepted')
          dialogs.push(dialog)
        },
        onFailed: (status, response) => events.push(`failed ${status}${response === null ? ' unheard' : ''}`),
        dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: end => ends.push(end) },
      },
    )
    stage.clock.advance(0)
    return client
  }
  const answer = (status: number, options: ResponseText = {}) =>
    stage.peer.respond(stage.peer.last('INVITE'), status, {
      toTag: 'agent',
      headers: ['Contact: <sip:agent@10.0.0.2>'],
      ...(status >= 200 && status < 300 ? { body: answerSdp } : {}),
      ...options,
    })
  const over = () => {
    stage.clock.advance(120_000)
    return { ...stage.userAgent.load, pending: stage.clock.pending }
  }
  const settle = <T>(value: T): T => {
    stage.clock.advance(0)
    return value
  }
  return { ...stage, call, answer, over, settle, events, dialogs, ends }
}

const nothingLeft = { dialogs: 0, transactions: 0, pending: 0 }
const methods = (peer: Peer) =>
  peer.heard.flatMap(({ message }) => (message.kind === 'request' ? [message.method] : []))

describe('an INVITE', () => {
  it('has what it must have', async () => {
    const { peer, call } = await setUp()
    call()
    const { uri, headers } = peer.last('INVITE')
    expect(uri).toBe('sip:agent@10.0.0.2')
    expect(headers.via).toMatchObject({ transport: 'UDP', host: ownHost, port: 5060 })
    expect(headers.via?.branch).toMatch(/^z9hG4bK./)
    expect(headers.via?.params.has('rport')).toBe(true)
    expect(headers.integer('max-forwards')).toBe(69)
    expect(headers.fromTag).not.toBe('')
    expect(headers.toTag).toBe('')
    expect(headers.contact?.uriText).toBe('sip:10.0.0.1:5060')
    expect(headers.list('allow')).toContain('BYE')
    expect(headers.get('x-call')).toBe('1')
    expect(headers.get('content-type')).toBe('application/sdp')
  })

  it('is answered: progress, the 200, the ACK', async () => {
    const { peer, call, answer, events, over, dialogs, settle } = await setUp()
    call()
    answer(100)
    answer(180)
    answer(183)
    answer(200)
    expect(events).toEqual(['180', '183', 'accepted'])
    const [ack] = peer.requests('ACK')
    expect(ack?.uri).toBe('sip:agent@10.0.0.2')
    expect(ack?.headers.cseq).toEqual({ number: 1, method: 'ACK' })
    expect(ack?.headers.via?.branch).not.toBe(peer.last('INVITE').headers.via?.branch)
    settle(dialogs[0]?.bye())
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })

  it.each([302, 401, 404, 408, 486, 500, 503, 603])('%d: failed, ACKed and gone', async status => {
    const { peer, call, answer, events, over } = await setUp()
    call()
    answer(status)
    answer(status)
    expect(events).toEqual([`failed ${status}`])
    expect(peer.requests('ACK')).toHaveLength(2)
    expect(over()).toEqual(nothingLeft)
  })

  it('that nobody hears fails after 32 s, unheard', async () => {
    const { clock, call, events, over } = await setUp()
    call()
    clock.advance(31_999)
    expect(events).toEqual([])
    expect(over()).toEqual(nothingLeft)
    expect(events).toEqual(['failed 408 unheard'])
  })

  it('over a connection that can not be made fails at once, unheard', async () => {
    const { userAgent, call, events, over, settle } = await setUp()
    call(userAgent.flowTo('sip:10.0.0.99;transport=tcp') ?? undefined)
    settle(null)
    expect(events).toEqual(['failed 503 unheard'])
    expect(over()).toEqual(nothingLeft)
  })
})

describe('the ACK to a 2xx', () => {
  it('is sent again for every copy, the same each time', async () => {
    const { peer, call, answer, events } = await setUp()
    call()
    for (let i = 0; i < 3; i++) answer(200)
    const acks = peer.requests('ACK')
    expect(acks).toHaveLength(3)
    expect(new Set(acks.map(({ headers }) => headers.via?.branch)).size).toBe(1)
    expect(events).toEqual(['accepted'])
  })

  it('goes where the Contact says, its copies, too', async () => {
    const stage = await setUp()
    const device = await stage.addPeer({ host: '10.0.0.3', port: 5070 })
    stage.call()
    for (let i = 0; i < 2; i++) stage.answer(200, { headers: ['Contact: <sip:agent@10.0.0.3:5070>'] })
    expect([device.requests('ACK').length, stage.peer.requests('ACK').length]).toEqual([2, 0])
  })

  it('follows the route set', async () => {
    const { peer, call, answer } = await setUp()
    call()
    answer(200, { headers: ['Contact: <sip:agent@10.0.0.3>', `Record-Route: <sip:two;lr>, <sip:${peerHost};lr>`] })
    const { uri, headers } = peer.last('ACK')
    expect(uri).toBe('sip:agent@10.0.0.3')
    expect(headers.fields('route')).toEqual([`<sip:${peerHost};lr>`, '<sip:two;lr>'])
  })
})

describe('CANCEL (§9.1)', () => {
  it('waits for a provisional response; the 487 ends it', async () => {
    const { peer, clock, call, answer, events, over } = await setUp()
    const client = call()
    client.cancel('SIP;cause=200;text="Call completed elsewhere"')
    clock.advance(400)
    expect(methods(peer)).toEqual(['INVITE'])
    answer(100)
    const invite = peer.last('INVITE')
    const { uri, headers } = peer.last('CANCEL')
    expect(uri).toBe(invite.uri)
    expect(headers.fields('via')).toEqual(invite.headers.fields('via'))
    expect(headers.cseq).toEqual({ number: 1, method: 'CANCEL' })
    expect([headers.get('from'), headers.get('to')]).toEqual([invite.headers.get('from'), invite.headers.get('to')])
    expect(headers.get('reason')).toBe('SIP;cause=200;text="Call completed elsewhere"')
    peer.respond(peer.last('CANCEL'), 200)
    answer(487)
    expect(methods(peer)).toEqual(['INVITE', 'CANCEL', 'ACK'])
    expect(events).toEqual([])
    expect(over()).toEqual(nothingLeft)
  })

  it('goes out at once after one, and once', async () => {
    const { peer, call, answer, events, settle } = await setUp()
    const client = call()
    answer(180)
    client.cancel()
    settle(client.cancel())
    answer(183)
    peer.respond(peer.last('CANCEL'), 200)
    expect(methods(peer)).toEqual(['INVITE', 'CANCEL'])
    expect(events).toEqual(['180'])
  })

  it('never goes out when nobody hears; 64·T1 ends it', async () => {
    const { peer, call, events, over } = await setUp()
    call().cancel()
    expect(over()).toEqual(nothingLeft)
    expect(new Set(methods(peer))).toEqual(new Set(['INVITE']))
    expect(events).toEqual([])
  })

  it('that crosses a 200: ACK, then BYE with the reason, and nothing is told', async () => {
    const { peer, call, answer, events, ends, over, settle } = await setUp()
    const client = call()
    answer(180)
    settle(client.cancel('SIP;cause=200'))
    answer(200)
    peer.respond(peer.last('CANCEL'), 200)
    expect(methods(peer)).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE'])
    expect(peer.last('BYE').headers.get('reason')).toBe('SIP;cause=200')
    expect(peer.last('BYE').headers.toTag).toBe('agent')
    peer.respond(peer.last('BYE'), 200)
    expect([events, ends]).toEqual([['180'], []])
    expect(over()).toEqual(nothingLeft)
  })

  it('before any response, and then the 200 comes at once: ACK, then BYE', async () => {
    const { peer, call, answer, events, over } = await setUp()
    call().cancel()
    answer(200)
    expect(methods(peer)).toEqual(['INVITE', 'ACK', 'BYE'])
    answer(200)
    expect(methods(peer)).toEqual(['INVITE', 'ACK', 'BYE', 'ACK'])
    peer.respond(peer.last('BYE'), 481)
    expect(events).toEqual([])
    expect(over()).toEqual(nothingLeft)
  })

  it('then a 200 that is late by seconds: ACK, then BYE', async () => {
    const { peer, clock, call, answer, over, settle } = await setUp()
    const client = call()
    answer(180)
    settle(client.cancel())
    peer.respond(peer.last('CANCEL'), 200)
    clock.advance(20_000)
    answer(200)
    expect(methods(peer).slice(-2)).toEqual(['ACK', 'BYE'])
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })

  it('that is never followed by a final response is over after 64·T1', async () => {
    const { peer, call, answer, over, settle } = await setUp()
    const client = call()
    answer(180)
    settle(client.cancel())
    peer.respond(peer.last('CANCEL'), 200)
    expect(over()).toEqual(nothingLeft)
  })

  it('that is refused changes nothing', async () => {
    const { peer, call, answer, over, settle } = await setUp()
    const client = call()
    answer(180)
    settle(client.cancel())
    peer.respond(peer.last('CANCEL'), 481)
    answer(486)
    expect(over()).toEqual(nothingLeft)
  })

  it('after the answer does nothing: that is a BYE’s business', async () => {
    const { peer, call, answer, events, settle } = await setUp()
    const client = call()
    answer(200)
    settle(client.cancel())
    expect(methods(peer)).toEqual(['INVITE', 'ACK'])
    expect(events).toEqual(['accepted'])
  })

  it('within ±60 ms of the 200, a thousand times: one outcome each and nothing left', async () => {
    for (let run = 0; run < 1_000; run++) {
      const { peer, clock, call, answer, events, over } = await setUp({ seed: run })
      const client = call()
      answer(180)
      const cancelAtMs = run % 121
      clock.setTimeout(() => client.cancel(), cancelAtMs)
      clock.setTimeout(() => answer(200), 60)
      clock.advance(121)
      const crossed = cancelAtMs < 60
      if (peer.requests('CANCEL').length > 0) peer.respond(peer.last('CANCEL'), 200)
      expect(peer.requests('ACK').length).toBeGreaterThan(0)
      expect(events).toEqual(crossed || !events.includes('accepted') ? ['180'] : ['180', 'accepted'])
      expect(peer.requests('BYE')).toHaveLength(events.includes('accepted') ? 0 : 1)
      for (const bye of peer.requests('BYE')) peer.respond(bye, 200)
      if (!events.includes('accepted')) expect(over()).toEqual(nothingLeft)
    }
  })
})

describe('a fork', () => {
  it('keeps the first 2xx; every other To tag gets ACK and BYE', async () => {
    const { peer, call, answer, events, dialogs, ends, over, settle } = await setUp()
    call()
    answer(180, { toTag: 'one' })
    answer(180, { toTag: 'two' })
    answer(200, { toTag: 'two' })
    answer(200, { toTag: 'one' })
    answer(200, { toTag: 'three' })
    const tagsOf = (method: string) => peer.requests(method).map(({ headers }) => headers.toTag)
    expect(tagsOf('ACK')).toEqual(['two', 'one', 'three'])
    expect(tagsOf('BYE')).toEqual(['one', 'three'])
    for (const bye of peer.requests('BYE')) peer.respond(bye, 200)
    answer(200, { toTag: 'one' })
    expect(tagsOf('ACK')).toEqual(['two', 'one', 'three', 'one'])
    expect(events).toEqual(['180', '180', 'accepted'])
    expect([dialogs[0]?.state.remoteTag, ends]).toEqual(['two', []])
    settle(dialogs[0]?.bye())
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })
})
