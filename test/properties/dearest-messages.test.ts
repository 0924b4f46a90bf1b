/**
 * The longest messages that are read at all, of one thing repeated (SIP.md §2 rows 2 and 4): none costs 50 ms of CPU. Each takes a
 * millisecond or so where it is read in one go, and seconds where what is left is looked through again at each step. The least of a few
 * turns counts, which is the message's own: not the collector's nor the compiler's.
 */
import { describe, expect, it } from 'vitest'
import { openDoor, strangerHost, trunkHost } from '../../engine/b2bua/testing/door.ts'
import { audioFormats } from '../../engine/media/sdp/description.ts'
import { limits } from '../../engine/sip/message/parse.ts'
import { offerSdp, requestText } from '../../engine/sip/testing/wire.ts'
import { cpuMsOf, mostMessageMs } from '../fuzz/costs.ts'

const turns = 5
const longestHeader = limits.headerBytes - 200
const longestSdp = 32_000
const fill = (unit: string, length = longestHeader) => unit.repeat(Math.floor(length / unit.length))

/** Header lines that are as long as one may be. */
const headers: readonly (readonly string[])[] = [
  [`Contact: ${fill('<sip:a@10.1.0.1>,')}<sip:a@10.1.0.1>`],
  [`Contact: <sip:a@10.1.0.1>${fill(';a=b')}`],
  [`Contact: <sip:a@10.1.0.1${fill(';a=b')}>`],
  [`Contact: <sip:a@10.1.0.1?${fill('a=b&')}>`],
  [`Contact: <sip:${fill('%41')}@10.1.0.1>`],
  [`Contact: "${fill('\\"')}" <sip:a@10.1.0.1>`],
  [`Contact: ${fill('"')}`],
  [`Contact: ${fill('<')}`],
  [`Contact: ${fill(',')}`],
  [`Contact: ${fill(' \t')}x`],
  [`Contact: ${fill('\r\n x')}`],
  [`Route: ${fill('<sip:10.0.0.1;lr>,')}<sip:10.0.0.1;lr>`],
  [`Record-Route: ${fill('<sip:10.0.0.1;lr>,')}<sip:10.0.0.1;lr>`],
  [`Via: ${fill('SIP/2.0/UDP a;branch=z9hG4bKx,')}SIP/2.0/UDP a;branch=z9hG4bKx`],
  [`Via: SIP/2.0/UDP a${fill(';b=c')}`],
  [`Authorization: Digest ${fill('a="b",')}realm="strowger"`],
  [`Authorization: Digest realm="strowger", username="${fill('\\\\')}"`],
  [`Proxy-Authorization: ${fill('a=b ')}`],
  [`Supported: ${fill('a,')}timer`],
  [`Require: ${fill('100rel,')}100rel`],
  [`Accept: ${fill('a/b;q=0.1,')}a/b`],
  [`P-Asserted-Identity: ${fill('<sip:a@b>,')}<tel:+4420>`],
  [`Privacy: ${fill('id;')}id`],
  [`Diversion: ${fill('<sip:1@b>;reason=x,')}<sip:1@b>`],
  [`History-Info: ${fill('<sip:1@b>;index=1.1,')}<sip:1@b>;index=1`],
  [`History-Info: <sip:1@b>;index=${fill('1.')}1`],
  [`User-to-User: ${fill('ab')};encoding=hex`],
  [`Session-ID: ${fill('0')};remote=${'0'.repeat(32)}`],
  [`Replaces: a${fill(';from-tag=b')}`],
  [`Session-Expires: 90${fill(';a=b')}`],
  [`Refer-To: <sip:a@b?Replaces=${fill('%3B')}>`],
  [`Subject: ${fill('x')}`],
  // Many of them.
  Array.from({ length: 180 }, (_, i) => `X-${i}: ${fill('a;b,c=', 300)}`),
  Array.from({ length: 180 }, () => `Contact: ${fill('<sip:a@b>;x=y,', 300)}<sip:a@b>`),
  Array.from({ length: limits.vias - 1 }, () => `Via: SIP/2.0/UDP a;branch=z9hG4bKx${fill(';a=b', 500)}`),
  Array.from({ length: 180 }, () => fill('no colon ', 300)),
]
const bodies: readonly (readonly [type: string, text: string])[] = [
  ['application/sdp', offerSdp + fill('a=x\r\n', longestSdp)],
  ['multipart/mixed;boundary="b"', fill('--b\r\n', longestSdp)],
  ['multipart/mixed;boundary="b"', `--b\r\n${fill('A: b\r\n', longestSdp)}\r\nx\r\n--b--`],
]

describe('a message as long as one may be, of one thing repeated, is cheap', () => {
  const leastMs = async (from: string, textOf: (serial: string) => string) => {
    const door = await openDoor()
    const at = { host: from, port: 5060 }
    await door.bind(at)
    const costs = Array.from({ length: turns }, (_, turn) => {
      const text = textOf(`${turn}`)
      return cpuMsOf(() => void door.sendNow(at, text))
    })
    expect(door.faults).toEqual([])
    door.close()
    return Math.min(...costs)
  }

  it.each(headers.map(lines => [lines[0]?.slice(0, 60), lines] as const))('%s', async (_start, lines) => {
    for (const [host, method] of [
      [trunkHost, 'INVITE'],
      [trunkHost, 'REFER'],
      [strangerHost, 'REGISTER'],
    ] as const) {
      const costMs = await leastMs(host, serial =>
        requestText({ method, callId: serial, branch: `z9hG4bK${serial}`, body: offerSdp, headers: lines }),
      )
      expect([method, costMs]).toEqual([method, expect.any(Number)])
      expect(costMs, method).toBeLessThan(mostMessageMs)
    }
  })

  it.each(bodies)('%s', async (contentType, body) => {
    const costMs = await leastMs(trunkHost, serial =>
      requestText({ method: 'INVITE', callId: serial, branch: `z9hG4bK${serial}`, contentType, body }),
    )
    expect(costMs).toBeLessThan(mostMessageMs)
  })

  it.each([fill('x\r\n', 65_000), fill('\r\n', 65_000), fill('x: y\r\n', 65_000), fill('INVITE ', 65_000)])(
    'that is no message: case %#',
    async text => expect(await leastMs(trunkHost, () => text)).toBeLessThan(mostMessageMs),
  )
})

it.each([
  offerSdp + fill('a=x\r\n', longestSdp),
  offerSdp + fill('a=rtpmap:96 opus/48000\r\n', longestSdp),
  offerSdp + fill('a=fmtp:8 x\r\n', longestSdp),
  offerSdp + fill('m=audio 4000 RTP/AVP 8\r\n', longestSdp),
  `${offerSdp.trimEnd()} ${fill('8 ', longestSdp)}\r\n`,
  fill('v=0\r\n', longestSdp),
  fill('\r\n', longestSdp),
])('a session description as long as one may be, of one thing repeated, is cheap: case %#', sdp => {
  const costs = Array.from({ length: turns }, () => cpuMsOf(() => void audioFormats(sdp)))
  expect(Math.min(...costs)).toBeLessThan(mostMessageMs)
})
