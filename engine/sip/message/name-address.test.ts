/** name-addr and addr-spec. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatNameAddress, parseNameAddress } from './name-address.ts'

describe('reading', () => {
  it.each([
    ['<sip:a@h>', '', 'sip:a@h', {}],
    ['sip:a@h', '', 'sip:a@h', {}],
    ['Bob <sip:a@h>;tag=1', 'Bob', 'sip:a@h', { tag: '1' }],
    ['caller<sip:a@h>;tag=323', 'caller', 'sip:a@h', { tag: '323' }],
    ['"Bob, \\"B\\" \\\\" <sip:a@h>', 'Bob, "B" \\', 'sip:a@h', {}],
    ['"a <sip:x@y>" <sip:a@h>', 'a <sip:x@y>', 'sip:a@h', {}],
    ['"" <sip:a@h>', '', 'sip:a@h', {}],
    ['<sip:a@h;lr>;Lr=no', '', 'sip:a@h;lr', { lr: 'no' }],
    ['sip:a@h;lr ; tag = 7', '', 'sip:a@h', { lr: '', tag: '7' }],
    ['sip:a@h;x="<y>"', '', 'sip:a@h', { x: '<y>' }],
    ['<sip:a@h?x=y>;q="a;\\"b"', '', 'sip:a@h?x=y', { q: 'a;"b' }],
    ['<tel:+44;phone-context=x>;tag=1', '', 'tel:+44;phone-context=x', { tag: '1' }],
    ['isbn:2983792873', '', 'isbn:2983792873', {}],
    ['<http://www.example.com>;tag=3', '', 'http://www.example.com', { tag: '3' }],
    ['<sip:a@h>;__proto__=x', '', 'sip:a@h', { ['__proto__']: 'x' }],
  ])('%s', (text, displayName, uriText, params) => {
    const parsed = parseNameAddress(text)
    expect(parsed).toMatchObject({ displayName, uriText })
    expect([...(parsed?.params ?? [])]).toEqual(Object.entries(params))
  })

  it('keeps header parameters and URI parameters apart', () => {
    // RFC 3261 §20.10: without brackets they are the header's.
    expect([...(parseNameAddress('sip:a@h;transport=tcp')?.uri.params ?? ['none'])]).toEqual([])
    expect(parseNameAddress('<sip:a@h;transport=tcp>')?.uri.params.get('transport')).toBe('tcp')
  })

  it('tells a URI that SIP can not use', () => {
    expect(parseNameAddress('<http://x>')?.uri.scheme).toBe('other')
    expect(parseNameAddress('<sip:x>')?.uri.scheme).toBe('sip')
  })

  it.each([
    '',
    '*',
    'Bob',
    '<>',
    '<sip:a@h',
    '"Bob <sip:a@h>',
    '"Bob" sip:a@h',
    '< sip:a@h >',
    '<sip:a@h> x',
    '<sip:a@h>;;;',
    '<sip:a@h>;=x',
    '<sip:a@h>;x="y',
    'sip:a@h?Route=%3Csip:x%3E',
    '<sip:>',
    '<a b:c>',
  ])('refuses %j', text => {
    expect(parseNameAddress(text)).toBeNull()
  })
})

it('what is written is read as what it was', () => {
  const name = fc
    .string({ unit: 'grapheme' })
    .map(text => [...text].filter(char => char >= ' ' && char !== '\x7f').join(''))
  fc.assert(
    fc.property(name, displayName => {
      const parsed = parseNameAddress(`${formatNameAddress(displayName, 'sip:a@h;lr')};tag=x`)
      expect(parsed).toMatchObject({ displayName, uriText: 'sip:a@h;lr' })
      expect(parsed?.params.get('tag')).toBe('x')
    }),
    { seed: 1 },
  )
})
