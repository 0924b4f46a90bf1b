/** Contacts of 3xx responses: which of them are targets, and in which order. */
import { describe, expect, it } from 'vitest'
import type { SipResponse } from '../message/message.ts'
import { message } from '../testing/wire.ts'
import { readRedirection } from './redirection.ts'

function response(status: number, contacts: readonly string[]): SipResponse {
  const lines = [
    `SIP/2.0 ${status} Whatever`,
    'Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1',
    'From: <sip:a@10.0.0.1>;tag=a',
    'To: <sip:b@10.0.0.2>;tag=b',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    ...contacts.map(contact => `Contact: ${contact}`),
    'Content-Length: 0',
  ]
  return message(`${lines.join('\r\n')}\r\n\r\n`) as SipResponse
}

describe('a 3xx', () => {
  it.each<[string, number, string[], string[]]>([
    ['names one', 302, ['<sip:mobile@10.0.0.3>'], ['mobile']],
    [
      'names several, best first, equals as they stand',
      300,
      ['<sip:a@x>;q=0.1, <sip:b@x>', '<sip:c@x>;q=0.5', '<sip:d@x>'],
      ['b', 'd', 'c', 'a'],
    ],
    ['has weights that are none', 302, ['<sip:a@x>;q=7', '<sip:b@x>;q=0.2', '<sip:c@x>;q=x'], ['b', 'a', 'c']],
    ['names a telephone', 301, ['<tel:+44-20-7946>'], ['+44-20-7946']],
    ['is a proxy to use', 305, ['<sip:a@x>'], []],
    ['is another service', 380, ['<sip:a@x>'], []],
    ['is no redirection', 486, ['<sip:a@x>'], []],
    ['names nothing', 302, [], []],
    ['names what can not be called', 302, ['<http://evil.example>', '<sip:a%0d%0aVia:x@y>', '<sip:ok@x>'], ['ok']],
    [
      'names too many',
      302,
      [Array.from({ length: 30 }, (_, i) => `<sip:u${i}@x>`).join(',')],
      ['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7'],
    ],
    ['is too long', 302, [`<sip:${'a'.repeat(2_000)}@x>`, '<sip:b@x>'], ['b']],
  ])('%s', (_name, status, contacts, users) => {
    expect(readRedirection(response(status, contacts)).map(({ user }) => user)).toEqual(users)
  })

  it('loses the header fields and the method of a URI', () => {
    const [target] = readRedirection(response(302, ['<sip:a@10.0.0.3:5070;method=BYE;transport=tcp?Route=evil>']))
    expect(target?.uri).toBe('sip:a@10.0.0.3:5070;transport=tcp')
  })
})
