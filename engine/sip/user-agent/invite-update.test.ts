/** UPDATE of the peer (RFC 3311) in an answered call and before the answer: refreshes, offers, and what is in their way. */
import { describe, expect, it } from 'vitest'
import { called, calling, nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, present } from '../testing/stage.ts'
import { answerSdp, offerSdp, type RequestText } from '../testing/wire.ts'
import { InviteServer } from './invite-server.ts'

describe('UPDATE in a call', () => {
  it('without SDP is answered at once and refreshes the target', async () => {
    const { peer, stage, say, offers, dialog, settle } = await called()
    const moved = await stage.addPeer({ host: '10.0.0.5', port: 5062 })
    say('UPDATE', { headers: ['Contact: <sip:caller@10.0.0.5:5062>'] })
    const { status, headers, body } = peer.lastResponse('UPDATE')
    expect([status, body.length, offers]).toEqual([200, 0, []])
    expect(headers.contact).not.toBeNull()
    expect(headers.list('allow')).toEqual(expect.arrayContaining(['UPDATE', 'PRACK']))
    settle(dialog.bye())
    expect(moved.last('BYE').uri).toBe('sip:caller@10.0.0.5:5062')
  })

  it('with SDP is an offer: its 200 has the answer, and nobody waits for an ACK', async () => {
    const { peer, stage, say, offers, ends, settle } = await called()
    say('UPDATE', { body: offerSdp })
    expect(peer.statuses('UPDATE')).toEqual([])
    expect(offers[0]?.offer).toBe(offerSdp)
    settle(offers[0]?.accept(answerSdp))
    offers[0]?.reject(488)
    stage.clock.advance(60_000)
    expect(peer.statuses('UPDATE')).toEqual([200])
    expect(peer.lastResponse('UPDATE').body).toBe(answerSdp)
    expect(ends).toEqual([])
  })

  it('that is refused keeps the call and the target', async () => {
    const { peer, say, offers, ends, dialog, settle } = await called()
    say('UPDATE', { body: offerSdp, headers: ['Contact: <sip:caller@10.0.0.5:5062>'] })
    settle(offers[0]?.reject(488))
    expect([peer.statuses('UPDATE'), ends]).toEqual([[488], []])
    expect(dialog.state.remoteTarget).toBe('sip:caller@10.0.0.2')
  })

  it('before the last one was answered gets 500 and Retry-After, with SDP or without', async () => {
    const { peer, say } = await called()
    say('UPDATE', { body: offerSdp })
    say('UPDATE', { body: offerSdp })
    say('UPDATE')
    expect(peer.statuses('UPDATE')).toEqual([500, 500])
    expect(peer.lastResponse('UPDATE').headers.integer('retry-after')).toBeLessThanOrEqual(10)
    say('INVITE')
    expect(peer.statuses('INVITE')).toEqual([500])
  })

  it('with SDP while our re-INVITE is out gets 491; without SDP 200', async () => {
    const { peer, reinvite, say } = await called()
    reinvite()
    say('UPDATE', { body: offerSdp })
    say('UPDATE')
    expect(peer.statuses('UPDATE')).toEqual([491, 200])
  })

  it('with SDP while his re-INVITE is open gets 500; without SDP 200', async () => {
    const { peer, say } = await called()
    say('INVITE')
    say('UPDATE', { body: offerSdp })
    say('UPDATE')
    expect(peer.statuses('UPDATE')).toEqual([500, 200])
  })

  it('with SDP between our 2xx and its ACK: 491 if that made an offer, else it is taken', async () => {
    for (const body of ['', offerSdp]) {
      const { peer, say, offers, settle } = await called()
      say('INVITE', { body })
      settle(offers[0]?.accept(answerSdp))
      say('UPDATE', { body: offerSdp })
      expect([peer.statuses('UPDATE'), offers.length]).toEqual(body === '' ? [[491], 1] : [[], 2])
    }
  })

  it('that nobody answers in 20 s gets 504, before its sender gives us up', async () => {
    const { peer, stage, say, offers, ends, settle } = await called()
    say('UPDATE', { body: offerSdp })
    stage.clock.advance(19_999)
    expect(peer.statuses('UPDATE')).toEqual([])
    stage.clock.advance(1)
    settle(offers[0]?.accept(answerSdp))
    expect([peer.statuses('UPDATE'), ends]).toEqual([[504], []])
    say('UPDATE', { body: offerSdp })
    settle(offers[1]?.accept(answerSdp))
    stage.clock.advance(30_000)
    expect(peer.statuses('UPDATE')).toEqual([504, 200])
  })

  it('keeps our re-INVITE back until it is answered', async () => {
    const { peer, stage, say, offers, reinvite, settle } = await called()
    say('UPDATE', { body: offerSdp })
    reinvite()
    expect(peer.requests('INVITE')).toEqual([])
    settle(offers[0]?.accept(answerSdp))
    stage.clock.advance(2_000)
    expect(peer.requests('INVITE').length).toBeGreaterThan(0)
  })

  it('with a body that we can not read gets 415 and what we can', async () => {
    const { peer, say } = await called()
    say('UPDATE', { body: 'x', contentType: 'text/plain' })
    expect(peer.lastResponse('UPDATE').headers.list('accept')).toContain('multipart/mixed')
    expect(peer.statuses('UPDATE')).toEqual([415])
  })

  it('pending when the call ends gets 487; after it 481', async () => {
    const { peer, say, dialog, settle } = await calling()
    say('UPDATE', { body: offerSdp })
    settle(dialog.bye())
    say('UPDATE')
    expect(peer.statuses('UPDATE')).toEqual([487, 481])
  })

  it('older than the last request gets 500', async () => {
    const { peer, say } = await called()
    say('UPDATE', { sequence: 50 })
    expect(peer.statuses('UPDATE')).toEqual([200])
    say('UPDATE', { sequence: 49 })
    expect(peer.statuses('UPDATE')).toEqual([200, 500])
  })

  it('to a stranger’s dialog is a stray', async () => {
    const { peer, say, over, dialog, settle } = await called()
    say('UPDATE', { toTag: 'x' })
    expect(peer.statuses('UPDATE')).toEqual([481])
    settle(dialog.bye())
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })
})

