/**
 * The messages of RFC 4475 (torture/*.dat) and of RFC 5118 §4, and what becomes of each: a legal one is understood, a
 * broken one is refused or dropped. What needs more than the message itself (405, 416, 420) is in the user agent's tests.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bytes } from '../testing/wire.ts'
import type { SipMessage } from './message.ts'
import { type ParseResult, parseMessage } from './parse.ts'
import { decodeUser, parseUri } from './uri.ts'

const folder = new URL('./torture/', import.meta.url)
const parse = (name: string): ParseResult => parseMessage(readFileSync(new URL(`${name}.dat`, folder)))

function taken(name: string): SipMessage {
  const result = parse(name)
  if (!result.ok) throw new Error(`${name}: ${result.reason}`)
  return result.message
}

/** 'taken', 'dropped', or the status of the refusal; with the section of the RFC. */
const table: readonly (readonly [name: string, section: string, fate: 'taken' | 'dropped' | number])[] = [
  ['wsinv', '3.1.1.1', 'taken'],
  ['intmeth', '3.1.1.2', 'taken'],
  ['esc01', '3.1.1.3', 'taken'],
  ['escnull', '3.1.1.4', 'taken'],
  ['esc02', '3.1.1.5', 'taken'],
  ['lwsdisp', '3.1.1.6', 'taken'],
  ['longreq', '3.1.1.7', 'taken'],
  ['dblreq', '3.1.1.8', 'taken'],
  ['semiuri', '3.1.1.9', 'taken'],
  ['transports', '3.1.1.10', 'taken'],
  ['mpart01', '3.1.1.11, shortened', 'taken'],
  ['unreason', '3.1.1.12', 'taken'],
  ['noreason', '3.1.1.13', 'taken'],
  // Its top Via is broken, so there is no way back.
  ['badinv01', '3.1.2.1', 'dropped'],
  ['clerr', '3.1.2.2', 400],
  ['ncl', '3.1.2.3', 400],
  ['scalar02', '3.1.2.4', 400],
  ['scalarlg', '3.1.2.5', 'dropped'],
  ['quotbal', '3.1.2.6', 400],
  ['ltgtruri', '3.1.2.7', 400],
  ['lwsruri', '3.1.2.8', 400],
  ['lwsstart', '3.1.2.9', 400],
  // The RFC lets a liberal element take the next three and baddate.
  ['trws', '3.1.2.10', 'taken'],
  ['escruri', '3.1.2.11', 'taken'],
  ['baddn', '3.1.2.15', 'taken'],
  ['baddate', '3.1.2.12', 'taken'],
  // For the registrar to refuse.
  ['regbadct', '3.1.2.13', 'taken'],
  ['badaspec', '3.1.2.14', 400],
  ['badvers', '3.1.2.16', 505],
  ['mismatch01', '3.1.2.17', 400],
  ['mismatch02', '3.1.2.18', 400],
  ['bigcode', '3.1.2.19', 'dropped'],
  ['badbranch', '3.2.1', 'taken'],
  // Without From and Call-ID no answer could be told from others.
  ['insuf', '3.3.1', 'dropped'],
  ['unkscm', '3.3.2', 'taken'],
  ['novelsc', '3.3.3', 'taken'],
  ['unksm2', '3.3.4', 'taken'],
  ['bext01', '3.3.5', 'taken'],
  ['invut', '3.3.6', 'taken'],
  ['regaut01', '3.3.7', 'taken'],
  ['multi01', '3.3.8', 400],
  ['mcl01', '3.3.9', 400],
  ['bcast', '3.3.10', 'taken'],
  ['zeromf', '3.3.11', 'taken'],
  ['cparam01', '3.3.12', 'taken'],
  ['cparam02', '3.3.13', 'taken'],
  ['regescrt', '3.3.14', 'taken'],
  ['sdp01', '3.3.15', 'taken'],
  ['inv2543', '3.4.1', 'taken'],
]

