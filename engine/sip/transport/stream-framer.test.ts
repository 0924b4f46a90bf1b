/** Framing: any split of the bytes gives the same messages and the same pongs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { limits } from '../message/parse.ts'
import { bytes, requestText } from '../testing/wire.ts'
import { StreamFramer } from './stream-framer.ts'

function frame(...chunks: readonly (string | Uint8Array)[]) {
  const frames: string[] = []
  const broken: string[] = []
  let pings = 0
  const framer = new StreamFramer({
    onFrame: data => frames.push(new TextDecoder().decode(data)),
    onPing: () => pings++,
    onBroken: reason => broken.push(reason),
  })
  for (const chunk of chunks) framer.push(typeof chunk === 'string' ? bytes(chunk) : chunk)
  return { frames, pings, broken, partial: framer.partial }
}

const one = requestText({ method: 'OPTIONS' })
const two = requestText({ method: 'INVITE', body: 'v=0\r\n\r\ns=ü\r\n'.normalize() }).replace(
  /Content-Length: \d+/,
  `l :\r\n ${bytes('v=0\r\n\r\ns=ü\r\n').length}`,
)

describe('messages', () => {
  it('come out whole', () => {
    expect(frame(one)).toEqual({ frames: [one], pings: 0, broken: [], partial: false })
    expect(frame(one + two + one).frames).toEqual([one, two, one])
  })

  it('may have line ends between them', () => {
    expect(frame(`\r\n${one}\r\n${two}\r\n`).frames).toEqual([one, two])
  })

  it('without Content-Length have no body', () => {
    const bare = one.replace(/Content-Length.*\r\n/, '')
    expect(frame(bare + bare).frames).toEqual([bare, bare])
  })

  it('are partial until the last byte', () => {
    expect(frame(two.slice(0, 10)).partial).toBe(true)
    expect(frame(two.slice(0, -1)).partial).toBe(true)
    expect(frame(two, 'X').partial).toBe(true)
  })

  it('are the same however the bytes are split', () => {
    const stream = bytes(`\r\n\r\n${one}\r\n\r\n\r\n\r\n${two}${one}\r\n\r\n`)
    const whole = frame(stream)
    expect(whole).toEqual({ frames: [one, two, one], pings: 4, broken: [], partial: false })
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 40 }), cuts => {
        const at = [0, ...[...cuts].sort((a, b) => a - b), stream.length]
        const chunks = at.slice(1).map((end, i) => stream.subarray(at[i], end))
        expect(frame(...chunks)).toEqual(whole)
      }),
      { seed: 1 },
    )
    expect(frame(...[...stream].map(byte => Uint8Array.of(byte)))).toEqual(whole)
  })
})

describe('keep-alives', () => {
  it.each([
    [['\r\n\r\n'], 1],
    [['\r', '\n', '\r', '\n'], 1],
    [['\r\n', '\r\n'], 1],
    [['\r\n\r', '\n'], 1],
    [['\r\n'], 0],
    [['\r\n\r\n\r\n\r\n'], 2],
    [['\r\n\r\n\r\n', '\r\n'], 2],
  ])('%j: %d pongs', (chunks, pings) => {
    expect(frame(...chunks)).toMatchObject({ frames: [], pings, broken: [] })
  })

  it('and stray line ends are no beginning of a message', () => {
    // Else the connection of a phone that sends single CRLFs would be closed as one that stalls.
    expect(frame('\r\n').partial).toBe(false)
    expect(frame(`${one}\r\n`).partial).toBe(false)
    expect(frame('\r').partial).toBe(false)
  })
})

describe('bounds', () => {
  it.each([
    ['a body beyond the limit', one.replace(/Content-Length: 0/, `Content-Length: ${limits.messageBytes}`)],
    ['a Content-Length that is none', one.replace(/Content-Length: 0/, 'Content-Length: x')],
    ['a negative one', one.replace(/Content-Length: 0/, 'Content-Length: -1')],
    ['headers without end', 'A'.repeat(limits.messageBytes + 1)],
  ])('%s breaks the stream once', (_what, text) => {
    expect(frame(text, one)).toMatchObject({ frames: [], broken: [expect.any(String)], partial: false })
  })

  it('keeps no more than a message of what never ends', () => {
    const chunk = 'A'.repeat(1000)
    const fed = frame(...Array.from({ length: 70 }, () => chunk))
    expect(fed.broken).toHaveLength(1)
  })

  it('a message that trickles in byte by byte is not read anew with every byte', () => {
    const slow = bytes(`OPTIONS sip:a SIP/2.0\r\nX: ${'a'.repeat(60_000)}`)
    const trickle = Array.from(slow, byte => Uint8Array.of(byte))
    // Squared, this would not be through before the test's time is up.
    for (let times = 0; times < 10; times++) expect(frame(...trickle)).toMatchObject({ frames: [], broken: [] })
  })
})
