import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RtpFormat } from '../../ports/media.ts'
import { audioFormats, sdpLimits } from './description.ts'
import { createNegotiator } from './negotiator.ts'

const pcmu: RtpFormat = { payloadType: 0, encoding: 'PCMU', clockRateHz: 8000, channels: 1 }
const pcma: RtpFormat = { payloadType: 8, encoding: 'PCMA', clockRateHz: 8000, channels: 1 }
const g722: RtpFormat = { payloadType: 9, encoding: 'G722', clockRateHz: 8000, channels: 1 }
const opus: RtpFormat = { payloadType: 96, encoding: 'OPUS', clockRateHz: 48_000, channels: 2, fmtp: 'useinbandfec=1' }
const event: RtpFormat = {
  payloadType: 101,
  encoding: 'TELEPHONE-EVENT',
  clockRateHz: 8000,
  channels: 1,
  fmtp: '0-15',
}
const playable = [pcmu, pcma, g722]
const local = { host: '192.0.2.10', port: 10_000 }
const context = { signallingHost: '198.51.100.7', nat: false }

interface Shape {
  host?: string
  port?: number
  formats?: string
  lines?: readonly string[]
  protocol?: string
  version?: number
  before?: readonly string[]
  after?: readonly string[]
}

function sdpOf(shape: Shape = {}): string {
  return [
    'v=0',
    `o=alice 2890844526 ${shape.version ?? 1} IN IP4 host.example`,
    's=-',
    `c=IN IP4 ${shape.host ?? '198.51.100.7'}`,
    't=0 0',
    ...(shape.before ?? []),
    `m=audio ${shape.port ?? 4000} ${shape.protocol ?? 'RTP/AVP'} ${shape.formats ?? '0 8 101'}`,
    ...(shape.lines ?? ['a=rtpmap:101 telephone-event/8000']),
    ...(shape.after ?? []),
    '',
  ].join('\r\n')
}

const negotiator = () => createNegotiator({ sessionId: '4711' })

function answered(sdp: string, leg = negotiator(), preferred = playable) {
  const result = leg.answer(sdp, local, context, preferred)
  if (!result.ok) throw new Error(`${result.sipCode} ${result.reason}`)
  return result
}

function accepted(sdp: string, leg: ReturnType<typeof negotiator>) {
  const result = leg.accept(sdp, context)
  if (!result.ok) throw new Error(`${result.sipCode} ${result.reason}`)
  return result
}

const linesOf = (sdp: string) => sdp.split('\r\n')
const versionOf = (sdp: string) => Number(/^o=- 4711 (\d+) IN IP4 192\.0\.2\.10$/m.exec(sdp)?.[1])

