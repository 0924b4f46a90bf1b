/** What a party has said last: its own offers, and answers where they tell more. */
import { expect, it } from 'vitest'
import type { OfferExchange } from '../sip/index.ts'
import { noting, saidAfterAnswer } from './said.ts'

const sdp = (formats: string, { host = '192.0.2.1', port = 4000, profile = 'RTP/AVP' } = {}) =>
  `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio ${port} ${profile} ${formats}\r\n`

const offer = sdp('8 0 9')

it.each([
  ['names what was chosen of an offer of ours, at the same place: he can do more', sdp('0'), offer],
  ['tells of another address', sdp('0', { host: '192.0.2.7' }), sdp('0', { host: '192.0.2.7' })],
  ['tells of another port', sdp('0', { port: 4002 }), sdp('0', { port: 4002 })],
  ['may have other keys', sdp('0', { profile: 'RTP/SAVP' }), sdp('0', { profile: 'RTP/SAVP' })],
  ['is none', null, offer],
  ['says nothing', '', offer],
])('an answer that %s', (_, answer, said) => {
  expect(saidAfterAnswer(offer, answer)).toBe(said)
})

it('the first that is said is an answer where there was no offer', () => {
  expect(saidAfterAnswer(null, sdp('0'))).toBe(sdp('0'))
  expect(saidAfterAnswer(null, null)).toBeNull()
})

it('an encrypted offer does not outlive the answer that comes after it', () => {
  const encrypted = sdp('0', { profile: 'RTP/SAVP' })
  const later = encrypted.replace('s=-', 's=later')
  expect(saidAfterAnswer(encrypted, later)).toBe(later)
})

it('an offer counts when it is taken, and not if it is refused or given up', () => {
  const taken: string[] = []
  const exchange = (isOpen: boolean): OfferExchange => ({
    offer,
    current: '',
    accept: () => isOpen,
    reject: () => {},
  })
  noting(exchange(true), it => taken.push(it)).reject(488)
  expect(noting(exchange(false), it => taken.push(it)).accept('')).toBe(false)
  expect(taken).toEqual([])
  expect(noting(exchange(true), it => taken.push(it)).accept('')).toBe(true)
  expect(taken).toEqual([offer])
  const asking = { ...exchange(true), offer: null }
  expect(noting(asking, it => taken.push(it))).toBe(asking)
})
