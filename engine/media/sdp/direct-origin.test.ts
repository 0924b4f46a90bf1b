import { describe, expect, it } from 'vitest'
import { DirectOrigin } from './direct-origin.ts'

const sdp = (origin: string, body = 'm=audio 4000 RTP/AVP 0') => `v=0\r\no=${origin}\r\ns=o=x\r\n${body}\r\n`

describe('DirectOrigin', () => {
  it('passes the first partner verbatim, later descriptions too', () => {
    const leg = new DirectOrigin()
    const first = sdp('alice 1 1 IN IP4 192.0.2.1')
    const second = sdp('alice 1 2 IN IP4 192.0.2.1', 'm=audio 4002 RTP/AVP 8')
    expect(leg.pass(first)).toBe(first)
    expect(leg.pass(first)).toBe(first)
    expect(leg.pass(second)).toBe(second)
  })

  it('keeps the first origin, with the next version, after a change of partner', () => {
    const leg = new DirectOrigin()
    leg.pass(sdp('alice 1 18446744073709551614 IN IP4 192.0.2.1'))
    const bob = sdp('bob 99 5 IN IP6 2001:db8::1', 'm=audio 5000 RTP/AVP 8\r\na=o=y')
    expect(leg.pass(bob)).toBe(sdp('alice 1 18446744073709551615 IN IP4 192.0.2.1', 'm=audio 5000 RTP/AVP 8\r\na=o=y'))
    expect(leg.pass(bob)).toBe(leg.pass(bob))
    expect(leg.pass(sdp('bob 99 6 IN IP6 2001:db8::1'))).toBe(sdp('alice 1 18446744073709551616 IN IP4 192.0.2.1'))
  })

  it('goes on rising when the first partner comes back', () => {
    const leg = new DirectOrigin()
    leg.pass(sdp('alice 1 1 IN IP4 192.0.2.1'))
    leg.pass(sdp('bob 2 1 IN IP4 192.0.2.2'))
    expect(leg.pass(sdp('alice 1 2 IN IP4 192.0.2.1'))).toBe(sdp('alice 1 3 IN IP4 192.0.2.1'))
  })

  it('forgets what was refused, but not its version', () => {
    const leg = new DirectOrigin()
    expect(leg.last).toBe(null)
    const [first, second] = [sdp('alice 1 1 IN IP4 192.0.2.1'), sdp('alice 1 2 IN IP4 192.0.2.1')]
    leg.pass(first)
    leg.refused(leg.pass(second))
    expect([leg.last, leg.pass(first)]).toEqual([first, first])
    leg.pass(second)
    expect(leg.pass(first)).toBe(sdp('alice 1 4 IN IP4 192.0.2.1'))
    // The same again changes nothing, so its refusal doesn't either.
    leg.refused(leg.pass(first))
    expect(leg.last).toBe(first)
  })

  it('forgets nothing that came after what was refused', () => {
    const leg = new DirectOrigin()
    leg.pass(sdp('alice 1 1 IN IP4 192.0.2.1'))
    const waiting = leg.pass(sdp('alice 1 2 IN IP4 192.0.2.1'))
    const latest = sdp('alice 1 3 IN IP4 192.0.2.1')
    leg.pass(latest)
    leg.refused(waiting)
    expect(leg.last).toBe(latest)
  })

  it('goes on from a description that did not pass here', () => {
    const leg = new DirectOrigin()
    leg.begin(sdp('- 7 3 IN IP4 192.0.2.9'))
    leg.begin(sdp('- 8 1 IN IP4 192.0.2.9'))
    expect(leg.pass(sdp('bob 2 1 IN IP4 192.0.2.2'))).toBe(sdp('- 7 4 IN IP4 192.0.2.9'))
    expect(leg.pass(sdp('bob 2 2 IN IP4 192.0.2.2'))).toBe(sdp('- 7 5 IN IP4 192.0.2.9'))
    leg.begin(sdp('- 9 1 IN IP4 192.0.2.9'))
    expect(leg.pass(sdp('bob 2 3 IN IP4 192.0.2.2'))).toBe(sdp('- 7 6 IN IP4 192.0.2.9'))
  })

  it('keeps as many m-lines as there were, but for an answer', () => {
    const [alice, bob] = ['alice 1 1 IN IP4 192.0.2.1', 'bob 2 1 IN IP4 192.0.2.2']
    const [audio, video] = ['c=IN IP4 192.0.2.3\r\nm=audio 4000 RTP/AVP 0', 'm=video 4002 RTP/AVP 31']
    const leg = new DirectOrigin()
    leg.pass(sdp(alice, `${audio}\r\n${video}`))
    const kept = sdp('alice 1 2 IN IP4 192.0.2.1', `${audio}\r\nm=video 0 RTP/AVP 31`)
    expect([leg.pass(sdp(bob, audio)), leg.pass(sdp(bob, audio))]).toEqual([kept, kept])
    // Who asks with one line has only one: the answer must not have more.
    const cut = sdp('alice 1 2 IN IP4 192.0.2.1', audio)
    expect(leg.pass(sdp(bob, audio), sdp('carol 3 1 IN IP4 192.0.2.9', audio))).toBe(cut)
    const answer = leg.pass(
      sdp('bob 2 2 IN IP4 192.0.2.2', `${audio}\r\n${video}`),
      sdp('carol 3 2 IN IP4 192.0.2.9', audio),
    )
    expect(answer).toBe(sdp('alice 1 3 IN IP4 192.0.2.1', audio))
  })

  it('leaves alone what has no readable origin', () => {
    const leg = new DirectOrigin()
    for (const odd of ['', 'v=0\r\n', sdp('x'), sdp('a 1 -1 IN IP4 h')]) expect(leg.pass(odd)).toBe(odd)
  })
})
