/** Early dialogs on the side that called: PRACK (RFC 3262 §4), forks, and requests before the answer. */
import { describe, expect, it } from 'vitest'
import { nothingLeft } from '../testing/confirmed-call.ts'
import { createStage } from '../testing/stage.ts'
import { answerSdp, offerSdp, type RequestText, type ResponseText } from '../testing/wire.ts'
import { InviteClient } from './invite-client.ts'
import type { DialogEnd, InviteDialog, OfferExchange } from './invite-dialog.ts'

async function calling() {
  const stage = await createStage()
  const { peer, clock } = stage
  const told: string[] = []
  const dialogs: InviteDialog[] = []
  const offers: OfferExchange[] = []
  const ends: DialogEnd[] = []
  const client = new InviteClient(
    stage.userAgent,
    {
      uri: 'sip:agent@10.0.0.2',
      from: '<sip:c@10.0.0.1>',
      to: '<sip:agent@10.0.0.2>',
      callId: 'call-2',
      flow: stage.flowToPeer(),
      pinned: false,
      headers: [],
      maxForwards: 70,
      sdp: offerSdp,
    },
    {
      onProgress: ({ status }) => told.push(String(status)),
      onAccepted: (dialog, answer) => {
        told.push(`answer ${answer}`)
        dialogs.push(dialog)
      },
      onFailed: status => told.push(`failed ${status}`),
      dialog: { onOffer: it => offers.push(it), onAnswer: () => {}, onEnded: end => ends.push(end) },
    },
  )
  clock.advance(0)
  const invite = peer.last('INVITE')
  const respond = (status: number, options: ResponseText = {}) =>
    peer.respond(invite, status, { toTag: 'agent', ...options, headers: [contact, ...(options.headers ?? [])] })
  const reliable = (number: number, options: ResponseText = {}) =>
    respond(183, { ...options, headers: ['Require: 100rel', `RSeq: ${number}`, ...(options.headers ?? [])] })
  let sequence = 0
  const say = (method: string, change: Partial<RequestText> = {}) => {
    sequence++
    peer.request({
      method,
      callId: 'call-2',
      branch: `z9hG4bK${method}${sequence}`,
      sequence,
      fromTag: 'agent',
      toTag: invite.headers.fromTag,
      ...change,
    })
  }
  const over = () => {
    clock.advance(120_000)
    return { ...stage.userAgent.load, pending: clock.pending }
  }
  const racks = () => peer.requests('PRACK').map(({ headers }) => headers.get('rack'))
  return { ...stage, client, invite, told, dialogs, offers, ends, respond, reliable, say, over, racks }
}

const contact = 'Contact: <sip:agent@10.0.0.2>'

