/** The called side over the virtual network: provisional responses, CANCEL, the 2xx until its ACK, the early dialog. */
import { describe, expect, it } from 'vitest'
import { createStage, present } from '../testing/stage.ts'
import { answerSdp, offerSdp, type RequestText } from '../testing/wire.ts'
import type { DialogEnd } from './invite-dialog.ts'
import { InviteServer } from './invite-server.ts'

async function setUp() {
  const stage = await createStage()
  const canceled: (string | null)[] = []
  const ends: DialogEnd[] = []
  const answers: (string | null)[] = []
  const invite = (change: Partial<RequestText> = {}) => {
    stage.peer.request({ method: 'INVITE', body: offerSdp, headers: ['Contact: <sip:caller@10.0.0.2>'], ...change })
    return new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), {
      onCanceled: reason => canceled.push(reason),
    })
  }
  const settle = <T>(value: T): T => {
    stage.clock.advance(0)
    return value
  }
  const accept = (server: InviteServer) =>
    settle(
      server.accept(answerSdp, false, {
        onOffer: () => {},
        onAnswer: sdp => answers.push(sdp),
        onEnded: end => ends.push(end),
      }),
    )
  const ack = (server: InviteServer, change: Partial<RequestText> = {}) =>
    stage.peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: server.localTag, ...change })
  const cancel = (...headers: string[]) => stage.peer.request({ method: 'CANCEL', branch: 'z9hG4bK-INVITE', headers })
  const over = () => {
    stage.clock.advance(120_000)
    return { ...stage.userAgent.load, pending: stage.clock.pending }
  }
  return { ...stage, invite, accept, ack, cancel, over, settle, canceled, ends, answers }
}

const nothingLeft = { dialogs: 0, transactions: 0, pending: 0 }

describe('provisional responses', () => {
  it('100 has no tag, the others have ours and our Contact', async () => {
    const { peer, invite, settle, clock } = await setUp()
    const server = invite()
    server.trying()
    clock.advance(149)
    expect(peer.statuses('INVITE')).toEqual([])
    clock.advance(50)
    expect(peer.statuses('INVITE')).toEqual([100])
    server.progress(180)
    settle(server.progress(183, answerSdp))
    const [trying, ringing, progress] = peer.responses('INVITE')
    expect(trying?.headers.toTag).toBe('')
    expect(ringing?.headers.toTag).toBe(server.localTag)
    expect(ringing?.headers.contact?.uriText).toBe('sip:10.0.0.1:5060')
    expect(progress?.headers.get('content-type')).toBe('application/sdp')
  })

  it('100 is not sent when something else was, before or soon after', async () => {
    for (const order of ['before', 'after'] as const) {
      const { peer, invite, clock } = await setUp()
      const server = invite()
      if (order === 'before') server.progress(180)
      server.trying()
      clock.advance(100)
      if (order === 'after') server.progress(180)
      clock.advance(100)
      expect(peer.statuses('INVITE')).toEqual([180])
    }
  })

  it('are repeated to a repeated INVITE, which is no second call', async () => {
    const { peer, incoming, invite, settle } = await setUp()
    const server = invite()
    settle(server.progress(180))
    peer.request({ method: 'INVITE' })
    expect([peer.statuses('INVITE'), incoming.length]).toEqual([[180, 180], 1])
  })
})

describe('a refusal', () => {
  it('is repeated until its ACK, then forgotten', async () => {
    const { peer, clock, invite, ack, over, settle } = await setUp()
    const server = invite()
    server.progress(180)
    settle(server.reject(486, response => response.headers.append('retry-after', '5')))
    expect(peer.lastResponse('INVITE').headers.get('retry-after')).toBe('5')
    clock.advance(1_500)
    ack(server, { branch: 'z9hG4bK-INVITE' })
    expect(peer.statuses('INVITE')).toEqual([180, 486, 486, 486])
    expect(over()).toEqual(nothingLeft)
    server.reject(500)
    server.progress(180)
    expect(peer.statuses('INVITE')).toHaveLength(4)
  })

  it('ends by itself without one', async () => {
    const { peer, invite, over } = await setUp()
    invite().reject(404)
    expect(over()).toEqual(nothingLeft)
    expect(peer.statuses('INVITE')).toHaveLength(11)
  })
})

