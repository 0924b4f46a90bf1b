/** What an INVITE says of its caller, by whom it is believed, and what goes along to another leg. */
import { describe, expect, it } from 'vitest'
import { request } from '../sip/testing/wire.ts'
import { readIdentity } from './caller-identity.ts'

const read = (headers: readonly string[], trusted = true, from = '"Carol" <sip:+441@a>') =>
  readIdentity(request({ method: 'INVITE', from, headers, body: 'v=0\r\n' }), trusted)

describe('an asserted identity', () => {
  const asserted = ['P-Asserted-Identity: "C. Carol" <sip:+4499@carrier>']

  it('is believed of who is trusted, and of nobody else', () => {
    expect(read(asserted)).toMatchObject({ user: '+4499', displayName: 'C. Carol', withheld: false })
    expect(read(asserted, false)).toMatchObject({ user: '+441', displayName: 'Carol', asserted: null })
    expect(read(asserted).asserted).toBe('+4499')
  })

  it.each([
    [['Privacy: id'], undefined],
    [['Privacy: critical; ID'], undefined],
    [['Privacy: header, id'], undefined],
    [['Privacy: user'], undefined],
    [[], '"Anonymous" <sip:anonymous@anonymous.invalid>'],
    [[], '<sip:Anonymous@carrier>'],
    // What a carrier asserts of somebody whom it does not know, whatever he says of himself.
    [['P-Asserted-Identity: <sip:anonymous@anonymous.invalid>'], undefined],
  ])('is withheld by %j and %s', (headers, from) => {
    expect(read([...headers, ...asserted], true, from).withheld).toBe(true)
  })

  it.each([['Privacy: none'], ['Privacy: session'], ['Privacy: x-identity;void']])('is not withheld by %s', header => {
    expect(read([header]).withheld).toBe(false)
  })
})

it.each([
  [['Diversion: <sip:2@h>;reason=no-answer, <sip:1@h>;reason=User-Busy'], '1', 'user-busy'],
  [['Diversion: <tel:+443>'], '+443', null],
  [['History-Info: <sip:first@h?Reason=SIP%3Bcause%3D486>;index=1, <sip:200@h>;index=1.1;rc=1'], 'first', 'SIP 486'],
  [['History-Info: <sip:first@h>;index=1, <sip:200@h;cause=302>;index=1.1;mp=1'], 'first', 'SIP 302'],
  [['History-Info: <sip:200@h>;index=1'], null, null],
  [['Diversion: rubbish'], null, null],
  [[], null, null],
  // Whoever wants to be told to nobody isn't, in an attribute either.
  [['Diversion: <sip:2@h>;reason=no-answer, <sip:1@h>;reason=user-busy;privacy=full'], null, null],
  [['Diversion: <sip:1@h>;reason=user-busy', 'Privacy: history'], null, null],
  [['Diversion: <sip:anonymous@anonymous.invalid>;reason=user-busy'], null, null],
  [['History-Info: <sip:first@h?Privacy=history>;index=1, <sip:200@h>;index=1.1;rc=1'], null, null],
  [['History-Info: <sip:first@h>;index=1, <sip:200@h>;index=1.1;rc=1', 'Privacy: header'], null, null],
  [['History-Info: <sip:anonymous@anonymous.invalid>;index=1, <sip:200@h>;index=1.1;rc=1'], null, null],
  [[`Diversion: <sip:${'1'.repeat(65)}@h>`], null, null],
])('%j says that the call was diverted from %s', (headers, divertedFrom, divertedReason) => {
  expect(read(headers)).toMatchObject({ divertedFrom, divertedReason })
  expect(read(headers, false)).toMatchObject({ divertedFrom: null, divertedReason: null })
})

it('is cut to what an INVITE to a phone can carry, however much there is of it', () => {
  const long = read([], true, `"${'n'.repeat(8_000)}" <sip:${'1'.repeat(8_000)}@a>`)
  expect(long).toMatchObject({ displayName: 'n'.repeat(64), user: '1'.repeat(64) })
  const asserted = read(['Privacy: id', `P-Asserted-Identity: <sip:${'2'.repeat(8_000)}@a>`])
  expect(asserted.asserted).toBe('2'.repeat(64))
  // Half of a character can't be written.
  expect(read([], true, `<sip:${'1'.repeat(63)}%F0%9F%98%80@a>`).user).toBe(`${'1'.repeat(63)}\ufffd`)
})