describe('answer', () => {
  it('writes one audio format and telephone-event with the numbers of the offer', () => {
    const { sdp, stream, formats, change } = answered(
      sdpOf({ formats: '18 8 0 120', lines: ['a=rtpmap:120 telephone-event/8000', 'a=fmtp:120 0-16', 'a=ptime:30'] }),
    )
    expect(linesOf(sdp)).toEqual([
      'v=0',
      'o=- 4711 1 IN IP4 192.0.2.10',
      's=-',
      'c=IN IP4 192.0.2.10',
      't=0 0',
      'm=audio 10000 RTP/AVP 0 120',
      'a=rtpmap:0 PCMU/8000',
      'a=rtpmap:120 telephone-event/8000',
      'a=fmtp:120 0-16',
      'a=ptime:30',
      'a=sendrecv',
      '',
    ])
    expect(stream).toMatchObject({
      remote: { host: '198.51.100.7', port: 4000 },
      remoteRtcp: { host: '198.51.100.7', port: 4001 },
      latchTo: null,
      sends: true,
      receives: true,
      ptimeMs: 30,
    })
    expect(formats.map(format => format.payloadType)).toEqual([0, 120])
    expect(change).toBe('none')
  })

  it('takes the order of preference that it is given', () => {
    expect(answered(sdpOf(), negotiator(), [pcma, pcmu]).formats[0]).toMatchObject({ encoding: 'PCMA', payloadType: 8 })
  })

  it("says what the other leg's codec receives, and sends with what the peer said", () => {
    const { stream } = answered(
      sdpOf({ formats: '111', lines: ['a=rtpmap:111 opus/48000/2', 'a=fmtp:111 maxaveragebitrate=20000'] }),
      negotiator(),
      [opus],
    )
    expect(stream.sendFormats).toEqual([{ ...opus, payloadType: 111, fmtp: 'maxaveragebitrate=20000' }])
    expect(stream.receiveFormats).toEqual([{ ...opus, payloadType: 111 }])
  })

  it('prefers the telephone-event whose clock is that of the speech', () => {
    const lines = ['a=rtpmap:96 opus/48000/2', 'a=rtpmap:97 telephone-event/8000', 'a=rtpmap:98 telephone-event/48000']
    const { formats } = answered(sdpOf({ formats: '96 97 98', lines }), negotiator(), [opus])
    expect(formats.map(format => format.payloadType)).toEqual([96, 98])
  })

  it('keeps number, order and mid of the m-lines and refuses all but the first usable audio', () => {
    const { sdp } = answered(
      sdpOf({
        before: ['m=video 5000 RTP/AVP 31 34', 'a=mid:pic', 'm=x-odd/thing 9/2 udp whatever', 'a=mid:3'],
        lines: ['a=mid:voice'],
        after: ['m=audio 6000 RTP/AVP 0', 'm=application 7000 TCP/MSRP *'],
      }),
    )
    expect(linesOf(sdp).filter(line => /^(m|a=mid)/.test(line))).toEqual([
      'm=video 0 RTP/AVP 31 34',
      'a=mid:pic',
      'm=x-odd/thing 0 udp whatever',
      'a=mid:3',
      'm=audio 10000 RTP/AVP 0',
      'a=mid:voice',
      'm=audio 0 RTP/AVP 0',
      'm=application 0 TCP/MSRP *',
    ])
  })

  it('takes the plain audio of a peer that offers SRTP as an alternative', () => {
    const { sdp } = answered(sdpOf({ protocol: 'RTP/SAVP', after: ['m=audio 6000 RTP/AVP 8'] }))
    expect(linesOf(sdp).filter(line => line.startsWith('m='))).toEqual([
      'm=audio 0 RTP/SAVP 0 8 101',
      'm=audio 10000 RTP/AVP 8',
    ])
  })

  it.each([
    ['sendrecv', 'sendrecv', true, true, 'none'],
    ['sendonly', 'recvonly', false, true, 'held'],
    ['recvonly', 'sendonly', true, false, 'none'],
    ['inactive', 'inactive', false, false, 'held'],
  ] as const)('answers %s with %s', (offered, expected, sends, receives, change) => {
    for (const place of ['lines', 'before'] as const) {
      const result = answered(sdpOf({ lines: [], [place]: [`a=${offered}`] }))
      expect(linesOf(result.sdp)).toContain(`a=${expected}`)
      expect(result).toMatchObject({ stream: { sends, receives }, change })
    }
  })

  it.each([
    [{ host: '0.0.0.0' }, 'recvonly'],
    [{ host: '0.0.0.0', lines: ['a=sendonly'] }, 'recvonly'],
    [{ host: '0.0.0.0', lines: ['a=recvonly'] }, 'inactive'],
    [{ host: '0.0.0.0', lines: ['a=inactive'] }, 'inactive'],
    [{ lines: ['c=IN IP4 0.0.0.0'] }, 'recvonly'],
  ] as const)('takes an unspecified address as hold: %j', (shape, direction) => {
    const result = answered(sdpOf(shape))
    expect(linesOf(result.sdp)).toContain(`a=${direction}`)
    expect(result).toMatchObject({ change: 'held', stream: { remote: null, remoteRtcp: null, sends: false } })
  })

  it('tells hold and resume once each', () => {
    const leg = negotiator()
    const changes = ['sendrecv', 'sendonly', 'inactive', 'sendrecv', 'recvonly'].map(
      (direction, index) => answered(sdpOf({ version: index, lines: [`a=${direction}`] }), leg).change,
    )
    expect(changes).toEqual(['none', 'held', 'none', 'resumed', 'none'])
    expect(leg.remoteHolds).toBe(false)
  })

  it('raises the version only on change', () => {
    const leg = createNegotiator({ sessionId: '4711', sessionVersion: 7 })
    const versions = [
      sdpOf(),
      sdpOf(),
      sdpOf({ version: 2 }),
      sdpOf({ version: 3, lines: ['a=sendonly'] }),
      sdpOf({ version: 4 }),
    ].map(sdp => versionOf(answered(sdp, leg).sdp))
    expect(versions).toEqual([7, 7, 7, 8, 9])
  })

  it('forgets nothing and changes nothing when it refuses', () => {
    const leg = negotiator()
    const before = answered(sdpOf(), leg)
    expect(leg.answer(sdpOf({ formats: '18', lines: ['a=sendonly'] }), local, context, playable)).toMatchObject({
      ok: false,
      sipCode: 488,
    })
    expect(leg).toMatchObject({ localSdp: before.sdp, remoteSdp: sdpOf(), remoteHolds: false })
    expect(answered(sdpOf(), leg)).toEqual(before)
  })

  it('reads an IPv6 peer in any spelling', () => {
    const sdp = sdpOf().replace('IN IP4 198.51.100.7', 'IN IP6 2001:DB8:0:0::0:7')
    expect(answered(sdp).stream.remote).toEqual({ host: '2001:db8::7', port: 4000 })
  })
})

