/** What the parser takes, what it refuses and with which status, and that nothing makes it throw or crawl. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytes, message, request, requestText } from '../testing/wire.ts'
import { createRequest, type SipMessage, serialize, setBody } from './message.ts'
import { declaredLength, limits, type ParseResult, parseMessage } from './parse.ts'

const parse = (text: string): ParseResult => parseMessage(bytes(text))

/** An OPTIONS with the given header lines instead of, or besides, the usual ones. */
function withHeaders(...lines: string[]): string {
  const nameOf = (line: string) => line.slice(0, line.search(/[ \t:]/)).toLowerCase()
  const replaced = new Set(lines.map(line => (nameOf(line) === 'i' ? 'call-id' : nameOf(line))))
  const usual = [
    'Via: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKx',
    'Max-Forwards: 70',
    'From: <sip:a@10.0.0.2>;tag=f',
    'To: <sip:b@10.0.0.1>',
    'Call-ID: c',
    'CSeq: 1 OPTIONS',
  ].filter(line => !replaced.has(nameOf(line)))
  return `OPTIONS sip:b@10.0.0.1 SIP/2.0\r\n${[...usual, ...lines].join('\r\n')}\r\n\r\n`
}

/** The status that a message is refused with: 0 for silence, 200 for acceptance. */
function verdict(text: string): number {
  const result = parse(text)
  return result.ok ? 200 : result.status
}

describe('header fields', () => {
  it.each([
    ['compact names', 'i: x', 'call-id', 'x'],
    ['compact names in upper case', 'I: x', 'call-id', 'x'],
    ['any case', 'cALL-iD: x', 'call-id', 'x'],
    ['blanks before the colon', 'Call-ID \t : x', 'call-id', 'x'],
    ['no blank after the colon', 'Call-ID:x', 'call-id', 'x'],
    ['blanks around the value', 'Call-ID: \t x \t ', 'call-id', 'x'],
    ['folding with a blank', 'Subject: one\r\n two', 'subject', 'one two'],
    ['folding with a tab and more', 'Subject: one\r\n\t two\r\n   three', 'subject', 'one two three'],
    ['folding right after the colon', 'Subject:\r\n one', 'subject', 'one'],
    ['a colon in the value', 'Subject: a:b', 'subject', 'a:b'],
    ['an empty value', 'Subject:', 'subject', ''],
    ['__proto__', '__proto__: x', '__proto__', 'x'],
    ['constructor', 'constructor: x', 'constructor', 'x'],
    ['a name that the version check once used', 'X-SIP-Version: 9', 'x-sip-version', '9'],
    ['marks in the name', "ext-!.%*+_`'~: x", "ext-!.%*+_`'~", 'x'],
  ])('%s', (_what, line, name, value) => {
    const { headers } = message(withHeaders(line))
    expect(headers.get(name)).toBe(value)
  })

  it.each([
    ['c', 'content-type'],
    ['e', 'content-encoding'],
    ['f', 'from'],
    ['k', 'supported'],
    ['m', 'contact'],
    ['o', 'event'],
    ['r', 'refer-to'],
    ['s', 'subject'],
    ['t', 'to'],
    ['u', 'allow-events'],
    ['v', 'via'],
    ['x', 'session-expires'],
  ])('%s stands for %s', (compact, full) => {
    const line = full === 'via' ? 'SIP/2.0/UDP h' : full === 'from' || full === 'to' ? '<sip:x@y>' : 'z'
    const text = withHeaders().replace(new RegExp(`^${full}:.*\r\n`, 'im'), '')
    const { headers } = message(text.replace('\r\n\r\n', `\r\n${compact}: ${line}\r\n\r\n`))
    expect(headers.get(full)).toBe(line)
  })

  it('keep their order and stay apart', () => {
    const { headers } = message(withHeaders('Record-Route: <sip:a;lr>, <sip:b;lr>', 'Record-Route: <sip:c;lr>'))
    expect(headers.fields('record-route')).toEqual(['<sip:a;lr>, <sip:b;lr>', '<sip:c;lr>'])
    expect(headers.list('record-route')).toEqual(['<sip:a;lr>', '<sip:b;lr>', '<sip:c;lr>'])
  })

  it('are split at commas only outside quotes and angle brackets', () => {
    const contacts = '"a, \\"b\\", <c>" <sip:a,b@h;x=1,2>;q=1 ,<sip:c@h>,, sip:d@h;y="1,2"'
    const { headers } = message(withHeaders(`Contact: ${contacts}`))
    expect(headers.list('contact')).toEqual(['"a, \\"b\\", <c>" <sip:a,b@h;x=1,2>;q=1', '<sip:c@h>', 'sip:d@h;y="1,2"'])
    expect(headers.contact?.displayName).toBe('a, "b", <c>')
    expect(headers.contact?.uri.user).toBe('a,b')
  })

  it('give the top Via of several in one field, quoted commas or not', () => {
    const { headers } = message(
      withHeaders('Via: SIP/2.0/UDP one;x="a,b";branch=z9hG4bK1 , SIP/2.0/TCP two;branch=z9hG4bK2'),
    )
    expect(headers.via).toMatchObject({ host: 'one', branch: 'z9hG4bK1' })
    expect(headers.first('via')).toBe('SIP/2.0/UDP one;x="a,b";branch=z9hG4bK1')
    expect(headers.list('via')).toHaveLength(2)
  })

  it('take LF for CRLF', () => {
    expect(verdict(withHeaders().replaceAll('\r\n', '\n'))).toBe(200)
  })

  it('may follow empty lines', () => {
    expect(verdict(`\r\n\r\n${withHeaders()}`)).toBe(200)
  })
})

