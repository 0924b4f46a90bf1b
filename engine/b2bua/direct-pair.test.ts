/** Changes that pass through a direct pair: one at a time, what a refusal becomes, and what is undone of one that was given up. */
import { describe, expect, it } from 'vitest'
import { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { FormOffer, OfferExchange } from '../sip/index.ts'
import { DirectPair, refusalFor } from './direct-pair.ts'
import type { OnReinvited, Side } from './pair.ts'

const sdp = (who: string, version: number, direction = 'sendrecv') =>
  [
    'v=0',
    `o=${who} 1 ${version} IN IP4 192.0.2.1`,
    's=-',
    'c=IN IP4 192.0.2.1',
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    `a=${direction}`,
    '',
  ].join('\r\n')

function brief(text: string): string {
  const [, who, version] = /o=(\w+) 1 (\d+)/.exec(text) ?? []
  return `${who} ${version} ${/a=(\w+)/.exec(text)?.[1]}`
}

/** A pair that has met: each side has been shown the first description of the other. */
function met() {
  const told: string[] = []
  const asked: Record<Side, OnReinvited[]> = { customer: [], agent: [] }
  const leg = (side: Side) => ({
    reinvite(form: FormOffer, onResult: OnReinvited) {
      told.push(`${side} is offered ${brief(form() ?? '')}`)
      asked[side].push(onResult)
      return () => void told.push(`${side} is let off`)
    },
    sendDigit() {},
  })
  const origins = { customer: new DirectOrigin(), agent: new DirectOrigin() }
  origins.agent.pass(sdp('customer', 1))
  origins.customer.pass(sdp('agent', 1))
  const pair = new DirectPair({
    legs: { customer: leg('customer'), agent: leg('agent') },
    origins,
    handlers: { onHeld: by => told.push(`held by ${by}`), onRetrieved: by => told.push(`retrieved by ${by}`) },
    onChanged: () => {},
  })
  /** @returns what gives the change up */
  const offer = (by: Side, text: string | null) => {
    let isOpen = true
    let onGivenUp = () => {}
    const finish = (what: string) => {
      if (isOpen) told.push(`${by} ${what}`)
      const was = isOpen
      isOpen = false
      return was
    }
    const exchange: OfferExchange = {
      offer: text,
      current: sdp(by === 'agent' ? 'customer' : 'agent', 1),
      accept: answer => finish(`is answered ${brief(answer)}`),
      reject: status => void finish(`is refused ${status}`),
      whenGivenUp: listener => {
        onGivenUp = listener
      },
    }
    pair.offered(by, exchange)
    return () => {
      finish('gives up')
      onGivenUp()
    }
  }
  const reply = (side: Side, answer: string | null, refusedWith = 0) => asked[side].shift()?.(answer, refusedWith)
  return { pair, told, offer, reply }
}

describe('changes of both sides that cross', () => {
  it('the second is refused with 491 until the first is over', () => {
    const { told, offer, reply } = met()
    offer('customer', sdp('customer', 2, 'sendonly'))
    offer('agent', sdp('agent', 2, 'sendonly'))
    offer('agent', null)
    reply('agent', sdp('agent', 2, 'recvonly'))
    offer('agent', sdp('agent', 3, 'inactive'))
    reply('customer', sdp('customer', 3, 'inactive'))
    expect(told).toEqual([
      'agent is offered customer 2 sendonly',
      'agent is refused 491',
      'agent is refused 491',
      'customer is answered agent 2 recvonly',
      'held by customer',
      'customer is offered agent 3 inactive',
      'agent is answered customer 3 inactive',
      'held by agent',
    ])
  })

  it('one that was refused is over', () => {
    const { told, offer, reply } = met()
    offer('customer', sdp('customer', 2))
    reply('agent', null, 488)
    offer('agent', sdp('agent', 2))
    expect(told.slice(1)).toEqual(['customer is refused 488', 'customer is offered agent 2 sendrecv'])
  })

  it('who was asked for the offer has it back only when the other has its answer', () => {
    const { pair, told, offer, reply } = met()
    offer('customer', null)
    offer('agent', sdp('agent', 2))
    expect(pair.answered('customer', sdp('customer', 2))).toBe(true)
    offer('agent', sdp('agent', 2))
    reply('agent', sdp('agent', 2))
    offer('agent', sdp('agent', 3))
    expect(told).toEqual([
      'customer is answered agent 1 sendrecv',
      'agent is refused 491',
      'agent is offered customer 2 sendrecv',
      'agent is refused 491',
      'customer is offered agent 3 sendrecv',
    ])
  })

  it('one that is open when the two part is refused with 491, and a late answer changes nothing', () => {
    const { pair, told, offer, reply } = met()
    offer('customer', sdp('customer', 2, 'sendonly'))
    pair.part()
    reply('agent', sdp('agent', 2, 'recvonly'))
    expect(told).toEqual(['agent is offered customer 2 sendonly', 'customer is refused 491'])
  })
})

describe('a change that was given up while the other side was asked', () => {
  it('is not asked for any more, and the session is what it was: the next one begins where it has stood', () => {
    const { pair, told, offer, reply } = met()
    const giveUp = offer('customer', sdp('customer', 2, 'sendonly'))
    giveUp()
    offer('agent', sdp('agent', 2))
    reply('agent', null, 487)
    offer('customer', sdp('customer', 2))
    expect(told).toEqual([
      'agent is offered customer 2 sendonly',
      'customer gives up',
      'agent is let off',
      // Until it has said so itself.
      'agent is refused 491',
      'agent is offered customer 3 sendrecv',
    ])
    expect(pair.held).toEqual([])
  })

  it('is undone there if it was taken by then, with a higher version; nobody holds', () => {
    const { pair, told, offer, reply } = met()
    const giveUp = offer('customer', sdp('customer', 2, 'sendonly'))
    giveUp()
    reply('agent', sdp('agent', 2, 'recvonly'))
    offer('agent', sdp('agent', 3))
    reply('agent', sdp('agent', 3))
    offer('customer', sdp('customer', 3))
    expect(told).toEqual([
      'agent is offered customer 2 sendonly',
      'customer gives up',
      'agent is let off',
      'agent is offered customer 3 sendrecv',
      // Until it is undone.
      'agent is refused 491',
      'agent is offered customer 4 sendrecv',
    ])
    expect(pair.held).toEqual([])
  })

  it('goes back to what was taken last, not to what was refused', () => {
    const { told, offer, reply } = met()
    offer('customer', sdp('customer', 2, 'sendonly'))
    reply('agent', sdp('agent', 2, 'recvonly'))
    offer('customer', sdp('customer', 3, 'inactive'))
    reply('agent', null, 488)
    const giveUp = offer('customer', sdp('customer', 4))
    giveUp()
    reply('agent', sdp('agent', 2, 'recvonly'))
    expect(told.at(-1)).toBe('agent is offered customer 5 sendonly')
  })

  it('leaves nothing to undo if the other side refuses it, too', () => {
    const { told, offer, reply } = met()
    const giveUp = offer('customer', sdp('customer', 2, 'sendonly'))
    giveUp()
    reply('agent', null, 487)
    offer('agent', sdp('agent', 2))
    expect(told.slice(3)).toEqual(['customer is offered agent 2 sendrecv'])
  })
})

const refusals: readonly (readonly [status: number, passed: number])[] = [
  [488, 488],
  [491, 491],
  [500, 500],
  ...[0, 302, 401, 404, 407, 408, 480, 481, 486, 487, 503, 603].map(status => [status, 488] as const),
]

it.each(refusals)('a refusal of %d is passed on as %d', (status, passed) => {
  expect(refusalFor(status)).toBe(passed)
  if (status === 0) return
  const { told, offer, reply } = met()
  offer('customer', sdp('customer', 2, 'sendonly'))
  reply('agent', null, status)
  expect(told.at(-1)).toBe(`customer is refused ${passed}`)
})