describe('where audio goes', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7', false, null],
    ['203.0.113.5', '198.51.100.7', false, null],
    ['127.0.0.1', '127.0.0.2', false, null],
    ['10.1.2.3', '198.51.100.7', false, '198.51.100.7'],
    ['10.1.2.3', '10.1.2.3', false, null],
    ['172.31.0.1', '10.0.0.1', false, '10.0.0.1'],
    ['172.32.0.1', '10.0.0.1', false, null],
    ['192.168.1.1', '198.51.100.7', false, '198.51.100.7'],
    ['100.64.0.1', '198.51.100.7', false, '198.51.100.7'],
    ['100.128.0.1', '198.51.100.7', false, null],
    ['0.0.0.0', '198.51.100.7', false, '198.51.100.7'],
    ['203.0.113.5', '198.51.100.7', true, '198.51.100.7'],
    ['127.0.0.1', '127.0.0.1', true, '127.0.0.1'],
  ])('an SDP address %s signalled from %s (nat: %s) latches to %s', (host, signallingHost, nat, latchTo) => {
    const result = negotiator().answer(sdpOf({ host }), local, { signallingHost, nat }, playable)
    expect(result).toMatchObject({ ok: true, stream: { latchTo } })
  })

  it('latches away from a unique local IPv6 address', () => {
    const sdp = sdpOf().replace('IN IP4 198.51.100.7', 'IN IP6 fd00::1')
    expect(answered(sdp).stream.latchTo).toBe('198.51.100.7')
  })

  it.each([
    [['a=rtcp:5555'], { host: '198.51.100.7', port: 5555 }],
    [['a=rtcp:5555 IN IP4 203.0.113.9'], { host: '198.51.100.7', port: 5555 }],
    [['b=RS:0', 'b=RR:0'], null],
    [['b=RS:0'], { host: '198.51.100.7', port: 4001 }],
  ])('RTCP after %j goes to %j', (lines, remoteRtcp) => {
    expect(answered(sdpOf({ lines })).stream.remoteRtcp).toEqual(remoteRtcp)
  })
})

