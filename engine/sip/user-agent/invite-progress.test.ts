/** Reliable provisional responses on the called side (RFC 3262): their order, their copies, their PRACKs, and what they hold up. */
import { describe, expect, it } from 'vitest'
import { nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, present } from '../testing/stage.ts'
import { answerSdp, offerSdp, type RequestText } from '../testing/wire.ts'
import type { DialogEnd, OfferExchange } from './invite-dialog.ts'
import { InviteServer } from './invite-server.ts'

const contact = 'Contact: <sip:caller@10.0.0.2>'

async function invited(change: Partial<RequestText> = {}, requires = 'Require: 100rel') {
  const stage = await createStage()
  const { peer, clock } = stage
  peer.request({ method: 'INVITE', body: offerSdp, headers: [contact, requires], ...change })
  const told: string[] = []
  const ends: DialogEnd[] = []
  const offers: OfferExchange[] = []
  const server = new InviteServer(stage.userAgent, present(stage.incoming[0]), {
    onCanceled: reason => told.push(`canceled ${reason}`),
  })
  const early = {
    onOffer: (exchange: OfferExchange) => void offers.push(exchange),
    onAnswer: (sdp: string | null) => void told.push(`answer ${sdp?.length ?? 'none'}`),
    onUnacknowledged: () => void told.push('unacknowledged'),
  }
  const progress = (status: number, body: string | null = null) => {
    server.progress(status, body, early)
    clock.advance(0)
  }
  const accept = () => {
    const dialog = server.accept(answerSdp, false, {
      onOffer: () => {},
      onAnswer: sdp => told.push(`ack ${sdp?.length ?? 'none'}`),
      onEnded: end => ends.push(end),
    })
    clock.advance(0)
    return dialog
  }
  let sequence = 1
  const say = (method: string, more: Partial<RequestText> = {}) => {
    sequence++
    peer.request({ method, branch: `z9hG4bK${method}${sequence}`, sequence, toTag: server.localTag, ...more })
  }
  const numbers = () => peer.responses('INVITE').flatMap(({ headers }) => headers.integer('rseq') ?? [])
  const prack = (number = numbers().at(-1) ?? 0, more: Partial<RequestText> = {}) =>
    say('PRACK', { headers: [`RAck: ${number} 1 INVITE`], ...more })
  const ack = () => peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: server.localTag })
  const over = () => {
    clock.advance(120_000)
    return { ...stage.userAgent.load, pending: clock.pending }
  }
  return { ...stage, server, told, ends, offers, progress, accept, say, prack, ack, numbers, over }
}

describe('a reliable response', () => {
  it('says so, and is repeated with growing pauses until its PRACK', async () => {
    const { peer, clock, progress, prack, server, over } = await invited()
    progress(180)
    const { headers } = peer.lastResponse('INVITE')
    expect(headers.tokens('require')).toEqual(['100rel'])
    expect(headers.integer('rseq')).toBeGreaterThan(0)
    clock.advance(7_600)
    expect(peer.times(message => message.kind === 'response')).toEqual([0, 500, 1_500, 3_500, 7_500])
    prack()
    expect(peer.statuses('PRACK')).toEqual([200])
    clock.advance(60_000)
    expect(peer.statuses('INVITE')).toHaveLength(5)
    server.reject(486)
    expect(over()).toEqual(nothingLeft)
  })

  it('is one only for a caller who requires it; 100 never is', async () => {
    for (const requires of ['Supported: 100rel', 'Require: timer']) {
      const { peer, progress, server, clock } = await invited({}, requires)
      server.trying()
      clock.advance(200)
      progress(180)
      expect(server.wantsReliable).toBe(false)
      expect(peer.responses('INVITE').map(({ headers }) => headers.has('rseq'))).toEqual([false, false])
    }
    const { peer, server, clock } = await invited()
    server.trying()
    clock.advance(200)
    expect(peer.lastResponse('INVITE').headers.has('rseq')).toBe(false)
  })

  it('waits for the PRACK of the one before; numbers rise by one', async () => {
    const { peer, progress, prack, numbers } = await invited()
    progress(180)
    progress(183)
    progress(180)
    expect(peer.statuses('INVITE')).toEqual([180])
    const [first = 0] = numbers()
    prack()
    expect(peer.statuses('INVITE')).toEqual([180, 183])
    prack()
    expect([peer.statuses('INVITE'), numbers()]).toEqual([
      [180, 183, 180],
      [first, first + 1, first + 2],
    ])
  })

  it('without a PRACK for 64·T1 costs the call: 504', async () => {
    const { peer, clock, progress, told, over } = await invited()
    progress(180)
    clock.advance(31_999)
    expect(told).toEqual([])
    clock.advance(1)
    expect([told, peer.statuses('INVITE').at(-1)]).toEqual([['unacknowledged'], 504])
    expect(over()).toEqual(nothingLeft)
    expect(told).toHaveLength(1)
  })

  it('is not repeated after a CANCEL or a refusal', async () => {
    const { peer, progress, told, over } = await invited()
    progress(180)
    peer.request({ method: 'CANCEL', branch: 'z9hG4bK-INVITE' })
    expect([peer.statuses('INVITE'), told]).toEqual([[180, 487], ['canceled null']])
    expect(over()).toEqual(nothingLeft)
    expect(peer.statuses('INVITE').filter(status => status === 180)).toHaveLength(1)
  })
})

