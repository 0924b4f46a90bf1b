/** The direction of somebody else's audio is changed, and nothing else of what he has written. */
import { expect, it } from 'vitest'
import { withAudioDirection } from './direct-direction.ts'

const lines = (...all: string[]) => all.map(line => `${line}\r\n`).join('')
const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0']

it.each([
  [
    'there',
    ['m=audio 4000 RTP/AVP 0', 'a=recvonly', 'a=ptime:20'],
    ['m=audio 4000 RTP/AVP 0', 'a=ptime:20', 'a=sendrecv'],
  ],
  ['not said', ['m=audio 4000 RTP/AVP 0'], ['m=audio 4000 RTP/AVP 0', 'a=sendrecv']],
  [
    'said for the session',
    ['a=inactive', 'm=audio 4000 RTP/AVP 0'],
    ['a=inactive', 'm=audio 4000 RTP/AVP 0', 'a=sendrecv'],
  ],
  [
    'that of video as well',
    ['m=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 96', 'a=recvonly'],
    ['m=audio 4000 RTP/AVP 0', 'a=sendrecv', 'm=video 4002 RTP/AVP 96', 'a=recvonly'],
  ],
  ['of audio that is refused', ['m=audio 0 RTP/AVP 0', 'a=inactive'], ['m=audio 0 RTP/AVP 0', 'a=inactive']],
])('%s', (_, before, after) => {
  expect(withAudioDirection(lines(...head, ...before), 'sendrecv')).toBe(lines(...head, ...after))
})

it('keeps the ends of lines, also where the last one has none', () => {
  expect(withAudioDirection('v=0\nm=audio 4000 RTP/AVP 0', 'sendonly')).toBe(
    'v=0\nm=audio 4000 RTP/AVP 0\na=sendonly\n',
  )
})