describe('PRACK', () => {
  it('is offered in the INVITE and sent for each reliable response, in the early dialog', async () => {
    const { peer, invite, reliable, respond, told, racks } = await calling()
    expect(invite.headers.tokens('supported')).toContain('100rel')
    respond(180)
    expect(peer.requests('PRACK')).toEqual([])
    reliable(7)
    peer.respond(peer.last('PRACK'), 200)
    reliable(8)
    expect(racks()).toEqual(['7 1 INVITE', '8 1 INVITE'])
    expect(peer.requests('PRACK').map(({ headers }) => headers.cseq?.number)).toEqual([2, 3])
    expect(peer.last('PRACK').headers.toTag).toBe('agent')
    expect(told).toEqual(['180', '183', '183'])
  })

  it('is not sent again for a copy, nor for what is ahead of a gap; neither is told', async () => {
    const { reliable, told, racks } = await calling()
    reliable(7)
    reliable(7)
    reliable(9)
    expect([racks(), told]).toEqual([['7 1 INVITE'], ['183']])
    reliable(8)
    reliable(9)
    reliable(8)
    expect([racks(), told]).toEqual([
      ['7 1 INVITE', '8 1 INVITE', '9 1 INVITE'],
      ['183', '183', '183'],
    ])
  })

  it('is repeated by its transaction until its answer, and whatever that is changes nothing', async () => {
    for (const status of [200, 481, 0]) {
      const { peer, clock, reliable, respond, told, racks, over, dialogs } = await calling()
      reliable(7)
      clock.advance(400)
      if (status !== 0) peer.respond(peer.last('PRACK'), status)
      clock.advance(33_000)
      expect(new Set(racks())).toEqual(new Set(['7 1 INVITE']))
      expect(racks()).toHaveLength(status === 0 ? 11 : 1)
      respond(200, { body: answerSdp })
      expect(told).toEqual(['183', `answer ${answerSdp}`])
      dialogs[0]?.bye()
      expect(over()).toEqual(nothingLeft)
    }
  })

  it('numbers our next requests: BYE comes after it', async () => {
    const { peer, clock, reliable, respond, dialogs } = await calling()
    reliable(7)
    respond(200, { body: answerSdp })
    expect(peer.last('ACK').headers.cseq).toEqual({ number: 1, method: 'ACK' })
    dialogs[0]?.bye()
    clock.advance(0)
    expect(peer.last('BYE').headers.cseq?.number).toBe(3)
  })

  it('is still sent after we gave up, so that the peer stops', async () => {
    const { peer, client, clock, reliable, respond, racks, told, over } = await calling()
    respond(180)
    client.cancel()
    clock.advance(0)
    reliable(7)
    expect([racks(), told]).toEqual([['7 1 INVITE'], ['180']])
    respond(487)
    peer.respond(peer.last('CANCEL'), 200)
    peer.respond(peer.last('PRACK'), 481)
    expect(over()).toEqual(nothingLeft)
  })
})

describe('the answer (RFC 3261 §13.2.1)', () => {
  it('is that of the first reliable response; the 2xx needs none, and one there counts for nothing', async () => {
    for (const body of ['', 'v=2']) {
      const { reliable, respond, told } = await calling()
      reliable(7, { body: answerSdp })
      reliable(8)
      respond(200, { body })
      expect(told.at(-1)).toBe(`answer ${answerSdp}`)
    }
  })

  it('is not that of an unreliable response', async () => {
    const { respond, told } = await calling()
    respond(183, { body: 'v=1' })
    respond(200, { body: answerSdp })
    expect(told).toEqual(['183', `answer ${answerSdp}`])
  })
})

describe('a fork', () => {
  it('has an early dialog for each To tag: numbers, answers and targets of their own', async () => {
    const { peer, addPeer, clock, reliable, told, dialogs, invite, racks } = await calling()
    const other = await addPeer({ host: '10.0.0.7', port: 5060 })
    reliable(7, { toTag: 'one', body: 'v=1' })
    peer.respond(invite, 183, {
      toTag: 'two',
      body: 'v=2',
      headers: ['Require: 100rel', 'RSeq: 3', 'Contact: <sip:b@10.0.0.7>'],
    })
    expect(racks()).toEqual(['7 1 INVITE'])
    expect(other.requests('PRACK').map(({ headers }) => [headers.get('rack'), headers.toTag])).toEqual([
      ['3 1 INVITE', 'two'],
    ])
    peer.respond(invite, 200, { toTag: 'two', headers: ['Contact: <sip:b@10.0.0.7>'] })
    expect(told).toEqual(['183', '183', 'answer v=2'])
    dialogs[0]?.bye()
    clock.advance(0)
    expect(other.requests('BYE').map(({ headers }) => headers.cseq?.number)).toEqual([3])
  })

  it('without end makes no dialogs without end', async () => {
    const { respond, userAgent, over } = await calling()
    for (let i = 0; i < 100; i++) respond(180, { toTag: `t${i}` })
    expect(userAgent.load.dialogs).toBe(16)
    respond(486, { toTag: 't1' })
    expect(over()).toEqual(nothingLeft)
  })

  it('whose branch was not chosen gets 481 for what it asks', async () => {
    const { peer, respond, say } = await calling()
    respond(180, { toTag: 'one' })
    respond(180, { toTag: 'two' })
    respond(200, { toTag: 'two', body: answerSdp })
    say('UPDATE', { fromTag: 'one' })
    say('UPDATE', { fromTag: 'two' })
    expect(peer.statuses('UPDATE')).toEqual([481, 200])
  })
})

