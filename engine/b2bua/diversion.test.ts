/** Diversion read as History-Info, and written from it (RFC 7544). */
import { expect, it } from 'vitest'
import { historyOf } from './call-history.ts'
import { diversionsOf, historyOfDiversions } from './diversion.ts'

const way = (values: readonly string[]) =>
  historyOf(
    { entries: historyOfDiversions(values, 'support'), isPrivate: false },
    'support',
    { uri: 'sip:ada@us', cause: null },
    'us',
  )
const nobody = '<sip:anonymous@anonymous.invalid>'

it('the latest place comes last, and each reason stands where it has led', () => {
  const values = ['<sip:2@h>;reason=no-answer;counter=1', '"One" <tel:+441>;reason=User-Busy']
  expect(way(values)).toBe(
    '<sip:+441@us>;index=1, <sip:2@us;cause=486>;index=1.1;mp=1, <sip:support@us;cause=408>;index=1.1.1;mp=1.1, <sip:ada@us>;index=1.1.1.1;mp=1.1.1',
  )
})

it.each([
  ['unknown', '404', 'unknown'],
  ['unconditional', '302', 'unconditional'],
  ['user-busy', '486', 'user-busy'],
  ['no-answer', '408', 'no-answer'],
  ['deflection', '480', 'deflection'],
  ['unavailable', '503', 'unavailable'],
  ['time-of-day', '404', 'unknown'],
  ['do-not-disturb', '404', 'unknown'],
  ['out-of-service', '404', 'unknown'],
])('%s is cause %s, and told on as %s', (reason, cause, told) => {
  const entries = historyOfDiversions([`<sip:1@h>;reason=${reason}`], 'support')
  expect(entries.map(it => it.cause)).toEqual([null, cause])
  expect(diversionsOf(entries, 'support', 'us')).toBe(
    `<sip:support@us>;reason=unconditional;counter=1, <sip:1@us>;reason=${told};counter=1`,
  )
})

it('places that a counter only counts are not told, nor those that want to be private', () => {
  expect(way(['<sip:1@h>;reason=no-answer;counter=2'])).toContain(
    `${nobody};index=1, <sip:1@us>;index=1.1;mp=1, <sip:support@us;cause=408>;index=1.1.1;mp=1.1`,
  )
  for (const privacy of ['full', 'uri', 'name', '"full"']) {
    const entries = historyOfDiversions([`<sip:1@h>;reason=no-answer;privacy=${privacy}`], 'support')
    expect(entries.map(({ user }) => user)).toEqual([null, 'support'])
    expect(diversionsOf(entries, 'support', 'us')).toContain(`${nobody};reason=no-answer;counter=1;privacy=full`)
  }
  expect(way(['<sip:1@h>;privacy=off'])).toContain('<sip:1@us>')
  expect(way(['<sip:anonymous@anonymous.invalid>'])).toContain(`${nobody};index=1, `)
})

it.each([
  ['is malformed', ['rubbish']],
  ['names nobody', ['<sip:h>;reason=no-answer']],
  ['names somebody at length', [`<sip:${'a'.repeat(65)}@h>`]],
  ['is endless', Array.from({ length: 9 }, (_, i) => `<sip:${i}@h>`)],
  ['counts without end', ['<sip:1@h>;counter=99']],
  ['says nothing', []],
])('what %s is no way', (_what, values) => {
  expect(historyOfDiversions(values, 'support')).toEqual([])
})

it('a number that was reached straight has diverted alone', () => {
  expect(diversionsOf([], 'support', 'us')).toBe('<sip:support@us>;reason=unconditional;counter=1')
})
