/** The one next action in every state of an agent. */
import { expect, test } from 'vitest'
import type { ScreenPop } from '../../engine/events.ts'
import { agentOf, at } from '../live/fixtures.ts'
import { nextAction, webAddress } from './next-action.ts'

const pop = (url: string): ScreenPop => ({
  popId: 'p1',
  callId: 'c1',
  offerId: 'o1',
  agentId: 'ada',
  trigger: 'offer',
  ani: { e164: null, raw: '100', name: null, withheld: false },
  dnis: 'support',
  queueId: 'support',
  queueName: 'Support',
  waitMs: 0,
  ivr: { path: [], digits: '' },
  attributes: {},
  matchStatus: 'none',
  matches: [],
  target: { kind: 'url', params: { url } },
  expiresAt: at(60),
})

const mandatory: ReturnType<typeof agentOf>['wrapUp'] = {
  mode: 'mandatory',
  asked: false,
  extendMs: 0,
  extensionsLeft: 0,
  dispositions: [],
  disposition: null,
  notes: null,
}

test.each([
  [agentOf({ session: 'offline', label: 'offline' }), null, 'signIn'],
  [agentOf({ slot: 'wrapping', label: 'wrapUp' }), null, 'completeWrapUp'],
  [agentOf({ slot: 'wrapping', label: 'wrapUp', wrapUp: mandatory }), null, 'saveNotes'],
  [agentOf({ availability: 'notReady' }), null, 'goAvailable'],
  [agentOf({ availability: 'notReady', endpoint: 'unreachable' }), null, 'goAvailable'],
  [agentOf(), null, 'none'],
  [agentOf({ endpoint: 'unreachable' }), null, 'none'],
  [agentOf({ slot: 'ringing' }), null, 'none'],
  [agentOf({ slot: 'ringing' }), pop('https://crm.example/?phone=100'), 'openRecord'],
  [agentOf({ slot: 'engaged' }), pop('https://crm.example/?phone=100'), 'openRecord'],
  [agentOf({ slot: 'wrapping' }), pop('https://crm.example/?phone=100'), 'completeWrapUp'],
])('%#', (agent, screenPop, kind) => {
  expect(nextAction(agent, screenPop).kind).toBe(kind)
})

test('a pop can’t smuggle a script into a link', () => {
  expect(webAddress('javascript:alert(1)')).toBeNull()
  expect(webAddress('data:text/html,x')).toBeNull()
  expect(webAddress('/relative')).toBeNull()
  expect(webAddress('https://crm.example/a b')).toBe('https://crm.example/a%20b')
  expect(nextAction(agentOf({ slot: 'ringing' }), pop('javascript:alert(1)')).kind).toBe('none')
})
