/** How a customer's leg rings: once a minute, reliably for who requires it, and with an offer for who makes none. */
import { describe, expect, it } from 'vitest'
import { InviteServer } from '../sip/index.ts'
import { createStage, present } from '../sip/testing/stage.ts'
import { answerSdp, offerSdp } from '../sip/testing/wire.ts'
import { CustomerLeg } from './customer-leg.ts'
import type { LegOutcome } from './leg-outcome.ts'

async function invited(headers: readonly string[], body = offerSdp) {
  const stage = await createStage()
  stage.peer.request({ method: 'INVITE', body, headers: ['Contact: <sip:caller@10.0.0.2>', ...headers] })
  const outcomes: LegOutcome[] = []
  const answers: (string | null)[] = []
  const invite = new InviteServer(stage.userAgent, present(stage.incoming[0]), { onCanceled: () => {} })
  const leg = new CustomerLeg(invite, {
    clock: stage.clock,
    pinned: false,
    owner: { callId: 'call', offerId: null },
    handlers: {
      onOffer: exchange => exchange.reject(488),
      onAnswer: sdp => answers.push(sdp),
      onRefreshed: () => {},
      onDigit: () => {},
      onRefer: exchange => exchange.refuse(403),
      onEnded: outcome => outcomes.push(outcome),
    },
  })
  const numbers = () => stage.peer.responses('INVITE').flatMap(({ headers: it }) => it.integer('rseq') ?? [])
  const prack = (more: { body?: string } = {}) => {
    const sequence = 1 + new Set(numbers()).size
    stage.peer.request({
      method: 'PRACK',
      branch: `z9hG4bKp${sequence}`,
      sequence,
      toTag: invite.localTag,
      headers: [`RAck: ${numbers().at(-1)} 1 INVITE`],
      ...more,
    })
  }
  return { ...stage, invite, leg, outcomes, answers, numbers, prack }
}

describe('who makes no offer, and answers one that leaves him one way only', () => {
  const held = `${offerSdp}a=sendonly\r\n`
  const hears = `${answerSdp}a=recvonly\r\n`
  const both = `${answerSdp}a=sendrecv\r\n`

  it('in the ACK: has not said that he wants no more', async () => {
    const { peer, clock, leg, invite, answers } = await invited([], '')
    leg.answer(held)
    clock.advance(0)
    peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: invite.localTag, body: hears })
    expect([answers, leg.said]).toEqual([[hears], both])
    leg.reject(480)
  })

  it('in the PRACK: neither, and the answer describes nothing then', async () => {
    const { peer, clock, leg, prack, invite, answers } = await invited(['Require: 100rel'], '')
    leg.progress(held)
    clock.advance(0)
    prack({ body: hears })
    expect([answers, leg.said]).toEqual([[hears], both])
    leg.answer('')
    clock.advance(0)
    peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: invite.localTag })
    expect([answers, leg.said]).toEqual([[hears], both])
    leg.reject(480)
  })
})

describe('ringing', () => {
  it('is repeated every minute (RFC 3261 §13.3.1.1)', async () => {
    const { peer, clock, leg } = await invited([])
    leg.ring()
    leg.ring()
    clock.advance(120_000)
    expect(peer.times(message => message.kind === 'response')).toEqual([0, 60_000, 120_000])
    leg.reject(480)
  })

  it('is reliable for who requires it, each time', async () => {
    const { clock, leg, numbers, prack, outcomes } = await invited(['Require: 100rel'])
    leg.ring()
    clock.advance(0)
    prack()
    clock.advance(60_000)
    prack()
    clock.advance(59_000)
    const [first = 0] = numbers()
    expect([numbers(), outcomes]).toEqual([[first, first + 1], []])
    leg.reject(480)
  })

  it('without PRACK ends the leg: 504, and nobody is there', async () => {
    const { peer, clock, leg, outcomes } = await invited(['Require: 100rel'])
    leg.ring()
    clock.advance(32_000)
    expect(peer.statuses('INVITE').at(-1)).toBe(504)
    expect([outcomes, leg.ended]).toEqual([[{ kind: 'lost', cause: 'noAck' }], true])
    clock.advance(120_000)
    expect(clock.pending).toBe(0)
  })

  it('makes the offer to who requires it and offers nothing', async () => {
    const { peer, clock, leg, answers, prack, invite } = await invited(['Require: 100rel'], '')
    expect([leg.ringsWithOffer, leg.described]).toEqual([true, false])
    leg.ring(offerSdp)
    clock.advance(0)
    expect([leg.described, peer.lastResponse('INVITE').body.length]).toEqual([true, offerSdp.length])
    prack({ body: answerSdp })
    expect(answers).toEqual([answerSdp])
    leg.answer('')
    clock.advance(0)
    expect([peer.lastResponse('INVITE').status, peer.lastResponse('INVITE').body.length]).toEqual([200, 0])
    peer.request({ method: 'ACK', branch: 'z9hG4bKack', toTag: invite.localTag })
    leg.reject(480)
    expect(answers).toHaveLength(1)
  })
})
