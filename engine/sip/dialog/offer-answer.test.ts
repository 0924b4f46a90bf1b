/** Offers that meet, as a table (RFC 3261 §14, RFC 3311 §5.2). */
import { describe, expect, it } from 'vitest'
import { glareWaitMs, type OpenExchanges, refusalBeside } from './offer-answer.ts'

const nothing: OpenExchanges = { theirs: null, accepted: null, ours: false }

describe('what comes while something is open', () => {
  it.each<[string, Partial<OpenExchanges>, 491 | 500 | null, 491 | 500 | null, 491 | 500 | null]>([
    // What is open; then: INVITE, UPDATE with an offer, UPDATE without.
    ['nothing', {}, null, null, null],
    ['their INVITE', { theirs: 'INVITE' }, 500, 500, null],
    ['their UPDATE', { theirs: 'UPDATE' }, 500, 500, 500],
    ['our answer in a 2xx before its ACK', { accepted: 'answer' }, null, null, null],
    ['our offer in a 2xx before its ACK', { accepted: 'offer' }, 491, 491, null],
    ['a 2xx that waits for a PRACK', { accepted: 'held' }, 500, null, null],
    ['our INVITE', { ours: true }, 491, 491, null],
    ['our INVITE and their UPDATE', { ours: true, theirs: 'UPDATE' }, 500, 500, 500],
  ])('%s', (_what, open, invite, update, empty) => {
    const state = { ...nothing, ...open }
    expect(refusalBeside('INVITE', true, state)).toBe(invite)
    expect(refusalBeside('INVITE', false, state)).toBe(invite)
    expect(refusalBeside('UPDATE', true, state)).toBe(update)
    expect(refusalBeside('UPDATE', false, state)).toBe(empty)
  })
})

it('after glare the owner of the Call-ID waits 2.1 to 4 s, the other side up to 2 s', () => {
  expect([0, 0.5, 0.999_999].map(random => glareWaitMs(true, random))).toEqual([2_100, 3_050, 4_000])
  expect([0, 0.5, 0.999_999].map(random => glareWaitMs(false, random))).toEqual([0, 1_000, 2_000])
})