describe('what is refused', () => {
  it.each([
    ['two From', withHeaders('From: <sip:a@b>', 'from: <sip:a@b>'), 400],
    ['two To', withHeaders('To: <sip:a@b>', 't: <sip:a@b>'), 400],
    ['two Call-ID', withHeaders('Call-ID: a', 'i: a'), 400],
    ['two CSeq', withHeaders('CSeq: 1 OPTIONS', 'CSeq: 1 OPTIONS'), 400],
    ['two Max-Forwards', withHeaders('Max-Forwards: 1', 'Max-Forwards: 1'), 400],
    ['two Content-Length', withHeaders('Content-Length: 0', 'l: 0'), 400],
    ['two Content-Type', withHeaders('Content-Type: a/b', 'c: a/b'), 400],
    ['two Content-Disposition', withHeaders('Content-Disposition: session', 'Content-Disposition: render'), 400],
    ['two Session-Expires', withHeaders('Session-Expires: 1800', 'x: 90'), 400],
    ['two Min-SE', withHeaders('Min-SE: 90', 'Min-SE: 900'), 400],
    ['two RAck', withHeaders('RAck: 1 1 INVITE', 'RAck: 2 1 INVITE'), 400],
    ['two Event', withHeaders('Event: a', 'o: b'), 400],
    ['one of each of these', withHeaders('Session-Expires: 1800', 'Min-SE: 90', 'RAck: 1 1 INVITE', 'Event: a'), 200],
    ['two values in From', withHeaders('From: <sip:a@b>;tag=1, <sip:c@d>;tag=2'), 400],
    ['a From tag without a value', withHeaders('From: <sip:a@b>;tag'), 400],
    ['a To tag without a value', withHeaders('To: <sip:a@b>;tag='), 400],
    ['a From that ends with a semicolon', withHeaders('From: <sip:a@b>;tag=x;'), 200],
    ['no To', withHeaders().replace(/To: .*\r\n/, ''), 400],
    ['no CSeq', withHeaders().replace(/CSeq: .*\r\n/, ''), 400],
    ['no Via', withHeaders().replace(/Via: .*\r\n/, ''), 0],
    ['no From', withHeaders().replace(/From: .*\r\n/, ''), 0],
    ['no Call-ID', withHeaders().replace(/Call-ID: .*\r\n/, ''), 0],
    ['a malformed Via', withHeaders('Via: nonsense'), 0],
    ['a CSeq of another method', withHeaders('CSeq: 1 INVITE'), 400],
    ['a CSeq without a number', withHeaders('CSeq: OPTIONS'), 400],
    ['a CSeq without a method', withHeaders('CSeq: 1'), 400],
    ['a CSeq of 2^31', withHeaders('CSeq: 2147483648 OPTIONS'), 400],
    ['the highest CSeq', withHeaders('CSeq: 2147483647 OPTIONS'), 200],
    ['Max-Forwards 256', withHeaders('Max-Forwards: 256'), 400],
    ['Max-Forwards -1', withHeaders('Max-Forwards: -1'), 400],
    ['Max-Forwards 255', withHeaders('Max-Forwards: 255'), 200],
    ['no Max-Forwards, as in RFC 2543', withHeaders().replace(/Max-Forwards: .*\r\n/, ''), 200],
    ['a line without a colon', withHeaders('nonsense'), 400],
    ['a name with a blank in it', withHeaders('X Y: z'), 400],
    ['an empty name', withHeaders(': z'), 400],
    ['a folded first line, which hides the way back', withHeaders().replace('\r\nVia', '\r\n x\r\nVia'), 0],
    ['a lone CR in a value', withHeaders('Subject: a\rContent-Length: 5'), 400],
    ['a Request-URI in brackets', withHeaders().replace('sip:b@10.0.0.1 SIP', '<sip:b@10.0.0.1> SIP'), 400],
    ['a Request-URI with a blank', withHeaders().replace('sip:b@10.0.0.1 SIP', 'sip:b@10.0.0.1; lr SIP'), 400],
    ['two blanks in the first line', withHeaders().replace(' SIP/2.0', '  SIP/2.0'), 400],
    ['a blank at the end of the first line', withHeaders().replace(' SIP/2.0', ' SIP/2.0 '), 200],
    ['the version in lower case', withHeaders().replace(' SIP/2.0\r', ' sip/2.0\r'), 200],
    ['version 3.0', withHeaders().replace(' SIP/2.0\r', ' SIP/3.0\r'), 505],
    ['version 2.00', withHeaders().replace(' SIP/2.0\r', ' SIP/2.00\r'), 505],
    ['version 7.0 in Via, too', withHeaders('Via: SIP/7.0/UDP h').replace(' SIP/2.0\r', ' SIP/7.0\r'), 505],
    ['another protocol', withHeaders().replace(' SIP/2.0\r', ' HTTP/1.1\r'), 0],
    ['no version', withHeaders().replace(' SIP/2.0\r', '\r'), 0],
    ['a method that is no token', withHeaders().replace('OPTIONS sip', 'OPT@IONS sip'), 0],
    ['no end of the headers', withHeaders().slice(0, -2), 400],
    ['an ACK in disorder', withHeaders('CSeq: 1 INVITE').replace('OPTIONS sip', 'ACK sip'), 0],
    ['nothing', '', 0],
    ['line ends only', '\r\n\r\n\r\n', 0],
  ])('%s', (_what, text, status) => {
    expect(verdict(text)).toBe(status)
  })

  it.each([
    ['SIP/2.0 200 OK', true],
    ['SIP/2.0 200', true],
    ['SIP/2.0 100 ', true],
    ['sip/2.0 200 OK', true],
    ['SIP/2.0 699 x', true],
    ['SIP/2.0 700 x', false],
    ['SIP/2.0 099 x', false],
    ['SIP/2.0 2e2 x', false],
    ['SIP/2.0 0200 x', false],
    ['SIP/2.0 2000', false],
    ['SIP/2.0 4294967496 OK', false],
    ['SIP/3.0 200 OK', false],
  ])('a response that begins %s', (line, ok) => {
    const result = parse(withHeaders().replace(/^.*\r\n/, `${line}\r\n`))
    expect(result).toMatchObject(ok ? { ok: true } : { ok: false, status: 0, request: null })
  })

  it('never answers a response', () => {
    expect(parse(withHeaders('CSeq: x').replace(/^.*\r\n/, 'SIP/2.0 200 OK\r\n'))).toMatchObject({ status: 0 })
  })
})

