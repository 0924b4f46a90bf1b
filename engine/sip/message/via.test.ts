/** Via values, and what a server adds to them. */
import { describe, expect, it } from 'vitest'
import { askForLess, formatVia, parseVia, stampVia } from './via.ts'

describe('reading', () => {
  it.each([
    ['SIP/2.0/UDP h', { transport: 'UDP', host: 'h', port: 0, branch: '' }],
    ['SIP/2.0/tcp H:5070;branch=z9hG4bK1', { transport: 'TCP', host: 'h', port: 5070, branch: 'z9hG4bK1' }],
    ['SIP / 2.0 / UDP  h : 5070 ; branch = z9hG4bK1', { transport: 'UDP', host: 'h', port: 5070, branch: 'z9hG4bK1' }],
    ['SIP/2.0/UDP h\t:\t5070', { port: 5070 }],
    ['SIP/2.0/UNKNOWN h', { transport: 'UNKNOWN' }],
    ['SIP/2.0/UDP [2001:DB8::9]:5060;received=2001:db8::9:255', { host: '2001:db8::9', port: 5060 }],
    ['SIP/7.0/UDP h', { host: 'h' }],
  ])('%s', (text, expected) => {
    expect(parseVia(text)).toMatchObject(expected)
  })

  it('takes received of IPv6 without brackets (RFC 5118 §4.5)', () => {
    expect(parseVia('SIP/2.0/UDP [2001:db8::9]:5060;received=2001:db8::9:255')?.params.get('received')).toBe(
      '2001:db8::9:255',
    )
  })

  it.each([
    '',
    'h',
    'SIP/2.0',
    'SIP/2.0/UDP',
    'SIP/2.0/ h',
    'HTTP/1.1/UDP h',
    'SIP//UDP h',
    'SIP/2.0/UDP h:x',
    'SIP/2.0/UDP h;;,;,,',
  ])('refuses %j', text => {
    expect(parseVia(text)).toBeNull()
  })
})

describe('stamping', () => {
  it.each([
    ['nothing asked, nothing to say', 'SIP/2.0/UDP 1.2.3.4;branch=b', 'SIP/2.0/UDP 1.2.3.4;branch=b'],
    ['sent-by lies', 'SIP/2.0/UDP h;branch=b', 'SIP/2.0/UDP h;branch=b;received=1.2.3.4'],
    ['an open end', 'SIP/2.0/UDP h;branch=b; ', 'SIP/2.0/UDP h;branch=b;received=1.2.3.4'],
    ['rport', 'SIP/2.0/UDP h;rport;branch=b', 'SIP/2.0/UDP h;rport=99;branch=b;received=1.2.3.4'],
    ['rport last', 'SIP/2.0/UDP 1.2.3.4;rport', 'SIP/2.0/UDP 1.2.3.4;rport=99;received=1.2.3.4'],
    ['rport with a value', 'SIP/2.0/UDP h;rport=5;x', 'SIP/2.0/UDP h;rport=99;x;received=1.2.3.4'],
    ['rport with blanks', 'SIP/2.0/UDP h; RPort = 5 ;x', 'SIP/2.0/UDP h;rport=99 ;x;received=1.2.3.4'],
    ['a longer name', 'SIP/2.0/UDP h;rportx=1;rport', 'SIP/2.0/UDP h;rportx=1;rport=99;received=1.2.3.4'],
    ['received lies', 'SIP/2.0/UDP h;received=9.9.9.9;branch=b', 'SIP/2.0/UDP h;received=1.2.3.4;branch=b'],
    ['both lie', 'SIP/2.0/UDP h;received=9.9.9.9;rport=1', 'SIP/2.0/UDP h;received=1.2.3.4;rport=99'],
  ])('%s', (_what, value, stamped) => {
    const via = parseVia(value)
    if (via === null) throw new Error('malformed')
    expect(stampVia(value, via, '1.2.3.4', 99)).toBe(stamped)
  })

  it('corrects received even where sent-by is right', () => {
    const value = 'SIP/2.0/UDP 1.2.3.4;received=9.9.9.9'
    const via = parseVia(value)
    if (via === null) throw new Error('malformed')
    expect(stampVia(value, via, '1.2.3.4', 99)).toBe('SIP/2.0/UDP 1.2.3.4;received=1.2.3.4')
  })
})

describe('overload control (RFC 7339)', () => {
  const told = 'oc=40;oc-algo="loss";oc-validity=1000;oc-seq=1700000000.250'
  const head = 'SIP/2.0/UDP h;branch=b'

  it.each([
    ['offered', `${head};oc`, `${head};${told}`],
    ['with its algorithms', `${head};oc;oc-algo="rate,loss"`, `${head};${told}`],
    [
      'one of which is spelt oddly',
      `${head};oc;oc-algo="x;y, LOSS";z`,
      `${head};oc=40;oc-algo="loss";z;${told.slice(21)}`,
    ],
    ['with a semicolon behind it', `${head};oc; `, `${head};${told}`],
    ['not offered', head, null],
    ['without the algorithm that everybody knows', `${head};oc;oc-algo="rate"`, null],
    ['told, not offered', `${head};oc=3`, null],
    ['in no Via at all', 'x', null],
  ])('%s', (_what, value, answer) => {
    expect(askForLess(value, 40, 1_700_000_000_250)).toBe(answer)
  })
})

it('what is written is read as what it was', () => {
  expect(parseVia(formatVia('TCP', '2001:db8::1', 5061, 'z9hG4bKx'))).toMatchObject({
    transport: 'TCP',
    host: '2001:db8::1',
    port: 5061,
    branch: 'z9hG4bKx',
  })
  expect(formatVia('UDP', 'h', 0, 'b')).toBe('SIP/2.0/UDP h;branch=b;rport')
})