describe('offer and accept', () => {
  it('offers formats in order and takes the answer', () => {
    const leg = negotiator()
    const sdp = leg.offer(local, [pcma, pcmu, event])
    expect(linesOf(sdp)).toContain('m=audio 10000 RTP/AVP 8 0 101')
    const { stream, formats } = accepted(
      sdpOf({ formats: '0 96', lines: ['a=rtpmap:96 telephone-event/8000', 'a=ptime:40'] }),
      leg,
    )
    expect(stream.sendFormats.map(format => format.payloadType)).toEqual([0, 96])
    expect(stream.receiveFormats.map(format => format.payloadType)).toEqual([0, 101, 8])
    expect(formats.map(format => format.payloadType)).toEqual([0, 101])
    expect(stream).toMatchObject({ sends: true, receives: true, ptimeMs: 40 })
  })

  it('puts speech first whatever the order of the answer', () => {
    const leg = negotiator()
    leg.offer(local, [pcma, event])
    expect(accepted(sdpOf({ formats: '101 8' }), leg).stream.sendFormats[0]).toMatchObject({ encoding: 'PCMA' })
  })

  it('makes a later offer with the m-lines of the session and a higher version', () => {
    const leg = negotiator()
    answered(sdpOf({ before: ['m=video 5000 RTP/AVP 31', 'a=mid:v'], lines: ['a=mid:a'] }), leg)
    const sdp = leg.offer(local, [pcmu], 'sendonly')
    expect(linesOf(sdp).filter(line => /^m=|^a=(mid|send)/.test(line))).toEqual([
      'm=video 0 RTP/AVP 31',
      'a=mid:v',
      'm=audio 10000 RTP/AVP 0',
      'a=mid:a',
      'a=sendonly',
    ])
    expect(versionOf(sdp)).toBe(2)
    expect(leg.accept(sdpOf(), context)).toMatchObject({ ok: false, sipCode: 488 })
    const answer = sdpOf({ before: ['m=video 0 RTP/AVP 31'], lines: ['a=recvonly'] })
    expect(accepted(answer, leg)).toMatchObject({ change: 'none', stream: { sends: true, receives: false } })
  })

  it('does not give a used number to another format, nor one number to two formats', () => {
    const leg = negotiator()
    answered(sdpOf({ formats: '96', lines: ['a=rtpmap:96 iLBC/8000'] }), leg, [
      { payloadType: 102, encoding: 'ILBC', clockRateHz: 8000, channels: 1 },
    ])
    const sdp = leg.offer(local, [opus, { ...event, payloadType: 97 }, { ...opus, fmtp: 'stereo=1' }])
    expect(linesOf(sdp)).toContain('m=audio 10000 RTP/AVP 97 98 99')
    expect(linesOf(leg.offer(local, [event, opus]))).toContain('m=audio 10000 RTP/AVP 98 97')
  })

  it.each([
    ['sendrecv', 'sendonly', 'held', false, true],
    ['sendrecv', 'inactive', 'held', false, false],
    ['sendrecv', 'recvonly', 'none', true, false],
    ['sendonly', 'recvonly', 'none', true, false],
    ['sendonly', 'inactive', 'held', false, false],
    ['recvonly', 'sendonly', 'none', false, true],
    ['inactive', 'inactive', 'none', false, false],
    ['sendonly', 'sendrecv', 'none', true, false],
  ] as const)('an offer %s answered %s means %s', (offered, got, change, sends, receives) => {
    const leg = negotiator()
    leg.offer(local, playable, offered)
    expect(accepted(sdpOf({ lines: [`a=${got}`] }), leg)).toMatchObject({ change, stream: { sends, receives } })
  })

  it('refuses an answer that nobody asked for, or that takes no audio', () => {
    const leg = negotiator()
    expect(leg.accept(sdpOf(), context)).toMatchObject({ ok: false, sipCode: 488 })
    leg.offer(local, [pcma])
    expect(leg.accept(sdpOf({ port: 0 }), context)).toMatchObject({ ok: false, sipCode: 488 })
    expect(leg.accept(sdpOf({ formats: '0' }), context)).toMatchObject({ ok: false, sipCode: 488 })
    expect(accepted(sdpOf({ formats: '8' }), leg).ok).toBe(true)
    expect(leg.accept(sdpOf({ formats: '8' }), context)).toMatchObject({ ok: false })
  })

  it('an answer without a port takes audio in force out of use, until it comes back (RFC 3264 §6)', () => {
    const leg = negotiator()
    leg.offer(local, [pcma])
    accepted(sdpOf({ formats: '8' }), leg)
    leg.offer(local, [pcma])
    const refused = accepted(sdpOf({ port: 0, formats: '8' }), leg)
    expect(refused).toMatchObject({ change: 'held', stream: { remote: null, sends: false, receives: false } })
    expect([leg.remoteHolds, refused.formats.map(({ encoding }) => encoding)]).toEqual([true, ['PCMA']])
    expect(leg.acceptAgain(sdpOf({ port: 0, formats: '8' }), context)).toMatchObject({ ok: true, change: 'none' })
    leg.offer(local, [pcma])
    expect(accepted(sdpOf({ formats: '8' }), leg)).toMatchObject({ change: 'resumed', stream: { sends: true } })
  })

  it('holds the version when the same offer is made again', () => {
    const leg = negotiator()
    expect(leg.offer(local, playable)).toBe(leg.offer(local, playable))
  })
})

