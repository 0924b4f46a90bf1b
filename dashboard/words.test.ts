/** Codes and events in words. */
import { expect, test } from 'vitest'
import { step } from './live/fixtures.ts'
import { callerNumber, callerTitle, counted, eventWords, spaced } from './words.ts'

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

test('a withheld number is never shown, not even by its raw form', () => {
  const ani = { e164: '+4420', raw: '4420', name: 'Grace', withheld: true }
  expect(callerNumber(ani)).toBe('Number withheld')
  expect(callerTitle(ani)).toBe('Number withheld')
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

test('an event of a type that we do not know has no sentence', () => {
  expect(eventWords({ type: 'monitor.started', data: {} }, names)).toBeNull()
})
