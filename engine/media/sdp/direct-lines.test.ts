import { describe, expect, it } from 'vitest'
import { answerTo, withLinesOf } from './direct-lines.ts'

const sdp = (...lines: readonly string[]) =>
  ['v=0', 'o=x 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n')
const audio = ['m=audio 4000 RTP/AVP 0', 'a=sendrecv']
const video = ['m=video 4002 RTP/AVP 31 96', 'a=rtpmap:96 H264/90000', 'a=mid:v']
const noVideo = ['m=video 0 RTP/AVP 31 96', 'a=mid:v']
const noText = ['m=text 0 RTP/AVP 98']

describe('the m-lines of a session', () => {
  it.each([
    ['as many', sdp(...audio, ...video), sdp(...audio, ...noVideo), sdp(...audio, ...noVideo)],
    ['more', sdp(...audio), sdp(...audio, ...video), sdp(...audio, ...video)],
    ['fewer', sdp(...audio, ...video, ...noText), sdp(...audio), sdp(...audio, ...noVideo, ...noText)],
    ['fewer, and no end of line', sdp(...audio, ...video), sdp(...audio).trimEnd(), sdp(...audio, ...noVideo)],
    ['fewer than what cannot be read', 'x\r\nm=audio\r\nm=video', sdp(...audio), sdp(...audio)],
    ['none', sdp(...audio), 'x', 'x'],
  ])('are never fewer than before: %s', (_what, shown, next, expected) => {
    expect(withLinesOf(shown, next)).toBe(expected)
  })

  it.each([
    ['as many', sdp(...audio, ...video), sdp(...audio, ...noVideo), sdp(...audio, ...noVideo)],
    ['more', sdp(...audio), sdp(...audio, ...noVideo, ...noText), sdp(...audio)],
    ['fewer', sdp(...audio, ...video), sdp(...audio), sdp(...audio)],
    ['none', sdp(...audio), '', ''],
  ])('are in an answer as many as in its offer: %s', (_what, offer, answer, expected) => {
    expect(answerTo(offer, answer)).toBe(expected)
  })
})