describe('CANCEL (§9.2)', () => {
  it('gets 200, the INVITE 487, and the reason is told', async () => {
    const { peer, invite, cancel, canceled, ack, over } = await setUp()
    const server = invite()
    server.progress(180)
    cancel('Reason: SIP;cause=200')
    expect([peer.statuses('CANCEL'), peer.statuses('INVITE')]).toEqual([[200], [180, 487]])
    expect(canceled).toEqual(['SIP;cause=200'])
    expect(server.open).toBe(false)
    ack(server, { branch: 'z9hG4bK-INVITE' })
    expect(over()).toEqual(nothingLeft)
  })

  it('that comes twice is one', async () => {
    const { peer, invite, cancel, canceled } = await setUp()
    invite()
    cancel()
    cancel()
    expect([peer.statuses('CANCEL'), peer.statuses('INVITE'), canceled.length]).toEqual([[200, 200], [487], 1])
  })

  it('after the 200 gets 200 and changes nothing', async () => {
    const { peer, invite, accept, cancel, canceled, ends } = await setUp()
    const server = invite()
    const dialog = accept(server)
    cancel()
    expect([peer.statuses('CANCEL'), peer.statuses('INVITE')]).toEqual([[200], [200]])
    expect([canceled.length, ends.length, dialog.ended]).toEqual([0, 0, false])
  })

  it('after a refusal changes nothing either', async () => {
    const { peer, invite, cancel, canceled, settle } = await setUp()
    settle(invite().reject(486))
    cancel()
    expect([peer.statuses('CANCEL'), peer.statuses('INVITE'), canceled.length]).toEqual([[200], [486], 0])
  })

  it('for an INVITE that is long over gets 481', async () => {
    const { peer, invite, cancel, over, settle } = await setUp()
    settle(invite().reject(486))
    over()
    cancel()
    expect(peer.statuses('CANCEL')).toEqual([481])
  })

  it('from elsewhere with the same branch is another one', async () => {
    const stage = await setUp()
    stage.invite()
    const stranger = await stage.addPeer({ host: '10.0.0.9', port: 5060 })
    stranger.request({ method: 'CANCEL', via: 'SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK-INVITE;rport' })
    expect([stranger.statuses('CANCEL'), stage.canceled.length]).toEqual([[481], 0])
  })
})

describe('the 200', () => {
  it('is repeated at 0.5, 1.5, 3.5, then every 4 s until the ACK', async () => {
    const { peer, clock, invite, accept, ack } = await setUp()
    const server = invite()
    accept(server)
    clock.advance(12_000)
    ack(server)
    clock.advance(60_000)
    expect(peer.times(message => message.kind === 'response')).toEqual([0, 500, 1_500, 3_500, 7_500, 11_500])
    expect(peer.requests('BYE')).toEqual([])
  })

  it('is repeated over TCP, too', async () => {
    const stage = await setUp()
    const tcp = stage.connect('10.0.0.4')
    tcp.request({ method: 'INVITE', via: 'SIP/2.0/TCP 10.0.0.4;branch=z9hG4bKt', body: offerSdp })
    const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
    stage.accept(server)
    stage.clock.advance(1_500)
    expect(tcp.statuses('INVITE')).toEqual([200, 200, 200])
    expect(tcp.lastResponse('INVITE').headers.contact?.uri.params.get('transport')).toBe('tcp')
  })

  it('without an ACK for 64·T1 is followed by BYE', async () => {
    const { peer, clock, invite, accept, ends, over } = await setUp()
    accept(invite())
    clock.advance(31_999)
    expect(peer.requests('BYE')).toEqual([])
    clock.advance(1)
    expect(peer.requests('BYE')).toHaveLength(1)
    expect(ends).toEqual([{ by: 'local', cause: 'noAck', reason: null }])
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
    expect(ends).toHaveLength(1)
  })

  it('carries the route set back and makes the dialog', async () => {
    const { peer, invite, accept } = await setUp()
    const server = invite({ headers: ['Contact: <sip:caller@10.0.0.2>', 'Record-Route: <sip:10.0.0.2;lr>'] })
    const dialog = accept(server)
    const { headers } = peer.lastResponse('INVITE')
    expect(headers.fields('record-route')).toEqual(['<sip:10.0.0.2;lr>'])
    expect(dialog.state).toMatchObject({ localTag: server.localTag, remoteTag: 'caller', initiator: false })
  })

  it('with our offer: the ACK brings the answer, or none', async () => {
    for (const body of [answerSdp, '']) {
      const { invite, accept, ack, answers } = await setUp()
      const server = invite({ body: '' })
      expect(server.offer).toBeNull()
      accept(server)
      ack(server, { body })
      ack(server, { body })
      expect(answers).toEqual([body === '' ? null : body])
    }
  })

  it('takes no ACK of another sequence number', async () => {
    const { peer, clock, invite, accept, ack } = await setUp()
    const server = invite()
    accept(server)
    ack(server, { sequence: 2 })
    clock.advance(500)
    expect(peer.statuses('INVITE')).toEqual([200, 200])
  })
})

