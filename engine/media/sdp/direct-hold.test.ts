/** What an answer says of whether a side holds (RFC 3264 §6, §6.1, §8.4). */
import { expect, it } from 'vitest'
import { holdsInAnswer, refusesAudio, takesAudio } from './direct-hold.ts'

const sdp = (direction: string, port = 4000, host = '192.0.2.1') =>
  ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', `c=IN IP4 ${host}`, 't=0 0', `m=audio ${port} RTP/AVP 0`, `a=${direction}`]
    .map(line => `${line}\r\n`)
    .join('')
const [live, closed] = [sdp('sendrecv'), sdp('sendrecv', 0)]

it.each([
  ['sendrecv', live, live, false],
  ['recvonly, as of a phone that is mute', sdp('recvonly'), live, false],
  ['sendonly', sdp('sendonly'), live, true],
  ['inactive', sdp('inactive'), live, true],
  ['no address', sdp('sendrecv', 4000, '0.0.0.0'), live, true],
  ['no port', closed, live, true],
  ['no port, held', closed, sdp('sendonly'), true],
  ['recvonly, held', sdp('recvonly'), sdp('sendonly'), null],
  ['inactive, held', sdp('inactive'), sdp('sendonly'), null],
  ['inactive, held by no address', sdp('inactive'), sdp('sendrecv', 4000, '0.0.0.0'), null],
  ['no port, where none was offered', closed, closed, null],
])('%s', (_, answer, offer, expected) => {
  expect(holdsInAnswer(answer, offer)).toBe(expected)
})

it('audio is refused by port 0 alone, and only if it was offered', () => {
  const pairs: readonly (readonly [string, string])[] = [
    [closed, live],
    [closed, closed],
    [sdp('inactive'), live],
  ]
  expect(pairs.map(([answer, offer]) => refusesAudio(answer, offer))).toEqual([true, false, false])
})

it('audio is taken by a live line of it, be it held or encrypted; where none was offered, by anything that can be read', () => {
  const nothing = live.replace(/m=audio[\s\S]*/, '')
  const video = `${closed}m=video 4002 RTP/AVP 34\r\n`
  const fax = `${nothing}m=image 4002 udptl t38\r\n`
  const pairs: readonly (readonly [answer: string, offer: string, taken: boolean])[] = [
    [live, live, true],
    [sdp('inactive'), live, true],
    [live.replace('RTP/AVP', 'RTP/SAVP'), live, true],
    [closed, live, false],
    [video, live, false],
    [nothing, live, false],
    ['', live, false],
    [fax, fax, true],
    [closed, closed, true],
    ['', fax, false],
  ]
  expect(pairs.map(([answer, offer]) => takesAudio(answer, offer))).toEqual(pairs.map(([, , taken]) => taken))
})