describe('the route set', () => {
  it('of the early dialog is that of its 18x, and the 2xx has the last word (§13.2.2.4)', async () => {
    const { peer, reliable, respond, dnsAnswers } = await calling()
    reliable(7, { headers: ['Record-Route: <sip:10.0.0.2;lr>, <sip:one;lr>'] })
    await dnsAnswers()
    expect(peer.last('PRACK').headers.fields('route')).toEqual(['<sip:one;lr>', '<sip:10.0.0.2;lr>'])
    respond(200, { body: answerSdp, headers: ['Record-Route: <sip:two;lr>, <sip:10.0.0.2;lr>'] })
    expect(peer.last('ACK').headers.fields('route')).toEqual(['<sip:10.0.0.2;lr>', '<sip:two;lr>'])
  })
})

describe('what the called phone asks before its answer', () => {
  it.each([
    ['OPTIONS', 200],
    ['INFO', 200],
    ['UPDATE', 200],
    ['PRACK', 481],
    // §15: it has no right to.
    ['BYE', 481],
    ['INVITE', 491],
    ['REFER', 403],
    ['REGISTER', 405],
  ])('%s: %d', async (method, status) => {
    const { peer, respond, say, told } = await calling()
    respond(180)
    say(method)
    expect([peer.statuses(method), told]).toEqual([[status], ['180']])
  })

  it('a lower CSeq gets 500, also after the answer', async () => {
    const { peer, respond, say } = await calling()
    respond(180)
    say('UPDATE', { sequence: 50 })
    say('UPDATE', { sequence: 49 })
    respond(200, { body: answerSdp })
    say('UPDATE', { sequence: 48 })
    say('UPDATE', { sequence: 51 })
    expect(peer.statuses('UPDATE')).toEqual([200, 500, 500, 200])
  })

  it('UPDATE moves the target', async () => {
    const { peer, addPeer, clock, respond, reliable, say } = await calling()
    const moved = await addPeer({ host: '10.0.0.5', port: 5062 })
    respond(180)
    say('UPDATE', { headers: ['Contact: <sip:agent@10.0.0.5:5062>'] })
    clock.advance(0)
    expect(peer.statuses('UPDATE')).toEqual([200])
    reliable(1, { headers: ['Contact: <sip:agent@10.0.0.5:5062>'] })
    expect(peer.requests('PRACK').length + moved.requests('PRACK').length).toBe(1)
  })

  it('UPDATE with an offer gets 491 while ours has no answer, and is answered after that', async () => {
    const { peer, clock, respond, reliable, say, offers, told } = await calling()
    respond(180)
    say('UPDATE', { body: offerSdp })
    expect([peer.statuses('UPDATE'), offers]).toEqual([[491], []])
    reliable(7, { body: answerSdp })
    say('UPDATE', { body: offerSdp })
    say('UPDATE', { body: offerSdp })
    expect([peer.statuses('UPDATE'), offers.length]).toEqual([[491, 500], 1])
    expect(offers[0]?.answered).toBe(answerSdp)
    offers[0]?.accept('v=3')
    clock.advance(0)
    expect(peer.statuses('UPDATE')).toEqual([491, 500, 200])
    respond(200)
    expect(told.at(-1)).toBe(`answer ${answerSdp}`)
  })

  it('UPDATE with a body that we can not read gets 415', async () => {
    const { peer, respond, say } = await calling()
    respond(180)
    say('UPDATE', { body: 'x', contentType: 'text/plain' })
    expect(peer.statuses('UPDATE')).toEqual([415])
  })

  it('after the refusal is a stray', async () => {
    const { peer, respond, say, over } = await calling()
    respond(180)
    respond(486)
    say('UPDATE')
    expect(peer.statuses('UPDATE')).toEqual([481])
    expect(over()).toEqual(nothingLeft)
  })
})
