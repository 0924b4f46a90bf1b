/** A side that asks for an offer of ours and answers it: what a pair does with the answer. */
import { describe, expect, it } from 'vitest'
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { createSilentMedia } from '../simulation/silent-media.ts'
import type { FormOffer, OfferExchange } from '../sip/index.ts'
import { DirectPair } from './direct-pair.ts'
import { LegMedia } from './leg-media.ts'
import { RelayPair } from './relay-pair.ts'

const sdp = (version: number, direction = 'sendrecv') =>
  [
    'v=0',
    `o=agent 1 ${version} IN IP4 192.0.2.1`,
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    `a=${direction}`,
    '',
  ].join('\r\n')

const closed = (version: number) => sdp(version).replace('audio 4000', 'audio 0')

function direct() {
  const told: string[] = []
  const leg = (side: string) => ({
    reinvite(form: FormOffer) {
      told.push(`${side} is offered ${/a=(\w+)/.exec(form() ?? '')?.[1]}`)
      return () => {}
    },
    sendDigit() {},
  })
  const pair = new DirectPair({
    legs: { customer: leg('customer'), agent: leg('agent') },
    origins: { customer: new DirectOrigin(), agent: new DirectOrigin() },
    handlers: { onHeld: by => told.push(`held by ${by}`), onRetrieved: by => told.push(`retrieved by ${by}`) },
    onChanged: () => {},
  })
  return { pair, told }
}

describe('in direct mode', () => {
  it('who asks for an offer is shown what is in force', () => {
    const { pair, told } = direct()
    const exchange: OfferExchange = {
      offer: null,
      current: 'v=now',
      accept: text => told.push(`accepted ${text}`) > 0,
      reject: status => told.push(`rejected ${status}`),
    }
    pair.offered('agent', exchange)
    expect(told).toEqual(['accepted v=now'])
  })

  it('the other side hears of the answer, and of a hold in it', () => {
    const { pair, told } = direct()
    expect([pair.answered('agent', sdp(1, 'sendonly')), pair.answered('agent', sdp(2))]).toEqual([true, true])
    expect(told).toEqual([
      'customer is offered sendonly',
      'held by agent',
      'customer is offered sendrecv',
      'retrieved by agent',
    ])
  })

  it('an answer to a refresh goes on as all that the side stands by, which tells of a hold, too; one of no use does not', () => {
    const { pair, told } = direct()
    pair.refreshed('agent', sdp(2, 'recvonly'), sdp(2))
    pair.refreshed('agent', sdp(3, 'inactive'), sdp(3, 'sendonly'))
    pair.refreshed('agent', 'v=0\r\n', 'v=0\r\n')
    expect(told).toEqual(['customer is offered sendrecv', 'customer is offered sendonly', 'held by agent'])
  })

  it('who refuses the audio in an answer holds (RFC 3264 §6)', () => {
    const { pair, told } = direct()
    expect(pair.answered('agent', closed(1))).toBe(true)
    pair.refreshed('agent', sdp(2), sdp(2))
    pair.refreshed('agent', closed(3), closed(3))
    expect(told).toEqual([
      'customer is offered sendrecv',
      'held by agent',
      'customer is offered sendrecv',
      'retrieved by agent',
      'customer is offered sendrecv',
      'held by agent',
    ])
  })

  it.each([null, 'v=0\r\n'])('an answer of %j can not be taken', text => {
    const { pair, told } = direct()
    expect([pair.answered('agent', text), told]).toEqual([false, []])
  })
})

describe('in relay mode', () => {
  it('the answer takes effect at once: hold, resume; one without audio can not be taken', async () => {
    const told: string[] = []
    const media = createSilentMedia()
    const legOf = async (signallingHost: string) => {
      const leg = await LegMedia.open({
        media,
        sessionId: '1',
        advertisedHost: '192.0.2.10',
        localHost: '192.0.2.10',
        context: { signallingHost, nat: false },
        onEvent: () => {},
      })
      leg.answer(sdp(1), [{ payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 }])
      return leg
    }
    const leg = { sendDigit() {} }
    const pair = new RelayPair({
      media: { customer: await legOf('192.0.2.2'), agent: await legOf('192.0.2.1') },
      legs: { customer: leg, agent: leg },
      music: 'default',
      timeoutMs: 0,
      handlers: { onHeld: by => told.push(`held by ${by}`), onRetrieved: by => told.push(`retrieved by ${by}`) },
      onWatched: () => {},
      onChanged: () => {},
    })
    const ask = () =>
      pair.offered('agent', {
        offer: null,
        current: '',
        accept: text => told.push(`offered ${/m=audio \d+ (\S+)/.exec(text)?.[1]}`) > 0,
        reject: status => told.push(`rejected ${status}`),
      })
    ask()
    expect(pair.answered('agent', sdp(2, 'sendonly'))).toBe(true)
    ask()
    expect(pair.answered('agent', sdp(3))).toBe(true)
    ask()
    expect([pair.answered('agent', 'v=0\r\n'), pair.answered('agent', null)]).toEqual([false, false])
    expect(told).toEqual([
      'offered RTP/AVP',
      'held by agent',
      'offered RTP/AVP',
      'retrieved by agent',
      'offered RTP/AVP',
    ])
    told.length = 0
    // What was in force is offered again, by a refresh.
    for (const text of [sdp(4, 'sendonly'), 'v=0\r\n', sdp(5)]) pair.refreshed('agent', text)
    expect(told).toEqual(['held by agent', 'retrieved by agent'])
    told.length = 0
    // Who refuses the audio holds (RFC 3264 §6).
    for (const text of [closed(6), sdp(7)]) pair.refreshed('agent', text)
    ask()
    expect(pair.answered('agent', closed(8))).toBe(true)
    expect(told).toEqual(['held by agent', 'retrieved by agent', 'offered RTP/AVP', 'held by agent'])
  })
})