describe('what is refused', () => {
  const manyFormats = Array.from({ length: sdpLimits.formats + 1 }, (_, index) => index).join(' ')
  it.each([
    ['', 400],
    ['hello', 400],
    ['v=1\r\n', 400],
    ['v=0\r\nm=audio 4000 RTP/AVP 0\r\n', 400],
    [sdpOf().replace('c=IN', 'x=IN'), 400],
    [sdpOf().replace('m=audio 4000', 'm=audio 400000'), 400],
    [sdpOf().replace('m=audio 4000', 'm=audio -1'), 400],
    [sdpOf().replace('m=audio 4000 RTP/AVP 0 8 101', 'm=audio'), 400],
    [sdpOf().replace(/m=.*\r\n/, ''), 488],
    [sdpOf({ port: 0 }), 488],
    [sdpOf({ formats: '18' }), 488],
    [sdpOf({ formats: '101' }), 488],
    [sdpOf({ formats: manyFormats }), 488],
    [sdpOf({ host: 'media.example.com' }), 488],
    [sdpOf({ host: '224.2.1.1/127' }), 488],
    [sdpOf({ host: '255.255.255.255' }), 488],
    [sdpOf({ host: '1.2.3.4.5' }), 488],
    [sdpOf({ protocol: 'RTP/SAVPF' }), 488],
    [sdpOf({ protocol: 'UDP/TLS/RTP/SAVPF' }), 488],
    [sdpOf({ after: Array.from({ length: sdpLimits.sections }, () => 'm=video 0 RTP/AVP 31') }), 488],
    [sdpOf({ lines: [`a=x:${'y'.repeat(sdpLimits.bytes)}`] }), 488],
    [sdpOf({ lines: [`a=x:${'\u20ac'.repeat(11_000)}`] }), 488],
  ])('%#: %.60s', (sdp, sipCode) => {
    expect(negotiator().answer(sdp, local, context, playable)).toMatchObject({ ok: false, sipCode })
    const leg = negotiator()
    leg.offer(local, playable)
    expect(leg.accept(sdp, context)).toMatchObject({ ok: false, sipCode })
  })

  it('takes what stands exactly at the limits', () => {
    const formats = Array.from({ length: sdpLimits.formats }, (_, index) => index).join(' ')
    const after = Array.from({ length: sdpLimits.sections - 1 }, () => 'm=video 0 RTP/AVP 31')
    expect(answered(sdpOf({ formats, after })).ok).toBe(true)
  })

  it('never throws and is quick, whatever it reads', () => {
    const token = fc.constantFrom(
      'a=rtpmap:',
      '0 ',
      '96 ',
      ' ',
      '/',
      'opus',
      'c=IN IP4 ',
      '__proto__',
      '\r\n',
      'm=audio ',
    )
    const line = fc.oneof(
      fc.string(),
      fc.array(token, { maxLength: 30 }).map(parts => parts.join('')),
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), fc.nat(8), (noise, at) => {
        const lines = linesOf(sdpOf())
        lines.splice(at, 0, ...noise)
        const result = negotiator().answer(lines.join('\r\n'), local, context, playable)
        if (result.ok) expect(result.sdp).toContain('o=- 4711 1 IN IP4')
      }),
      { seed: 20260, numRuns: 3000 },
    )
  })

  it('spends little on a description built to be slow', () => {
    const hostile = [
      `a=floorid:${'1 m-stream '.repeat(2900)}`,
      `a=rtpmap:${'0'.repeat(32_000)}`,
      `a=ptime:${'1.'.repeat(16_000)}x`,
      `a=fmtp:0${' '.repeat(32_000)}`,
      `c=IN IP4 ${'1.'.repeat(15_000)}`,
      `c=IN IP6 ${'1:'.repeat(15_000)}`,
    ]
    // What squares would not be through before the test's time is up; what doesn't takes a blink for all of them.
    for (const line of hostile)
      for (let times = 0; times < 100; times++) negotiator().answer(sdpOf({ lines: [line] }), local, context, playable)
  })
})

describe('audioFormats', () => {
  it('knows static numbers without rtpmap and reads parameters', () => {
    const result = audioFormats(
      sdpOf({
        formats: '0 8 9 18 96 97 0 99 x',
        lines: ['a=rtpmap:96 opus/48000/2', 'a=fmtp:96 useinbandfec=1', 'a=rtpmap:97 bad', 'a=rtpmap:9 G722/16000'],
      }),
    )
    expect(result).toEqual({
      ok: true,
      formats: [pcmu, pcma, g722, { payloadType: 18, encoding: 'G729', clockRateHz: 8000, channels: 1 }, opus],
    })
  })

  it('says what is wrong', () => {
    expect(audioFormats('nonsense')).toMatchObject({ ok: false, sipCode: 400 })
    expect(audioFormats(sdpOf({ port: 0 }))).toMatchObject({ ok: false, sipCode: 488 })
  })
})
