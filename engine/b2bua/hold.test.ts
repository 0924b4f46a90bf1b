/** Hold in every spelling (RFC 3264 §8.4, RFC 2543 appendix B.5), the same in relay and in direct mode. */
import { describe, expect, it } from 'vitest'
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import { createNegotiator } from '../media/sdp/negotiator.ts'
import type { FormOffer } from '../sip/index.ts'
import { DirectPair } from './direct-pair.ts'
import type { OnReinvited } from './pair.ts'

interface Spelling {
  readonly session?: string
  readonly media?: string
  readonly attribute?: string
}

function sdp({ session = 'IN IP4 198.51.100.7', media, attribute }: Spelling): string {
  const lines = ['v=0', 'o=- 1 2 IN IP4 198.51.100.7', 's=-', `c=${session}`, 't=0 0', 'm=audio 4000 RTP/AVP 0']
  if (media !== undefined) lines.push(`c=${media}`)
  if (attribute !== undefined) lines.push(`a=${attribute}`)
  return `${lines.join('\r\n')}\r\n`
}

const zero4 = 'IN IP4 0.0.0.0'
const table: readonly (readonly [name: string, spelling: Spelling, holds: boolean])[] = [
  ['a=sendonly', { attribute: 'sendonly' }, true],
  ['a=inactive', { attribute: 'inactive' }, true],
  ['c=0.0.0.0 of the session', { session: zero4 }, true],
  ['c=0.0.0.0 of the stream', { media: zero4 }, true],
  ['c=0.0.0.0 with a=sendrecv', { session: zero4, attribute: 'sendrecv' }, true],
  ['c=0.0.0.0 with a=recvonly', { session: zero4, attribute: 'recvonly' }, true],
  ['c=0.0.0.0 with a=inactive', { session: zero4, attribute: 'inactive' }, true],
  ['c=:: of the session', { session: 'IN IP6 ::' }, true],
  ['c=:: of the stream', { media: 'IN IP6 ::' }, true],
  ['c=0:0:0:0:0:0:0:0', { session: 'IN IP6 0:0:0:0:0:0:0:0' }, true],
  ['c=::0 with a=sendonly', { session: 'IN IP6 ::0', attribute: 'sendonly' }, true],
  ['nothing said', {}, false],
  ['a=sendrecv', { attribute: 'sendrecv' }, false],
  ['a=recvonly', { attribute: 'recvonly' }, false],
  ['c=0.0.0.0 of the session, an address of the stream', { session: zero4, media: 'IN IP4 198.51.100.7' }, false],
]

const local = { host: '192.0.2.1', port: 10_000 }
const context = { signallingHost: '198.51.100.7', nat: false }
const pcmu = { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 }

describe('in relay mode', () => {
  it.each(table)('%s', (_name, spelling, holds) => {
    const negotiator = createNegotiator({ sessionId: '1' })
    negotiator.answer(sdp({}), local, context, [pcmu])
    const held = negotiator.answer(sdp(spelling), local, context, [pcmu])
    expect(held).toMatchObject({ ok: true, change: holds ? 'held' : 'none' })
    expect(negotiator.remoteHolds).toBe(holds)
    const resumed = negotiator.answer(sdp({}), local, context, [pcmu])
    expect(resumed).toMatchObject({ ok: true, change: holds ? 'resumed' : 'none' })
  })
})

describe('in direct mode', () => {
  it.each(table)('%s', (_name, spelling, holds) => {
    const told: string[] = []
    const leg = {
      reinvite(_form: FormOffer, onResult: OnReinvited) {
        onResult(sdp({}), 0)
        return () => {}
      },
      sendDigit() {},
    }
    const pair = new DirectPair({
      legs: { customer: leg, agent: leg },
      origins: { customer: new DirectOrigin(), agent: new DirectOrigin() },
      handlers: { onHeld: by => told.push(`held ${by}`), onRetrieved: by => told.push(`retrieved ${by}`) },
      onChanged: () => {},
    })
    const offer = (text: string) =>
      pair.offered('agent', { offer: text, current: '', accept: () => true, reject: status => told.push(`${status}`) })
    offer(sdp(spelling))
    offer(sdp({}))
    expect(told).toEqual(holds ? ['held agent', 'retrieved agent'] : [])
  })
})
