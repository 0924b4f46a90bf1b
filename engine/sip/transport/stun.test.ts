/** Binding requests and their answers, with the addresses of RFC 5769. */
import { describe, expect, it } from 'vitest'
import { bindingAnswer, isStun } from './stun.ts'

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'))
const transaction = 'b7e7a701 bc34d686 fa87dfae'
const ask = (attributes = '', length = attributes.replaceAll(' ', '').length / 2) =>
  hex(`0001 ${length.toString(16).padStart(4, '0')} 2112a442 ${transaction} ${attributes}`)

describe('a Binding Request is answered with the address that it came from', () => {
  it.each([
    // RFC 5769 §2.2 and §2.3.
    ['192.0.2.1', `0101 000c 2112a442 ${transaction} 0020 0008 0001 a147 e112a643`],
    [
      '2001:db8:1234:5678:11:2233:4455:6677',
      `0101 0018 2112a442 ${transaction} 0020 0014 0002 a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9`,
    ],
  ])('%s', (host, answer) => {
    expect(bindingAnswer(ask(), { host, port: 32_853 })).toEqual(hex(answer))
  })

  it('in every spelling', () => {
    const answer = (host: string) => bindingAnswer(ask(), { host, port: 5060 })
    expect(answer('fe80::1%eth0')).toEqual(answer('fe80:0:0:0:0:0:0:1'))
    expect(answer('::ffff:192.0.2.1')).toEqual(answer('::ffff:c000:201'))
    expect(answer('example.com')).toBeNull()
  })

  it('and with attributes that may be skipped, padded', () => {
    expect(bindingAnswer(ask('8022 0003 61626300 8028 0004 01020304'), { host: '10.0.0.2', port: 1 })).toHaveLength(32)
  })
})

describe('no answer to', () => {
  it.each([
    ['a response', hex(`0101 0000 2112a442 ${transaction}`)],
    ['an indication', hex(`0011 0000 2112a442 ${transaction}`)],
    ['another cookie', hex(`0001 0000 2112a443 ${transaction}`)],
    ['a length that lies', ask('', 8)],
    ['a request cut short', ask().subarray(0, 19)],
    ['an attribute cut short', ask('8022 0008 61626300')],
    ['half an attribute', ask('8022')],
    ['a wish for another way back', ask('0003 0004 00000006')],
    ['nothing', new Uint8Array()],
  ])('%s', (_what, bytes) => {
    expect(bindingAnswer(bytes, { host: '10.0.0.2', port: 5060 })).toBeNull()
  })
})

it('is told from SIP by its first bytes', () => {
  expect([isStun(ask()), isStun(new TextEncoder().encode('OPTIONS sip:a SIP/2.0\r\n'))]).toEqual([true, false])
})