describe('a PRACK', () => {
  it.each([
    ['of another number', (number: number) => `RAck: ${number + 1} 1 INVITE`],
    ['of another INVITE', (number: number) => `RAck: ${number} 2 INVITE`],
    ['of another method', (number: number) => `RAck: ${number} 1 UPDATE`],
    ['with more than that', (number: number) => `RAck: ${number} 1 INVITE 1`],
    ['without RAck', () => 'Subject: none'],
  ])('%s gets 481 and acknowledges nothing', async (_what, header) => {
    const { peer, clock, progress, prack, numbers } = await invited()
    progress(180)
    prack(0, { headers: [header(numbers()[0] ?? 0)] })
    expect(peer.statuses('PRACK')).toEqual([481])
    clock.advance(500)
    expect(peer.statuses('INVITE')).toEqual([180, 180])
  })

  it('is answered twice when it comes twice, and acknowledges once', async () => {
    const { peer, progress, prack, numbers } = await invited()
    progress(180)
    prack(numbers()[0], { branch: 'z9hG4bKsame', sequence: 2 })
    prack(numbers()[0], { branch: 'z9hG4bKsame', sequence: 2 })
    prack(numbers()[0])
    expect(peer.statuses('PRACK')).toEqual([200, 200, 481])
  })

  it('is a stray where nothing was reliable', async () => {
    const { peer, progress, prack } = await invited({}, 'Supported: 100rel')
    progress(180)
    prack(1)
    expect(peer.statuses('PRACK')).toEqual([481])
  })
})

describe('the 2xx', () => {
  it('may overtake a PRACK when the response had no SDP; the late PRACK is answered', async () => {
    const { peer, clock, progress, prack, accept, ack, ends } = await invited()
    progress(180)
    accept()
    expect(peer.statuses('INVITE')).toEqual([180, 200])
    ack()
    prack()
    expect(peer.statuses('PRACK')).toEqual([200])
    clock.advance(60_000)
    expect([peer.statuses('INVITE'), ends]).toEqual([[180, 200], []])
  })

  it('waits for the PRACK of our answer, and has no SDP of its own', async () => {
    const { peer, clock, progress, prack, accept, ack, ends } = await invited()
    progress(183, answerSdp)
    accept()
    clock.advance(400)
    expect(peer.statuses('INVITE')).toEqual([183])
    prack()
    const response = peer.lastResponse('INVITE')
    expect([response.status, response.body.length]).toEqual([200, 0])
    ack()
    clock.advance(60_000)
    expect([peer.statuses('INVITE'), ends]).toEqual([[183, 200], []])
  })

  it('that never could go out is a 504', async () => {
    const { peer, clock, progress, accept, ends, over } = await invited()
    progress(183, answerSdp)
    accept()
    clock.advance(32_000)
    expect(peer.statuses('INVITE').at(-1)).toBe(504)
    expect(ends).toEqual([{ by: 'local', cause: 'noAck', reason: null }])
    expect(over()).toEqual(nothingLeft)
    expect(peer.requests('BYE')).toEqual([])
  })

  it.each(['CANCEL', 'BYE'])('that waits is a 487 after the caller’s %s', async method => {
    const { peer, progress, accept, say, ends, over } = await invited()
    progress(183, answerSdp)
    accept()
    if (method === 'CANCEL') peer.request({ method: 'CANCEL', branch: 'z9hG4bK-INVITE', headers: ['Reason: X'] })
    else say('BYE', { headers: ['Reason: X'] })
    expect([peer.statuses(method), peer.statuses('INVITE')]).toEqual([[200], [183, 487]])
    expect(ends).toEqual([{ by: 'remote', cause: 'bye', reason: 'X' }])
    expect(over()).toEqual(nothingLeft)
  })

  it('that waits is a 480 when we hang up', async () => {
    const { peer, clock, progress, accept, ends, over } = await invited()
    progress(183, answerSdp)
    accept().bye()
    clock.advance(0)
    expect(peer.statuses('INVITE')).toEqual([183, 480])
    expect(ends).toEqual([{ by: 'local', cause: 'bye', reason: null }])
    expect(over()).toEqual(nothingLeft)
    expect(peer.requests('BYE')).toEqual([])
  })
})