describe('Content-Length', () => {
  const body = (text: string) => withHeaders(text).concat('0123456789')

  it.each([
    ['none', 'Subject: x', 200, '0123456789'],
    ['all', 'Content-Length: 10', 200, '0123456789'],
    ['less', 'Content-Length: 4', 200, '0123'],
    ['compact', 'l : 4', 200, '0123'],
    ['folded', 'Content-Length:\r\n 4', 200, '0123'],
    ['more', 'Content-Length: 11', 400, ''],
    ['negative', 'Content-Length: -1', 400, ''],
    ['no number', 'Content-Length: ten', 400, ''],
    ['hexadecimal', 'Content-Length: 0x4', 400, ''],
    ['beyond all bounds', 'Content-Length: 99999999999999999999', 400, ''],
  ])('%s', (_what, line, status, expected) => {
    const result = parse(body(line))
    expect(result.ok ? 200 : result.status).toBe(status)
    if (result.ok) expect(result.message.body).toBe(expected)
  })

  it.each([
    ['SIP/2.0 200 OK\r\nContent-Length: 7\r\n\r\n', 7],
    ['SIP/2.0 200 OK\r\nL:7\r\n\r\n', 7],
    ['SIP/2.0 200 OK\r\ncontent-length :\r\n\t7\r\n\r\n', 7],
    ['SIP/2.0 200 OK\r\nVia: x\r\n\r\n', 0],
    ['SIP/2.0 200 OK\r\nContent-Length: x\r\n\r\n', -1],
    ['SIP/2.0 200 OK\r\nSubject: x\r\n Content-Length: 9999\r\nContent-Length: 3\r\n\r\n', 3],
    ['Content-Length: 5\r\nContent-Length: 3\r\n\r\n', 3],
  ])('is found for framing in %j', (text, length) => {
    expect(declaredLength(bytes(text))).toBe(length)
  })
})