describe('RFC 4475', () => {
  it('is here as a whole', () => {
    const files = readdirSync(folder).map(file => file.replace('.dat', ''))
    expect(table.map(([name]) => name).sort()).toEqual(files.sort())
    expect(table).toHaveLength(49)
  })

  it.each(table)('%s (§%s): %s', (name, _section, fate) => {
    const result = parse(name)
    expect(result.ok ? 'taken' : result.status === 0 ? 'dropped' : result.status).toBe(fate)
  })

  it('wsinv: every separator that the grammar allows', () => {
    const { headers, body } = taken('wsinv')
    expect(headers.list('via')).toHaveLength(3)
    expect(headers.via).toMatchObject({ transport: 'UDP', host: '192.0.2.2', branch: '390skdjuw' })
    expect(headers.toTag).toBe('1918181833n')
    expect(headers.from).toMatchObject({ displayName: 'J Rosenberg \\"', uriText: 'sip:jdrosen@example.com' })
    expect(headers.fromTag).toBe('98asjd8')
    expect(headers.cseq).toEqual({ number: 9, method: 'INVITE' })
    expect(headers.integer('max-forwards')).toBe(68)
    expect(headers.get('subject')).toBe('')
    expect(headers.get('newfangledheader')).toBe('newfangled value continued newfangled value')
    expect(headers.contact).toMatchObject({ displayName: 'Quoted string ""' })
    expect([...(headers.contact?.params ?? [])]).toEqual([
      ['newparam', 'newvalue'],
      ['secondparam', ''],
      ['q', '0.33'],
    ])
    expect(body).toHaveLength(150)
  })

  it('intmeth: every character that the grammar allows', () => {
    const message = taken('intmeth')
    expect(message).toMatchObject({ method: "!interesting-Method0123456789_*+`.%indeed'~" })
    expect(message.headers.to?.displayName).toBe('BEL:\x07 NUL:\0 DEL:\x7f')
    expect(message.headers.from?.displayName).toBe("token1~` token2'+_ token3*%!.-")
    expect(message.headers.from?.params.get("fromparam''~+*_!.-%")).toBe('работающий')
    expect(message.headers.fromTag).toBe("_token~1'+`*%!-.")
    const uri = message.kind === 'request' ? parseUri(message.uri) : null
    expect(uri).toMatchObject({
      user: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*",
      password: "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)",
      host: 'example.com',
    })
  })

  it('esc01, escnull, esc02: escapes are decoded in URIs and nowhere else', () => {
    const esc01 = taken('esc01')
    const uri = parseUri(esc01.kind === 'request' ? esc01.uri : '')
    expect([decodeUser(uri?.user ?? ''), uri?.host]).toEqual(['sips:user@example.com', 'example.net'])
    expect(decodeUser(esc01.headers.to?.uri.user ?? '')).toBe('user')
    expect(decodeUser(esc01.headers.from?.uri.user ?? '')).toBe('I have spaces')
    const [one, two] = taken('escnull').headers.list('contact')
    expect([one, two]).toEqual(['<sip:%00@host5.example.com>', '<sip:%00%00@host5.example.com>'])
    const esc02 = taken('esc02')
    expect(esc02).toMatchObject({ method: 'RE%47IST%45R' })
    expect(esc02.headers.list('contact')).toHaveLength(2)
    expect(esc02.headers.to?.displayName).toBe('%Z%45')
  })

  it('longreq: all its Via and its long values', () => {
    const { headers, body } = taken('longreq')
    expect(headers.fields('via')).toHaveLength(34)
    expect(headers.via).toMatchObject({ host: 'sip33.example.com' })
    expect(headers.fromTag).toHaveLength(155)
    expect(body).toHaveLength(150)
  })

  it('dblreq: what is behind the body is no second message', () => {
    expect(taken('dblreq')).toMatchObject({ method: 'REGISTER' })
    expect(taken('dblreq').body).toHaveLength(0)
  })

  it('semiuri and cparam: whose the parameters are', () => {
    const semiuri = taken('semiuri')
    expect(parseUri(semiuri.kind === 'request' ? semiuri.uri : '')).toMatchObject({
      user: 'user;par=u%40example.net',
      host: 'example.com',
    })
    expect(taken('cparam01').headers.contact?.uri.params.has('unknownparam')).toBe(false)
    expect(taken('cparam01').headers.contact?.params.has('unknownparam')).toBe(true)
    expect(taken('cparam02').headers.contact?.uri.params.has('unknownparam')).toBe(true)
  })

  it('mpart01: a body of any bytes', () => {
    expect(taken('mpart01').body).toContain(String.fromCharCode(...Array.from({ length: 128 }, (_, i) => i)))
  })

  it('unreason and noreason: any reason phrase and none', () => {
    expect(taken('unreason')).toMatchObject({ status: 200, reason: '= 2**3 * 5**2 но сто девяносто девять - простое' })
    expect(taken('noreason')).toMatchObject({ status: 100, reason: '' })
  })

  it('regbadct: a question mark needs brackets', () => {
    expect(taken('regbadct').headers.contact).toBeNull()
    expect(taken('regescrt').headers.contact?.uri.headers).toBe('Route=%3Csip:sip.example.com%3E')
  })

  it('inv2543: neither branch nor tag', () => {
    const { headers } = taken('inv2543')
    expect([headers.via?.branch, headers.fromTag, headers.toTag]).toEqual(['', '', ''])
    expect(taken('inv2543').body).toContain('m=audio 49217')
  })
})