describe('offers and answers (RFC 3262 §5)', () => {
  it('our offer in a reliable response: the PRACK brings the answer, the 2xx and its ACK nothing', async () => {
    const { peer, progress, prack, accept, ack, told } = await invited({ body: '' })
    progress(180, offerSdp)
    prack(undefined, { body: answerSdp })
    expect([peer.statuses('PRACK'), told]).toEqual([[200], [`answer ${answerSdp.length}`]])
    accept()
    expect(peer.lastResponse('INVITE').body.length).toBe(0)
    ack()
    expect(told).toHaveLength(1)
  })

  it('a PRACK that owes the answer and has none', async () => {
    const { progress, prack, told } = await invited({ body: '' })
    progress(180, offerSdp)
    prack()
    expect(told).toEqual(['answer none'])
  })

  it('an UPDATE with an offer while ours is open gets 491', async () => {
    const { peer, progress, say } = await invited({ body: '' })
    progress(180, offerSdp)
    say('UPDATE', { body: offerSdp })
    expect(peer.statuses('UPDATE')).toEqual([491])
  })

  it.each(['PRACK', 'UPDATE'])('a new offer in %s after the first exchange is answered there', async method => {
    const { peer, clock, progress, prack, say, numbers, offers, accept } = await invited()
    progress(183, answerSdp)
    if (method === 'UPDATE') prack()
    const [number = 0] = numbers()
    say(method, { body: offerSdp, headers: method === 'PRACK' ? [`RAck: ${number} 1 INVITE`] : [] })
    say('UPDATE', { body: offerSdp })
    expect(peer.statuses('UPDATE')).toEqual([500])
    expect(offers.map(({ offer }) => offer)).toEqual([offerSdp])
    peer.forget()
    offers[0]?.accept(answerSdp)
    clock.advance(0)
    const response = peer.lastResponse(method)
    expect([response.status, response.body]).toEqual([200, answerSdp])
    accept()
    expect(peer.lastResponse('INVITE').body.length).toBe(0)
  })

  it('a new offer that we refuse leaves the first exchange; one open at the end gets 487', async () => {
    const { peer, clock, progress, prack, say, offers, server } = await invited()
    progress(183, answerSdp)
    prack()
    say('UPDATE', { body: offerSdp })
    offers[0]?.reject(488)
    clock.advance(0)
    say('UPDATE', { body: offerSdp })
    server.reject(480)
    clock.advance(0)
    expect(peer.statuses('UPDATE')).toEqual([488, 487])
  })

  it('an offer in PRACK before the INVITE’s was answered gets 500, and the response counts as heard', async () => {
    const { peer, clock, progress, prack } = await invited()
    progress(180)
    prack(undefined, { body: offerSdp })
    expect(peer.statuses('PRACK')).toEqual([500])
    clock.advance(32_000)
    expect(peer.statuses('INVITE')).toEqual([180])
  })
})