describe('bounds', () => {
  const pad = (length: number) => 'x'.repeat(length)

  it('of a message', () => {
    const head = withHeaders()
    expect(verdict(head + pad(limits.messageBytes - head.length))).toBe(200)
    expect(verdict(head + pad(limits.messageBytes - head.length + 1))).toBe(0)
  })

  it('of a header', () => {
    expect(verdict(withHeaders(`X: ${pad(limits.headerBytes - 3)}`))).toBe(200)
    expect(verdict(withHeaders(`X: ${pad(limits.headerBytes - 2)}`))).toBe(400)
    expect(verdict(withHeaders(`X: a\r\n ${pad(limits.headerBytes)}`))).toBe(400)
    // In bytes, not in characters.
    expect(verdict(withHeaders(`X: ${'é'.repeat((limits.headerBytes - 4) / 2)}`))).toBe(200)
    expect(verdict(withHeaders(`X: ${'é'.repeat((limits.headerBytes - 2) / 2)}`))).toBe(400)
    expect(verdict(withHeaders(`X: ${'€'.repeat(limits.headerBytes / 3)}`))).toBe(400)
  })

  it('of the number of headers', () => {
    const many = (count: number) => Array.from({ length: count }, () => 'Y: y')
    expect(verdict(withHeaders(...many(limits.headers - 6)))).toBe(200)
    expect(verdict(withHeaders(...many(limits.headers - 5)))).toBe(400)
  })

  it('of the number of Via', () => {
    const many = (count: number) => Array.from({ length: count }, (_, i) => `Via: SIP/2.0/UDP h${i};branch=z9hG4bK${i}`)
    expect(verdict(withHeaders(...many(limits.vias)))).toBe(200)
    expect(verdict(withHeaders(...many(limits.vias + 1)))).toBe(400)
  })

  it('count Via values, however they are joined', () => {
    const joined = Array.from({ length: limits.vias + 1 }, (_, i) => `SIP/2.0/UDP h${i}`).join(',')
    expect(verdict(withHeaders(`Via: ${joined}`))).toBe(400)
  })
})

describe('writing', () => {
  it('computes Content-Length in bytes', () => {
    const made = createRequest('MESSAGE', 'sip:a@b')
    setBody(made, 'text/plain', 'grüße')
    expect(serialize(made)).toContain('Content-Length: 7\r\n\r\ngrüße')
  })

  it('keeps untouched values verbatim', () => {
    const value = '"A \\"B\\" %41" <sip:%61@H.example;Foo=Bar?x=y>;tag=x ; Y = "z;,"'
    expect(serialize(message(withHeaders(`From: ${value}`)))).toContain(`From: ${value}\r\n`)
  })

  it('spells names in full and as the RFCs do', () => {
    const text = serialize(message(withHeaders('k: x', 'CALL-info: y', 'x-own: z')))
    expect(text).toContain('\r\nSupported: x\r\n')
    expect(text).toContain('\r\nCall-Info: y\r\n')
    expect(text).toContain('\r\nx-own: z\r\n')
  })
})

const token = fc.stringMatching(/^[a-z][a-z0-9.-]{0,11}$/)
const value = fc.stringMatching(/^[!-~]([ -~]{0,38}[!-~])?$/)
const anyMessage: fc.Arbitrary<SipMessage> = fc
  .record({
    method: fc.constantFrom('INVITE', 'OPTIONS', 'BYE', 'REGISTER', 'NEWMETHOD'),
    user: token,
    tag: token,
    branch: token,
    sequence: fc.nat(2 ** 31 - 1),
    extra: fc.array(fc.tuple(token, value), { maxLength: 8 }),
    body: fc.string({ maxLength: 60, unit: 'grapheme' }),
    status: fc.option(fc.integer({ min: 100, max: 699 })),
  })
  .map(({ method, user, tag, branch, sequence, extra, body, status }) => {
    const made = createRequest(method, `sip:${user}@10.0.0.1`)
    made.headers
      .append('via', `SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK${branch}`)
      .append('from', `"${user}" <sip:${user}@10.0.0.2>;tag=${tag}`)
      .append('to', '<sip:b@10.0.0.1>')
      .append('call-id', tag)
      .append('cseq', `${sequence} ${method}`)
    for (const [name, text] of extra) made.headers.append(`x-${name}`, text)
    made.body = body
    return status === null ? made : { kind: 'response', status, reason: 'x', headers: made.headers, body }
  })