describe('hanging up around the ACK (§15)', () => {
  it('our BYE waits for it', async () => {
    const { peer, clock, invite, accept, ack, ends, over } = await setUp()
    const server = invite()
    const dialog = accept(server)
    dialog.bye({ reason: 'SIP;cause=200' })
    clock.advance(3_000)
    expect(peer.requests('BYE')).toEqual([])
    ack(server)
    expect(peer.requests('BYE').map(({ headers }) => headers.get('reason'))).toEqual(['SIP;cause=200'])
    peer.respond(peer.last('BYE'), 200)
    expect(ends).toEqual([{ by: 'local', cause: 'bye', reason: null }])
    expect(over()).toEqual(nothingLeft)
  })

  it('or for 64·T1, and the end is told once', async () => {
    const { peer, clock, invite, accept, ends, over } = await setUp()
    accept(invite()).bye()
    clock.advance(32_000)
    expect(peer.requests('BYE')).toHaveLength(1)
    expect(over()).toEqual(nothingLeft)
    expect(ends).toEqual([{ by: 'local', cause: 'bye', reason: null }])
  })

  it('the caller’s BYE does not', async () => {
    const { peer, clock, invite, accept, ends, over } = await setUp()
    const server = invite()
    accept(server)
    peer.request({ method: 'BYE', toTag: server.localTag, sequence: 2, headers: ['Reason: Q.850;cause=16'] })
    clock.advance(10_000)
    expect([peer.statuses('BYE'), peer.statuses('INVITE')]).toEqual([[200], [200]])
    expect(ends).toEqual([{ by: 'remote', cause: 'bye', reason: 'Q.850;cause=16' }])
    expect(over()).toEqual(nothingLeft)
  })

  it('the caller’s BYE while ours waits ends both', async () => {
    const { peer, invite, accept, ends, over } = await setUp()
    const server = invite()
    accept(server).bye()
    peer.request({ method: 'BYE', toTag: server.localTag, sequence: 2 })
    expect(peer.statuses('BYE')).toEqual([200])
    expect(over()).toEqual(nothingLeft)
    expect([peer.requests('BYE').length, ends.length]).toEqual([0, 1])
  })
})

describe('the early dialog', () => {
  const early = async () => {
    const stage = await setUp()
    const server = stage.invite()
    stage.settle(server.progress(180))
    const say = (method: string, change: Partial<RequestText> = {}) =>
      stage.peer.request({ method, toTag: server.localTag, sequence: 2, ...change })
    return { ...stage, server, say }
  }

  it('is ended by the caller’s BYE: 200, and 487 to the INVITE', async () => {
    const { peer, say, server, canceled, ack, over } = await early()
    say('BYE', { headers: ['Reason: SIP;cause=487'] })
    expect([peer.statuses('BYE'), peer.statuses('INVITE')]).toEqual([[200], [180, 487]])
    expect(canceled).toEqual(['SIP;cause=487'])
    ack(server, { branch: 'z9hG4bK-INVITE' })
    expect(over()).toEqual(nothingLeft)
  })

  it.each([
    ['OPTIONS', 200],
    ['INFO', 200],
    ['INVITE', 500],
    ['REFER', 403],
    ['SUBSCRIBE', 405],
    ['REGISTER', 405],
  ])('%s: %d', async (method, status) => {
    const { peer, say } = await early()
    say(method, { branch: 'z9hG4bKnext' })
    expect(peer.statuses(method).at(-1)).toBe(status)
    if (method === 'INVITE') expect(peer.lastResponse('INVITE').headers.integer('retry-after')).toBeLessThanOrEqual(10)
  })

  it('is not there before a tag of ours went out, nor after the refusal', async () => {
    const { peer, server, say, settle, over } = await early()
    settle(server.reject(486))
    say('BYE')
    expect(peer.statuses('BYE')).toEqual([481])
    expect(over()).toEqual(nothingLeft)
    const fresh = await setUp()
    fresh.peer.request({ method: 'BYE', toTag: fresh.invite().localTag, sequence: 2 })
    expect(fresh.peer.statuses('BYE')).toEqual([481])
  })

  it('becomes the dialog', async () => {
    const { peer, server, accept, ack, say, ends, userAgent } = await early()
    accept(server)
    ack(server)
    expect(userAgent.load.dialogs).toBe(1)
    say('BYE')
    expect([peer.statuses('BYE'), ends.length]).toEqual([[200], 1])
    expect(userAgent.load.dialogs).toBe(0)
  })

  it('ends with the user agent', async () => {
    const { userAgent, clock } = await early()
    userAgent.close()
    clock.advance(0)
    expect({ ...userAgent.load, pending: clock.pending }).toEqual(nothingLeft)
  })
})
