/** Session timers on the test clock, in both roles and on both sides of a call (RFC 4028). */
import { describe, expect, it } from 'vitest'
import { type CallOptions, type ConfirmedCall, called, calling, nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, present } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'
import { InviteClient } from './invite-client.ts'
import type { InviteDialog } from './invite-dialog.ts'

const session = { sessionExpiresSec: 1800, minSessionExpiresSec: 90 }
const halfMs = 900_000
const endMs = 1_768_000
const updates = 'Allow: INVITE, ACK, BYE, UPDATE'

/** Advances to just before `atMs` of the call, then over it. */
function around({ stage }: ConfirmedCall, atMs: number, before: () => void): void {
  stage.clock.advance(atMs - stage.clock.now() - 1)
  before()
  stage.clock.advance(1)
}

describe.each([
  ['the caller', called],
  ['the called', calling],
] as const)('a peer without session timers: %s', (_who, make) => {
  it('is refreshed by us at half the interval, by re-INVITE with the session as it is', async () => {
    const call = await make({ session })
    const { peer, first, dialog, settle, over } = call
    expect(first.headers.get('session-expires')).toMatch(/^1800(;refresher=uas)?$/)
    for (let round = 1; round <= 3; round++) {
      around(call, round * halfMs, () => expect(peer.requests('INVITE')).toEqual([]))
      const refresh = peer.last('INVITE')
      expect(refresh.headers.get('session-expires')).toBe('1800;refresher=uac')
      expect(refresh.headers.tokens('supported')).toContain('timer')
      expect(refresh.body).toBe(make === called ? answerSdp : offerSdp)
      peer.respond(refresh, 200, { body: answerSdp })
      expect(peer.requests('ACK')).toHaveLength(1)
      peer.forget()
    }
    settle(dialog.bye())
    peer.respond(peer.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })

  it('is refreshed by UPDATE, without SDP, if it allows that', async () => {
    const call = await make({ session, headers: [updates] })
    const { peer } = call
    for (let round = 1; round <= 2; round++) {
      around(call, round * halfMs, () => expect(peer.requests('UPDATE')).toEqual([]))
      const refresh = peer.last('UPDATE')
      expect([refresh.body.length, peer.requests('INVITE')]).toEqual([0, []])
      expect(refresh.headers.get('session-expires')).toBe('1800;refresher=uac')
      expect(refresh.headers.contact).not.toBeNull()
      peer.respond(refresh, 200)
      peer.forget()
    }
  })

  it.each([408, 481])('that answers a refresh with %d is gone: BYE', async status => {
    for (const headers of [[], [updates]]) {
      const call = await make({ session, headers })
      call.stage.clock.advance(halfMs)
      call.peer.respond(call.peer.last(headers.length === 0 ? 'INVITE' : 'UPDATE'), status)
      expect(call.ends).toEqual([{ by: 'local', cause: 'dead', reason: null }])
      expect(call.peer.requests('BYE')).toHaveLength(1)
      expect(call.over()).toEqual(nothingLeft)
    }
  })

  it('that does not answer a refresh is gone after 64·T1', async () => {
    for (const headers of [[], [updates]]) {
      const call = await make({ session, headers })
      around(call, halfMs + 32_000, () => expect(call.ends).toEqual([]))
      expect(call.ends).toEqual([{ by: 'local', cause: 'dead', reason: null }])
      expect(call.over()).toEqual(nothingLeft)
    }
  })

  it('that refuses every refresh loses the call before the interval is over', async () => {
    const call = await make({ session, headers: [updates] })
    const { peer, stage, ends } = call
    stage.clock.advance(halfMs)
    while (stage.clock.now() < endMs - 10_000) {
      peer.respond(peer.last('UPDATE'), 500, { headers: ['Retry-After: 30'] })
      expect(ends).toEqual([])
      stage.clock.advance(30_000)
    }
    peer.respond(peer.last('UPDATE'), 500)
    stage.clock.advance(endMs - stage.clock.now())
    peer.respond(peer.last('UPDATE'), 500)
    expect(ends).toEqual([{ by: 'local', cause: 'dead', reason: null }])
    expect(call.over()).toEqual(nothingLeft)
  })
})

describe('who refreshes', () => {
  const cases: readonly [string, (options: CallOptions) => Promise<ConfirmedCall>, string[]][] = [
    ['a caller who knows timers', called, ['Supported: timer', 'Session-Expires: 1800']],
    ['a caller who knows timers and asks for none', called, ['Supported: timer']],
    ['a called phone that wants to', calling, ['Session-Expires: 1800;refresher=uas', 'Require: timer']],
  ]

  it.each(cases)('%s: the call ends when he does not', async (_who, make, headers) => {
    const call = await make({ session, headers })
    const { peer, ends } = call
    around(call, endMs, () => expect([ends, peer.heard]).toEqual([[], []]))
    expect(ends).toEqual([{ by: 'local', cause: 'dead', reason: null }])
    expect(peer.requests('BYE')).toHaveLength(1)
    expect(call.over()).toEqual(nothingLeft)
  })

  it.each(cases)('%s: the call goes on while he does', async (_who, make, headers) => {
    const call = await make({ session, headers })
    const { peer, say, offers, ends, stage } = call
    const refresh = ['Supported: timer', 'Session-Expires: 1800;refresher=uac']
    for (let round = 1; round <= 4; round++) {
      stage.clock.advance(halfMs)
      if (round % 2 === 0) say('UPDATE', { headers: refresh, sequence: 200 + round })
      else {
        say('INVITE', { headers: refresh, sequence: 200 + round })
        offers.at(-1)?.accept(answerSdp)
        stage.clock.advance(0)
        say('ACK', { sequence: 200 + round })
      }
      const response = peer.lastResponse(round % 2 === 0 ? 'UPDATE' : 'INVITE')
      expect(response.headers.get('session-expires')).toBe('1800;refresher=uac')
      expect(response.headers.tokens('require')).toEqual(['timer'])
    }
    expect(ends).toEqual([])
    const lastMs = stage.clock.now()
    around(call, lastMs + endMs, () => expect(ends).toEqual([]))
    expect(ends).toHaveLength(1)
  })

  it('nobody, if neither side asks', async () => {
    for (const make of [called, calling]) {
      const call = await make({ headers: ['Supported: timer'] })
      expect(call.first.headers.has('session-expires')).toBe(false)
      call.stage.clock.advance(86_400_000)
      expect([call.peer.heard, call.ends]).toEqual([[], []])
      expect(call.stage.clock.pending).toBe(0)
    }
  })

  it('we keep to a timer that only the peer wants', async () => {
    const call = await called({ headers: ['Supported: timer', 'Session-Expires: 300;refresher=uas'] })
    expect(call.first.headers.get('session-expires')).toBe('300;refresher=uas')
    around(call, 150_000, () => expect(call.peer.heard).toEqual([]))
    expect(call.peer.requests('INVITE')).toHaveLength(1)
  })

  it('one timer a call, whoever it is', async () => {
    for (const headers of [[], ['Supported: timer']]) {
      const { stage } = await called({ session, headers })
      stage.clock.advance(60_000)
      expect(stage.clock.pending).toBe(1)
    }
  })
})

describe('a refresh that meets something', () => {
  it('waits after a 491 as after any glare, and is tried again', async () => {
    const call = await calling({ session, headers: [updates] })
    const { peer, stage } = call
    stage.clock.advance(halfMs)
    peer.respond(peer.last('UPDATE'), 491)
    stage.clock.advance(2_099)
    expect(peer.requests('UPDATE')).toHaveLength(1)
    stage.clock.advance(1_902)
    expect(new Set(peer.requests('UPDATE').map(({ headers }) => headers.cseq?.number)).size).toBe(2)
  })

  it('offers what is in force by then, if the peer has changed the session while it waited', async () => {
    const { peer, stage, say, offers, settle } = await called({ session })
    stage.clock.advance(halfMs)
    const first = peer.last('INVITE')
    expect(first.body).toBe(answerSdp)
    peer.respond(first, 491)
    say('UPDATE', { body: offerSdp })
    const held = `${answerSdp.replace('2 1 IN', '2 2 IN')}a=recvonly\r\n`
    settle(offers[0]?.accept(held))
    stage.clock.advance(2_001)
    expect(peer.last('INVITE').headers.cseq?.number).toBe((first.headers.cseq?.number ?? 0) + 1)
    expect(peer.last('INVITE').body).toBe(held)
    // And so does the next one.
    peer.respond(peer.last('INVITE'), 200, { body: answerSdp })
    stage.clock.advance(halfMs)
    expect(peer.last('INVITE').body).toBe(held)
  })

  it('takes a re-INVITE when the peer knows no UPDATE after all', async () => {
    const { peer, stage } = await called({ session, headers: [updates] })
    stage.clock.advance(halfMs)
    peer.respond(peer.last('UPDATE'), 405)
    expect(peer.requests('INVITE')).toHaveLength(1)
  })

  it('asks for more after a 422, and keeps to it', async () => {
    for (const headers of [[], [updates]]) {
      const call = await called({ session, headers })
      const { peer, stage } = call
      const method = headers.length === 0 ? 'INVITE' : 'UPDATE'
      stage.clock.advance(halfMs)
      peer.respond(peer.last(method), 422, { headers: ['Min-SE: 3600'] })
      const again = peer.last(method)
      expect(again.headers.get('session-expires')).toBe('3600;refresher=uac')
      expect(again.headers.get('min-se')).toBe('3600')
      peer.respond(again, 200, { headers: ['Session-Expires: 3600;refresher=uac'], body: answerSdp })
      peer.forget()
      const from = stage.clock.now()
      around(call, from + 1_800_000, () => expect(peer.requests(method)).toEqual([]))
      expect(peer.requests(method)).toHaveLength(1)
    }
  })

  it('follows a peer that never has enough three times, and no further until it has agreed', async () => {
    for (const headers of [[], [updates]]) {
      const call = await called({ session, headers })
      const { peer, stage } = call
      const method = headers.length === 0 ? 'INVITE' : 'UPDATE'
      stage.clock.advance(halfMs)
      const refuse = (minSec: number) => peer.respond(peer.last(method), 422, { headers: [`Min-SE: ${minSec}`] })
      for (let minSec = 1801; minSec < 1810; minSec++) refuse(minSec)
      expect(new Set(peer.requests(method).map(({ headers }) => headers.cseq?.number)).size).toBe(4)
      // As after any refusal: later, and not beyond the session's end.
      stage.clock.advance(2_000)
      expect(peer.last(method).headers.get('session-expires')).toBe('1803;refresher=uac')
      peer.respond(peer.last(method), 200, { headers: ['Session-Expires: 1803;refresher=uac'], body: answerSdp })
      peer.forget()
      stage.clock.advance(902_000)
      refuse(1900)
      expect(peer.last(method).headers.get('session-expires')).toBe('1900;refresher=uac')
      expect(call.ends).toEqual([])
    }
  })

  it('follows nobody beyond a day', async () => {
    const { peer, stage } = await called({ session, headers: [updates] })
    stage.clock.advance(halfMs)
    peer.respond(peer.last('UPDATE'), 422, { headers: ['Min-SE: 86401'] })
    expect(peer.requests('UPDATE')).toHaveLength(1)
  })

  it('does not follow a 422 that asks for nothing more', async () => {
    const { peer, stage } = await called({ session, headers: [updates] })
    stage.clock.advance(halfMs)
    peer.respond(peer.last('UPDATE'), 422, { headers: ['Min-SE: 90'] })
    expect(peer.requests('UPDATE')).toHaveLength(1)
  })

  it('is not needed when any other change went through', async () => {
    const call = await called({ session })
    const { peer, stage, reinvite } = call
    stage.clock.advance(halfMs - 1_000)
    reinvite()
    peer.respond(peer.last('INVITE'), 200, { body: answerSdp })
    peer.forget()
    around(call, 2 * halfMs - 1_000, () => expect(peer.heard).toEqual([]))
    expect(peer.requests('INVITE')).toHaveLength(1)
  })

  it('waits while the peer changes the session', async () => {
    const { peer, stage, say, offers, settle } = await called({ session, headers: [updates] })
    stage.clock.advance(halfMs - 1)
    say('UPDATE', { body: offerSdp })
    stage.clock.advance(1)
    expect(peer.requests('UPDATE')).toEqual([])
    settle(offers[0]?.reject(488))
    stage.clock.advance(2_000)
    expect(peer.requests('UPDATE')).toHaveLength(1)
  })

  it('is over when the call is', async () => {
    const { peer, stage, say, over } = await called({ session, headers: [updates] })
    stage.clock.advance(halfMs)
    say('BYE')
    peer.respond(peer.last('UPDATE'), 500)
    expect(over()).toEqual(nothingLeft)
    expect(peer.requests('UPDATE')).toHaveLength(1)
  })
})

describe('422 (§7.3, §9)', () => {
  it('to a change of the session that asks for too little', async () => {
    const { peer, say, offers } = await called({ session: { ...session, minSessionExpiresSec: 120 } })
    const headers = ['Supported: timer', 'Session-Expires: 100']
    say('INVITE', { headers })
    say('UPDATE', { headers })
    expect([peer.statuses('INVITE'), peer.statuses('UPDATE'), offers]).toEqual([[422], [422], []])
    expect(peer.lastResponse('UPDATE').headers.get('min-se')).toBe('120')
  })

  async function invited() {
    const stage = await createStage({ session })
    const told: string[] = []
    const dialogs: InviteDialog[] = []
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
        onProgress: () => {},
        onAccepted: dialog => dialogs.push(dialog),
        onFailed: status => told.push(`failed ${status}`),
        dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} },
      },
    )
    stage.clock.advance(0)
    return { ...stage, client, told, dialogs }
  }

  it('to our INVITE: the same again with more, as a new transaction of the same call', async () => {
    const { peer, told, dialogs, clock } = await invited()
    const [first] = [peer.last('INVITE')]
    peer.respond(first, 422, { toTag: 'agent', headers: ['Min-SE: 3600'] })
    const again = peer.last('INVITE')
    expect(again.headers.get('session-expires')).toBe('3600')
    expect(again.headers.get('min-se')).toBe('3600')
    expect(again.headers.cseq).toEqual({ number: 2, method: 'INVITE' })
    expect([again.headers.callId, again.headers.fromTag]).toEqual([first.headers.callId, first.headers.fromTag])
    expect([again.headers.toTag, again.headers.via?.branch === first.headers.via?.branch]).toEqual(['', false])
    peer.respond(again, 200, { toTag: 'agent', body: answerSdp, headers: ['Session-Expires: 3600;refresher=uac'] })
    expect(peer.last('ACK').headers.cseq).toEqual({ number: 2, method: 'ACK' })
    expect([told, dialogs.length]).toEqual([[], 1])
    peer.forget()
    clock.advance(1_800_000)
    expect(peer.last('INVITE').headers.cseq?.number).toBe(3)
  })

  it('to our INVITE, without a reason to ask again, is a refusal', async () => {
    for (const headers of [[], ['Min-SE: 90']]) {
      const { peer, told } = await invited()
      peer.respond(peer.last('INVITE'), 422, { toTag: 'agent', headers })
      expect([told, peer.requests('INVITE').length]).toEqual([['failed 422'], 1])
    }
  })

  it('to our INVITE again and again, each time with one more, is a refusal after the third retry', async () => {
    const { peer, told } = await invited()
    for (let minSec = 1801; minSec < 1810; minSec++)
      peer.respond(peer.last('INVITE'), 422, { toTag: 'agent', headers: [`Min-SE: ${minSec}`] })
    expect(peer.last('INVITE').headers.cseq?.number).toBe(4)
    expect(told).toEqual(['failed 422'])
  })

  it('to our INVITE that wants more than a day is a refusal', async () => {
    const { peer, told } = await invited()
    peer.respond(peer.last('INVITE'), 422, { toTag: 'agent', headers: ['Min-SE: 4294967295'] })
    expect([told, peer.requests('INVITE').length]).toEqual([['failed 422'], 1])
  })

  it('after we gave up is only an end', async () => {
    const { peer, client, told, clock, userAgent } = await invited()
    peer.respond(peer.last('INVITE'), 180, { toTag: 'agent' })
    client.cancel()
    clock.advance(0)
    peer.respond(peer.last('INVITE'), 422, { toTag: 'agent', headers: ['Min-SE: 3600'] })
    peer.respond(present(peer.requests('CANCEL')[0]), 200)
    clock.advance(60_000)
    expect([told, peer.requests('INVITE').length]).toEqual([[], 1])
    expect({ ...userAgent.load, pending: clock.pending }).toEqual(nothingLeft)
  })

  it('the CANCEL after a retry is for the retry', async () => {
    const { peer, client, clock } = await invited()
    peer.respond(peer.last('INVITE'), 422, { toTag: 'agent', headers: ['Min-SE: 3600'] })
    client.cancel()
    clock.advance(0)
    expect(peer.requests('CANCEL')).toEqual([])
    peer.respond(peer.last('INVITE'), 180, { toTag: 'agent' })
    expect(peer.last('CANCEL').headers.cseq).toEqual({ number: 2, method: 'CANCEL' })
    expect(peer.last('CANCEL').headers.via?.branch).toBe(peer.last('INVITE').headers.via?.branch)
  })
})