describe('properties', () => {
  it('what is written is read as what it was', () => {
    fc.assert(
      fc.property(anyMessage, made => {
        const text = serialize(made)
        const read = message(text)
        expect(read.kind).toBe(made.kind)
        expect(read.body).toBe(made.body)
        expect(serialize(read)).toBe(text)
      }),
      { seed: 1 },
    )
  })

  it('no mutation makes the parser throw', () => {
    const hostile = fc.constantFrom(
      '\r\n',
      '\n',
      '\r',
      '\0',
      '"',
      '<',
      '>',
      ';',
      ',',
      ':',
      '%',
      '\\',
      ' ',
      '\t',
      '[',
      '@',
    )
    const mutation = fc.record({ at: fc.nat(2000), remove: fc.nat(20), insert: fc.oneof(hostile, fc.string()) })
    const base = requestText({
      method: 'INVITE',
      headers: ['Contact: "a, b" <sip:c@[::1]:5061;lr>;q=1, <sip:d>', 'Authorization: Digest realm="x", nc=00000001'],
      body: 'v=0\r\n',
    })
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), mutations => {
        let text = base
        for (const { at, remove, insert } of mutations) text = text.slice(0, at) + insert + text.slice(at + remove)
        const result = parse(text)
        if (!result.ok) return
        const { headers } = result.message
        for (const name of ['contact', 'via', 'route', 'from']) headers.list(name)
        void [headers.contact, headers.via, headers.toTag, headers.integer('expires')]
        serialize(result.message)
      }),
      { numRuns: 3000, seed: 2 },
    )
  })

  it('no bytes make the parser throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), data => void parseMessage(data)),
      { seed: 3 },
    )
  })
})

describe('hostile messages of 64 kB take no longer than they are long', () => {
  const size = limits.messageBytes
  const fill = (unit: string, length: number) => unit.repeat(Math.floor(length / unit.length))
  const head = 'OPTIONS sip:b@10.0.0.1 SIP/2.0\r\n'
  const inHeader = (name: string, unit: string, length = limits.headerBytes - 100) =>
    withHeaders(`${name}: ${fill(unit, length)}`)

  it.each([
    ['line ends', fill('\r\n', size)],
    ['one endless line', fill('a', size)],
    ['lines without a colon', head + fill('a\r\n', size - 100)],
    ['folds', `${head}Subject: a\r\n${fill(' \r\n', size - 100)}\r\n`],
    ['folds within the bound', withHeaders(`Subject: a\r\n${fill(' b\r\n', 16_000)} c`)],
    ['colons', head + fill(':', size - 100)],
    ['blanks before a colon', head + fill(' ', size - 100)],
    ['slashes in Via', inHeader('Via', '/')],
    ['semicolons in Via', inHeader('Via', ';a')],
    ['rport upon rport', inHeader('Via', ';rportx')],
    ['quotes in Contact', inHeader('Contact', '"')],
    ['backslashes in From', `${inHeader('From', '"\\')}`],
    ['commas', inHeader('Contact', ',')],
    ['brackets', inHeader('Contact', '<')],
    ['at signs', inHeader('To', '@')],
    ['blanks in the first line', `OPTIONS ${fill(' ', size - 100)} SIP/2.0\r\n\r\n`],
    ['NULs', fill('\0', size)],
  ])('%s', (_what, text) => {
    const data = bytes(text)
    const run = () => {
      const result = parseMessage(data)
      declaredLength(data)
      if (!result.ok) return
      result.message.headers.list('contact')
      result.message.headers.list('via')
      void result.message.headers.contact
    }
    // What squares takes a second each and would not be through before the test's time is up; what doesn't takes 0.1 s
    // for all of them, so the load of the machine decides nothing.
    for (let times = 0; times < 100; times++) run()
  })

  it('the number of lines without a colon does not square', () => {
    // Squared, these would take minutes.
    expect(declaredLength(bytes(`${head}${'a\r\n'.repeat(1_000_000)}Subject: x\r\n`))).toBe(0)
  })
})

it('reads a request that a phone would send', () => {
  const invite = request({ method: 'INVITE', body: 'v=0\r\n', headers: ['Contact: <sip:caller@10.0.0.2>'] })
  expect(invite.uri).toBe('sip:200@10.0.0.1')
  expect(invite.headers.fromTag).toBe('caller')
  expect(invite.headers.toTag).toBe('')
  expect(invite.headers.cseq).toEqual({ number: 1, method: 'INVITE' })
  expect(invite.headers.has('content-length')).toBe(false)
})
