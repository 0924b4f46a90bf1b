/** When the phone of an agent who waits for the customer is to try again: not with a 488, on which phones end the call. */
import { expect, it } from 'vitest'
import { createSilentMedia } from '../simulation/silent-media.ts'
import type { OfferExchange } from '../sip/index.ts'
import { offerSdp } from '../sip/testing/wire.ts'
import { LegMedia } from './leg-media.ts'
import { hasAnsweredWaiting, offeredWaiting } from './waiting-agent.ts'

const pcma = { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 }

const openMedia = () =>
  LegMedia.open({
    media: createSilentMedia(),
    sessionId: '1',
    advertisedHost: '10.0.0.1',
    localHost: '10.0.0.1',
    context: { signallingHost: '10.0.0.2', nat: false },
    onEvent: () => {},
  })

/** What becomes of an offer, or of the question for one. */
function offer(agent: Parameters<typeof offeredWaiting>[0], sdp: string | null): string | number {
  let heard: string | number = ''
  const exchange: OfferExchange = {
    offer: sdp,
    current: '',
    accept(answer) {
      heard = answer
      return true
    },
    reject(status) {
      heard = status
    },
  }
  offeredWaiting(agent, exchange, [pcma])
  return heard
}

it.each([offerSdp, null])('he is not known, or talks past us, or his answer was not taken yet (%#)', async sdp => {
  const media = await openMedia()
  media.offer([pcma])
  expect([undefined, { media: null }, { media }].map(agent => offer(agent, sdp))).toEqual([491, 491, 491])
  // The offer that he has answered is as it was.
  expect(media.accept(offerSdp)).toMatchObject({ ok: true })
  expect(offer({ media }, sdp)).toMatch(/^m=audio 1\d{4} RTP\/AVP 8/m)
  media.close()
})

it('he takes what he has asked for; without an answer there is no session, but where it was with somebody else', async () => {
  const media = await openMedia()
  media.offer([pcma])
  media.accept(offerSdp)
  offer({ media }, null)
  expect(hasAnsweredWaiting({ media }, null)).toBe(false)
  expect(hasAnsweredWaiting({ media }, offerSdp)).toBe(true)
  expect(hasAnsweredWaiting({ media: null }, null)).toBe(true)
  media.close()
})
