/** Codes and events in words. */
import { expect, test } from 'vitest'
import { step } from './live/fixtures.ts'
import {
  callerNumber,
  callerTitle,
  counted,
  eventWords,
  hoursWords,
  registrationWords,
  spaced,
  unmetWords,
} from './words.ts'

const names = { agent: (id: string) => (id === 'ada' ? 'Ada' : id), queue: () => 'Support' }

test.each([
  ['heldHangup', 'held hangup'],
  ['timed_out', 'no answer in time'],
  ['no-route', 'no route'],
  ['Break', 'Break'],
])('%s reads %s', (code, text) => {
  expect(spaced(code)).toBe(text)
})

test('counts agree with their nouns', () => {
  expect([counted(0, 'agent'), counted(1, 'agent'), counted(2, 'agent')]).toEqual(['0 agents', '1 agent', '2 agents'])
})

test('what an agent lacks is said with what is needed', () => {
  const unmet = [
    { skill: 'billing', has: 3, needs: '>= 5' },
    { skill: 'lang.en', has: 0, needs: 'any' },
    { skill: 'trainee', has: 10, needs: 'none' },
  ]
  expect(unmetWords(unmet)).toBe('billing 3, needs at least 5; no lang.en, is needed; trainee 10, is not wanted')
})

test.each([
  [{ registered: true, reason: null, sipCode: null }, 'Registered'],
  [{ registered: false, reason: null, sipCode: null }, 'Not registered yet'],
  [{ registered: false, reason: 'unauthorized', sipCode: 401 }, 'Not registered: unauthorized (401)'],
  [{ registered: false, reason: 'noAnswer', sipCode: null }, 'Not registered: did not answer'],
])('a registration %j reads %s', (registration, text) => {
  expect(registrationWords(registration)).toBe(text)
})

test('a withheld number is never shown, not even by its raw form', () => {
  const ani = { e164: '+4420', raw: '4420', name: 'Grace', withheld: true }
  expect(callerNumber(ani)).toBe('Number withheld')
  expect(callerTitle(ani)).toBe('Number withheld')
})

test('a recipe says why it acted and what it did', () => {
  const about = { callId: 'c', visitId: 'v', queueId: 'q' }
  const data = {
    ...about,
    recipe: 'relax',
    because: 'has waited 20 s',
    actions: ['asks no longer for x', 'priority 9'],
  }
  expect(eventWords({ type: 'call.recipe_applied', data }, names)).toBe(
    'The recipe relax acted, because has waited 20 s: asks no longer for x; priority 9',
  )
  const step = { ...about, from: 'x', to: 'anyone', requirements: '', recipe: 'relax', eligibleCount: 1 }
  expect(eventWords({ type: 'call.routing_step_changed', data: step }, names)).toBe(
    'Asks for anyone now, which 1 agent signed in can serve',
  )
})

test('a story in sentences', () => {
  const story = [
    step.arrived(0),
    step.queued(1),
    step.offered(2),
    step.timedOut(17),
    step.accepted(30),
    step.connected(30, 29_000),
    step.ended(60),
  ]
  expect(story.map(event => eventWords(event, names))).toEqual([
    'Call arrived for support over carrier',
    'Entered Support at place 1',
    'Offered to Ada',
    'Offer to Ada ended: no answer in time, did not answer',
    'Ada answered after 0:02',
    'Ada and the caller talk, after 0:29 of waiting',
    'Call ended by the customer: hangup',
  ])
})

test('a transfer is told by who, to whom, and what came of it', () => {
  const ref = { callId: 'c', kind: 'blind', from: 'agent:ada', to: 'queue:support' }
  const say = (type: string, data: object) => eventWords({ type, data: { ...ref, ...data } }, names)
  expect(say('call.transfer_started', { actor: 'agent:ada' })).toBe('Ada hands the call to Support')
  expect(say('call.transferred', { to: 'number:+44', newVisitId: null })).toBe('Handed over to +44')
  expect(say('call.transfer_failed', { to: 'agent:bob', reason: 'noAnswer', next: 'recall' })).toMatch(
    /^bob did not take the call .*: back to who sent it$/i,
  )
})

test('an event of a type that we do not know has no sentence', () => {
  expect(eventWords({ type: 'monitor.started', data: {} }, names)).toBeNull()
})

test.each([
  [{ open: true, because: 'weekly', name: null, override: null }, 'Open'],
  [{ open: false, because: 'exception', name: 'Christmas', override: null }, 'Closed: Christmas'],
  [{ open: false, because: 'emergency', name: null, override: null }, 'Closed by the definition'],
  [
    { open: false, because: 'emergency', name: null, override: { actor: 'user:sue', reason: 'storm' } },
    'Closed by sue: storm',
  ],
])('%j reads %s', (hours, text) => {
  expect(hoursWords(hours)).toBe(text)
})

test('a step of a menu is told with what came of it', () => {
  const data = { callId: 'c', flowId: 'main', step: 'menu', action: 'gather', result: 'choice = 2' }
  expect(eventWords({ type: 'call.flow_step_taken', data }, names)).toBe('main, menu: gather – choice = 2')
})