describe('RFC 5118', () => {
  const register = (changes: { uri?: string; via?: string; contact?: string }) =>
    parseMessage(
      bytes(
        [
          `REGISTER ${changes.uri ?? 'sip:[2001:db8::10]'} SIP/2.0`,
          'To: sip:user@example.com',
          'From: sip:user@example.com;tag=81x2',
          `Via: ${changes.via ?? 'SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3-111'}`,
          'Call-ID: SSG9559905523997077@hlau_4100',
          `Contact: ${changes.contact ?? '"Caller" <sip:caller@[2001:db8::1]>'}`,
          'CSeq: 98176 REGISTER',
          'Content-Length: 0',
          '',
          '',
        ].join('\r\n'),
      ),
    )

  it.each([
    ['§4.1: a reference', 'sip:[2001:db8::10]', '2001:db8::10', 0],
    ['§4.3: a port that is part of the address', 'sip:[2001:db8::10:5070]', '2001:db8::10:5070', 0],
    ['§4.4: a port', 'sip:[2001:db8::10]:5070', '2001:db8::10', 5070],
    ['§4.10: IPv4 mapped', 'sip:[::ffff:192.0.2.10]', '::ffff:192.0.2.10', 0],
  ])('%s', (_what, uri, host, port) => {
    expect(register({ uri }).ok).toBe(true)
    expect(parseUri(uri)).toMatchObject({ host, port })
  })

  it('§4.2: no brackets, no URI', () => {
    expect(parseUri('sip:2001:db8::10')).toBeNull()
  })

  it.each(['2001:db8::9:255', '[2001:db8::9:255]'])('§4.5: received=%s', received => {
    const result = register({ via: `SIP/2.0/UDP [2001:db8::9:1];received=${received};branch=z9hG4bKas3` })
    expect(result.ok && result.message.headers.via).toMatchObject({ host: '2001:db8::9:1', branch: 'z9hG4bKas3' })
  })

  it('§4.6: addresses of both families in one Via list and Contact', () => {
    const result = register({
      via: 'SIP/2.0/UDP [2001:db8::9:1];branch=z9hG4bKas3, SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKj',
      contact: '<sip:a@[2001:db8::1]:6000>, <sip:a@192.0.2.1>',
    })
    expect(result.ok && result.message.headers.list('contact')).toHaveLength(2)
    expect(result.ok && result.message.headers.contact?.uri).toMatchObject({ host: '2001:db8::1', port: 6000 })
  })
})
