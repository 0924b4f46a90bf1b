/** What a party has said last: its own offers, and answers where they tell more; and which way its audio is to go. */
import { describe, expect, it, vi } from 'vitest'
import { readDescription } from '../media/sdp/description.ts'
import { createWorld } from '../simulation/world.ts'
import type { OfferExchange } from '../sip/index.ts'
import { Said } from './said.ts'

// As it is, but counted.
vi.mock('../media/sdp/description.ts', { spy: true })

const sdp = (formats: string, { host = '192.0.2.1', port = 4000, profile = 'RTP/AVP' } = {}) =>
  `v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 ${host}\r\nt=0 0\r\nm=audio ${port} ${profile} ${formats}\r\n`

const offer = sdp('8 0 9')
const ours = sdp('8 0')
const going = (direction: string, text = offer) => `${text}a=${direction}\r\n`

function saidAfter(before: string | null, answer: string | null, to: string | null = ours) {
  const said = new Said(before)
  said.answered(answer, to)
  return said.last
}

it.each([
  ['names what was chosen of an offer of ours, at the same place: he can do more', sdp('0'), offer],
  ['tells of another address', sdp('0', { host: '192.0.2.7' }), sdp('0', { host: '192.0.2.7' })],
  ['tells of another port', sdp('0', { port: 4002 }), sdp('0', { port: 4002 })],
  ['may have other keys', sdp('0', { profile: 'RTP/SAVP' }), sdp('0', { profile: 'RTP/SAVP' })],
  ['is none', null, offer],
  ['says nothing', '', offer],
])('an answer that %s', (_, answer, said) => {
  expect(saidAfter(offer, answer)).toBe(said)
})

it('the first that is said is an answer where there was no offer', () => {
  expect(saidAfter(null, sdp('0'))).toBe(sdp('0'))
  expect(saidAfter(null, null)).toBeNull()
})

it('an encrypted offer does not outlive the answer that comes after it', () => {
  const encrypted = sdp('0', { profile: 'RTP/SAVP' })
  const later = encrypted.replace('s=-', 's=later')
  expect(saidAfter(encrypted, later)).toBe(later)
})

describe('which way the audio of a party is to go', () => {
  it.each([
    // What we offer, what he has said before, what he answers, and what he wants.
    ['sendonly', 'sendrecv', 'recvonly', 'sendrecv'],
    ['inactive', 'sendrecv', 'inactive', 'sendrecv'],
    ['recvonly', 'sendrecv', 'sendonly', 'sendrecv'],
    ['sendrecv', 'sendrecv', 'sendonly', 'sendonly'],
    ['sendrecv', 'sendrecv', 'inactive', 'inactive'],
    ['sendrecv', 'sendrecv', 'recvonly', 'recvonly'],
    ['sendrecv', 'sendonly', 'sendrecv', 'sendrecv'],
    ['sendrecv', 'sendonly', 'sendonly', 'sendonly'],
    ['sendonly', 'sendonly', 'inactive', 'sendonly'],
    ['inactive', 'sendonly', 'inactive', 'sendonly'],
    // Held, one may answer with silence as well (RFC 3264 §6.1).
    ['sendonly', 'sendrecv', 'inactive', 'sendrecv'],
    ['sendonly', 'recvonly', 'inactive', 'recvonly'],
    ['recvonly', 'sendrecv', 'inactive', 'sendrecv'],
    ['recvonly', 'inactive', 'inactive', 'inactive'],
  ])('offered %s, before %s, answered %s: %s', (to, before, answer, wanted) => {
    const there = sdp('0', { port: 4002 })
    expect(saidAfter(going(before), going(answer, there), going(to, ours))).toBe(going(wanted, there))
    // At the same place his offer stands, but for this.
    expect(saidAfter(going(before), going(answer, sdp('0')), going(to, ours))).toBe(going(wanted))
  })

  it('is not what a hold has made of it, when the relay is put in between after that', () => {
    const said = new Said(offer)
    const there = sdp('0', { port: 4002 })
    said.answered(going('recvonly', there), going('sendonly', ours))
    said.answered(there, ours)
    expect(said.last).toBe(going('sendrecv', there))
  })

  it('is told by the answer to the offer that he has asked for', () => {
    const said = new Said(offer)
    const asked = () => said.noting({ offer: null, current: '', accept: () => true, reject: () => {} })
    asked().accept(going('recvonly', ours))
    said.answered(going('sendonly', sdp('0')))
    expect(said.last).toBe(offer)
    asked().accept(ours)
    said.answered(going('sendonly', sdp('0')))
    expect(said.last).toBe(going('sendonly'))
  })

  it('is that of who picks up, whatever was played before', () => {
    const said = new Said()
    said.answered(going('sendonly', sdp('8')), ours)
    said.picksUp(going('sendrecv', sdp('0')), ours)
    expect(said.last).toBe(going('sendrecv', sdp('0')))
    said.picksUp('', ours)
    expect(said.last).toBe(going('sendrecv', sdp('0')))
  })
})

