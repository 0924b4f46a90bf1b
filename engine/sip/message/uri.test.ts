/** Reading, writing and comparing URIs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  bracketed,
  decodeUser,
  effectivePort,
  encodeUser,
  formatUri,
  hostPort,
  isForeignUri,
  parseHostPort,
  parsePort,
  parseUri,
  type SipUri,
  sameUri,
  userUri,
} from './uri.ts'

function uri(text: string): SipUri {
  const parsed = parseUri(text)
  if (parsed === null) throw new Error(`malformed: ${text}`)
  return parsed
}

describe('reading', () => {
  it.each([
    ['sip:alice@atlanta.com', { scheme: 'sip', user: 'alice', host: 'atlanta.com', port: 0 }],
    ['SIP:Alice@ATLANTA.com:5070', { scheme: 'sip', user: 'Alice', host: 'atlanta.com', port: 5070 }],
    ['sips:host', { scheme: 'sips', user: '', host: 'host' }],
    ['sip:alice:secret@h', { user: 'alice', password: 'secret' }],
    ['sip:alice:@h', { user: 'alice', password: '' }],
    ['sip:user;par=u%40example.net@example.com', { user: 'user;par=u%40example.net', host: 'example.com' }],
    ['sip:a?b/c@h?x=y', { user: 'a?b/c', host: 'h', headers: 'x=y' }],
    ['sip:a@[2001:DB8::10]', { host: '2001:db8::10', port: 0 }],
    ['sip:[2001:db8::10]:5070', { user: '', host: '2001:db8::10', port: 5070 }],
    ['sip:[2001:db8::10:5070]', { host: '2001:db8::10:5070', port: 0 }],
    ['sip:a@[2001:0DB8:0:0::0010]:5070', { host: '2001:db8::10', port: 5070 }],
    ['sip:[::ffff:192.0.2.10]', { host: '::ffff:192.0.2.10' }],
    ['sip:%00@h', { user: '%00' }],
    ['tel:+44-20-7946-0123;phone-context=+44', { scheme: 'tel', user: '+44-20-7946-0123', host: '' }],
    ['tel:7042;phone-context=example.com', { scheme: 'tel', user: '7042' }],
    ['sip:a@h;lr', { host: 'h' }],
  ])('%s', (text, expected) => {
    expect(uri(text)).toMatchObject(expected)
  })

  it('takes parameters without case of the name, and quoted values', () => {
    const { params } = uri('sip:a@h;LR;Transport=TCP;x="a;b"')
    expect([...params]).toEqual([
      ['lr', ''],
      ['transport', 'TCP'],
      ['x', 'a;b'],
    ])
  })

  it('takes __proto__ for a parameter like any other', () => {
    expect(uri('sip:a@h;__proto__=x').params.get('__proto__')).toBe('x')
  })

  it.each([
    '',
    'sip:',
    'sip:@h',
    'sip:a@',
    'sip:a@h:',
    'sip:a@h:0',
    'sip:a@h:65536',
    'sip:a@h:5o6o',
    'sip:2001:db8::10',
    'sip:a@[2001:db8::10',
    'sip:a@[]',
    'sip:a@[host]',
    'sip:a@[::1]x',
    'sip:a@[::1]:',
    'sip:a@h h',
    'sip:a b@h',
    'sip:a:b c@h',
    'sip:a:<sip:b@h',
    'sip:a@h?x=y z',
    'sip:a"b@h',
    'sip:a<b@h',
    'sip:a@h/x',
    'sip:a@h;;x',
    'tel:',
    'tel:;x',
    'tel:1 2',
    'http://example.com',
    'isbn:2983792873',
    'alice',
    ':x',
    ' sip:a@h',
  ])('refuses %j', text => {
    expect(parseUri(text)).toBeNull()
  })

  it.each([
    ['http://example.com', true],
    ['soap.beep://192.0.2.103:3002', true],
    ['sip:', false],
    ['SIPS:x', false],
    ['tel:', false],
    ['2001:db8::1', false],
    ['no scheme:x', false],
    ['x', false],
  ])('%s is foreign: %s', (text, foreign) => {
    expect(isForeignUri(text)).toBe(foreign)
  })
})

describe('writing', () => {
  it.each([
    'sip:alice@atlanta.com',
    'sip:alice:secret@h:5070;transport=tcp;lr?subject=x',
    'sips:h',
    'sip:a@[2001:db8::10]:5070',
    'tel:+4420;phone-context=x',
  ])('gives %s back', text => {
    expect(formatUri(uri(text))).toBe(text)
  })

  it('and reading are inverse', () => {
    const word = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/)
    const made = fc.record({
      scheme: fc.constantFrom('sip' as const, 'sips' as const),
      user: fc.oneof(fc.constant(''), fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }).map(encodeUser)),
      password: fc.constant(null),
      host: fc.oneof(word, fc.ipV4(), fc.constantFrom('::1', '2001:db8::9:1')),
      port: fc.nat(65535),
      params: fc.dictionary(word, word).map(entries => new Map(Object.entries(entries))),
      headers: fc.oneof(
        fc.constant(''),
        word.map(name => `${name}=x`),
      ),
    })
    fc.assert(
      fc.property(made, it => {
        const read = uri(formatUri(it))
        expect({ ...read, params: new Map(read.params) }).toEqual(it)
      }),
      { seed: 1 },
    )
  })

  it('a user part survives escaping, whatever it is', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' }).filter(it => it.isWellFormed())
    fc.assert(
      fc.property(text, user => {
        expect(decodeUser(encodeUser(user))).toBe(user)
        expect(uri(`sip:${encodeUser(user)}@h`).user).toBe(encodeUser(user))
      }),
      { seed: 2 },
    )
  })

  it('keeps malformed escapes', () => {
    expect(decodeUser('a%zz')).toBe('a%zz')
    expect(decodeUser('%ff')).toBe('%ff')
    expect(decodeUser('%75se%72')).toBe('user')
  })

  it('brackets IPv6', () => {
    expect(bracketed('::1')).toBe('[::1]')
    expect(bracketed('h')).toBe('h')
    expect(hostPort('::1', 5060)).toBe('[::1]:5060')
    expect(hostPort('h', 0)).toBe('h')
  })
})

/** RFC 3261 §19.1.4 gives most of these. */
describe('comparing', () => {
  it.each([
    ['sip:%61lice@atlanta.com;transport=TCP', 'sip:alice@AtLanTa.CoM;Transport=tcp', true],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com;newparam=5', true],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;newparam=5', true],
    ['sip:alice@h', 'sip:ALICE@h', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:5060', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com;transport=udp', false],
    ['sip:bob@biloxi.com', 'sip:bob@biloxi.com:6000;transport=tcp', false],
    ['sip:carol@chicago.com', 'sip:carol@chicago.com?Subject=next%20meeting', false],
    ['sip:bob@phone21.boxesbybob.com', 'sip:bob@192.0.2.4', false],
    ['sip:carol@chicago.com;security=on', 'sip:carol@chicago.com;security=off', false],
    ['sip:a@h', 'sips:a@h', false],
    ['sip:a@h', 'sip:a:b@h', false],
    ['sip:a@h;maddr=1.2.3.4', 'sip:a@h', false],
    // RFC 5954 §4.1
    ['sip:a@[2001:db8::9:1]', 'sip:a@[2001:DB8:0:0:0:0:0009:01]', true],
    ['sip:a@[::ffff:192.0.2.10]', 'sip:a@[::FFFF:192.0.2.10]', true],
    ['sip:a@h;user=phone', 'sip:a@h', false],
  ])('%s, %s: %s', (a, b, same) => {
    expect(sameUri(uri(a), uri(b))).toBe(same)
    expect(sameUri(uri(b), uri(a))).toBe(same)
  })
})

it('the port in force follows the scheme', () => {
  expect(effectivePort(uri('sip:h'))).toBe(5060)
  expect(effectivePort(uri('sips:h'))).toBe(5061)
  expect(effectivePort(uri('sip:h;transport=tls'))).toBe(5061)
  expect(effectivePort(uri('sips:h:7'))).toBe(7)
})

it('ports are decimal and in range', () => {
  expect(['1', '65535', '05060'].map(parsePort)).toEqual([1, 65535, 5060])
  expect(['', '0', '65536', '-1', '1e3', '123456', ' 1'].map(parsePort)).toEqual(Array(7).fill(null))
  expect(parseHostPort('H:1')).toEqual({ host: 'h', port: 1 })
  expect(parseHostPort('h:1:2')).toBeNull()
})

it.each([
  ['+44 1', 'h', 'sip:+44%201@h'],
  // A caller whose From has no user part is shown to agents as such: `sip:@h` is no URI, and phones refuse it.
  ['', '[::1]', 'sip:[::1]'],
])('the URI of user %j at %s is %s, which can be read', (user, host, text) => {
  expect(userUri(user, host)).toBe(text)
  expect(decodeUser(parseUri(text)?.user ?? '-')).toBe(user)
})
