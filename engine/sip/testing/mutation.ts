/** Messages that went wrong somewhere: one seed, one row of accidents. */
import type { Random } from '../../ports/random.ts'

/** What stands in the messages anyway and hurts elsewhere. */
const spices = [
  ...[
    '\r\n',
    '\n',
    '\r',
    '\r\n ',
    '\r\n\r\n',
    '\0',
    '"',
    '\\',
    '<',
    '>',
    ';',
    ';;',
    ',',
    ':',
    '@',
    '%',
    '%00',
    '[',
    ']',
  ],
  ...['=', '/', '?', ' ', '\t', '-1', '0', '4294967296', '99999999999999999999', 'é', '\xff', ';tag=', ';tag=x', '*'],
  ...[
    'SIP/2.0',
    'INVITE',
    'CANCEL',
    'ACK',
    'BYE',
    'z9hG4bK',
    ';branch=z9hG4bK',
    ';rport',
    ';lr',
    '__proto__',
    'sip:',
    'tel:',
  ],
  ...['Via: ', 'Content-Length: ', 'l:', 'Contact: *\r\n', 'Expires: 0\r\n', 'Require: x\r\n', 'Route: <sip:x>\r\n'],
]

/** One to four accidents: something added, taken away, repeated, doubled or flipped. */
export function mutate(text: string, random: Random): string {
  let mutated = text
  for (let times = 1 + (random.uint32() % 4); times > 0; times--) {
    const at = random.uint32() % (mutated.length + 1)
    const length = random.uint32() % 24
    const spice = spices[random.uint32() % spices.length] ?? ''
    switch (random.uint32() % 5) {
      case 0:
        mutated = mutated.slice(0, at) + spice + mutated.slice(at)
        break
      case 1:
        mutated = mutated.slice(0, at) + mutated.slice(at + length)
        break
      case 2:
        mutated = mutated.slice(0, at) + spice.repeat(1 + (random.uint32() % 40)) + mutated.slice(at + length)
        break
      case 3:
        mutated = mutated.slice(0, at) + mutated.slice(Math.max(0, at - length * 4))
        break
      default:
        mutated = mutated.slice(0, at) + String.fromCharCode(random.uint32() % 256) + mutated.slice(at + 1)
    }
  }
  return mutated
}