it('an offer counts when it is taken, and not if it is refused or given up', () => {
  const said = new Said()
  const exchange = (isOpen: boolean): OfferExchange => ({
    offer,
    current: '',
    accept: () => isOpen,
    reject: () => {},
  })
  said.noting(exchange(true)).reject(488)
  expect(said.noting(exchange(false)).accept('')).toBe(false)
  expect(said.last).toBeNull()
  expect(said.noting(exchange(true)).accept('')).toBe(true)
  expect(said.last).toBe(offer)
})

it('what it has answered before it moved is over; another branch of a fork has not moved', () => {
  const said = new Said()
  said.noting({ offer, current: '', answered: 'v=1', accept: () => true, reject: () => {} }).accept('')
  said.picksUp('v=1', ours)
  expect(said.last).toBe(offer)
  said.picksUp('v=2', ours)
  expect(said.last).toBe('v=2')
})

describe('what nobody asks for is not read', () => {
  it('an answer, until it is asked for; and then once', () => {
    const read = vi.mocked(readDescription)
    read.mockClear()
    const said = new Said()
    said.answered(going('sendonly', sdp('8')), ours)
    said.picksUp(going('recvonly', sdp('0')), ours)
    expect(read).not.toHaveBeenCalled()
    expect(said.last).toBe(going('recvonly', sdp('0')))
    const times = read.mock.calls.length
    expect(times).toBeGreaterThan(0)
    expect(said.last).toBe(going('recvonly', sdp('0')))
    expect(read).toHaveBeenCalledTimes(times)
  })

  it('nor one that an offer has come after', () => {
    const read = vi.mocked(readDescription)
    read.mockClear()
    const said = new Said()
    said.picksUp(going('recvonly', sdp('0')), ours)
    said.noting({ offer, current: '', accept: () => true, reject: () => {} }).accept('')
    expect(said.last).toBe(offer)
    expect(read).not.toHaveBeenCalled()
  })

  it.each(['immediately', 'with-agent'] as const)('in a call that is answered %s, relayed and ended', async answer => {
    const asked = vi.spyOn(Said.prototype, 'last', 'get')
    const noted = vi.spyOn(Said.prototype, 'picksUp')
    const world = await createWorld({
      seed: 1,
      center: {
        queues: [{ id: 'support', answer, wrapUpMs: 0 }],
        agents: [{ id: 'ada', queues: ['support'], alwaysAvailable: true }],
        numbers: [{ match: 'support', queue: 'support' }],
      },
    })
    const { call } = await world.call('support', { patienceMs: 600_000, talkMs: 1_000, talkFrom: 'join' })
    await world.run(10_000)
    expect(call.end).toEqual({ by: 'self', status: 200 })
    expect(noted).toHaveBeenCalledTimes(1)
    expect(asked).not.toHaveBeenCalled()
    await world.stop()
  })
})
