/** What goes along with the next response to a caller (RFC 7433): what somebody says who rings, or has taken the call; nobody else's. */
import { expect, it } from 'vitest'
import { BridgeCore } from './bridge-core.ts'
import type { BridgeOptions } from './bridge-options.ts'
import { noOffer } from './leg-outcome.ts'
import type { OfferedAgent } from './offered-agent.ts'

function setUp() {
  const ends = { self: null, peer: null }
  const customer = { kind: 'caller', nat: false, invite: { offer: '', ends, flow: {} } }
  const core = new BridgeCore({ callId: 'c', customer, onEvent: () => {} } as unknown as BridgeOptions)
  const along: (string | null)[] = []
  core.customer.leg.passOn = uui => void along.push(uui)
  const rings = (offerId: string, userToUser: string | null) => {
    const leg = { userToUser, answered: false, hangup: () => {} }
    const redirection = { add: () => {}, isOver: false, next: () => new Promise(() => {}) }
    const known = { leg, media: null, earlySdp: null, redirection }
    core.agents.adopt({ ...known, home: { owner: { offerId } } } as unknown as OfferedAgent)
    core.ringing(offerId)
  }
  return { core, along, rings }
}

it('nothing once nobody rings any more', () => {
  const { core, along, rings } = setUp()
  rings('ada', 'aa')
  core.withdraw('ada', false, {})
  expect(along).toEqual(['aa', null])
})

it('nothing while a phone that has sent the call on is not followed by one that rings', () => {
  const { core, along, rings } = setUp()
  rings('ada', 'aa')
  const isSentOn = core.agents.sentOn('ada', noOffer)
  expect([isSentOn, along]).toEqual([true, ['aa', null]])
})

it('what another one has said who rings on', () => {
  const { core, along, rings } = setUp()
  rings('ada', 'aa')
  rings('bob', 'bb')
  core.left('bob')
  expect(along).toEqual(['aa', 'bb', 'aa'])
})

it('nothing of one who rings, or does so no more, while another one has taken the call', () => {
  const { core, along, rings } = setUp()
  rings('ada', 'aa')
  core.connected = 'ada'
  rings('bob', 'bb')
  core.left('bob')
  expect(along).toEqual(['aa'])
})