describe('UPDATE before the answer, from the caller', () => {
  async function early(change: Partial<RequestText> = {}) {
    const stage = await createStage()
    stage.peer.request({ method: 'INVITE', body: offerSdp, headers: ['Contact: <sip:caller@10.0.0.2>'], ...change })
    const server = new InviteServer(stage.userAgent, present(stage.incoming[0]), { onCanceled: () => {} })
    server.progress(180)
    stage.clock.advance(0)
    let sequence = 1
    const update = (more: Partial<RequestText> = {}) =>
      stage.peer.request({
        method: 'UPDATE',
        branch: `z9hG4bKu${++sequence}`,
        sequence,
        toTag: server.localTag,
        ...more,
      })
    return { ...stage, server, update }
  }

  it('without SDP moves the target of the dialog to come', async () => {
    const { peer, server, update, clock, addPeer } = await early()
    const moved = await addPeer({ host: '10.0.0.5', port: 5062 })
    update({ headers: ['Contact: <sip:caller@10.0.0.5:5062>'] })
    expect(peer.statuses('UPDATE')).toEqual([200])
    const dialog = server.accept(answerSdp, false, { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} })
    clock.advance(0)
    peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: server.localTag })
    dialog.bye()
    clock.advance(0)
    expect(moved.requests('BYE')).toHaveLength(1)
  })

  it('with SDP gets 500: the offer of the INVITE has no answer yet', async () => {
    for (const change of [{}, { body: '' }]) {
      const { peer, update } = await early(change)
      update({ body: offerSdp })
      expect(peer.statuses('UPDATE')).toEqual([500])
      expect(peer.lastResponse('UPDATE').headers.has('retry-after')).toBe(true)
    }
  })

  it('keeps the order of sequence numbers', async () => {
    const { peer, update } = await early()
    update({ sequence: 9 })
    update({ sequence: 8 })
    expect(peer.statuses('UPDATE')).toEqual([200, 500])
  })
})
