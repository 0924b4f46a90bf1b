/** What the bench makes of a capture of the wire. */
import { describe, expect, it } from 'vitest'
import { inviteDelaysMs } from '../bench/invite-delays.ts'

const [caller, ours, agent] = [15_070, 15_060, 15_090]
const startSec = 1_790_000_000

/** A frame of the loopback interface at a microsecond, in a record of a capture file. */
function record(atUs: number, fromPort: number, toPort: number, text: string): Buffer {
  const frame = Buffer.alloc(14 + 20 + 8)
  frame.writeUInt16BE(fromPort, 34)
  frame.writeUInt16BE(toPort, 36)
  const whole = Buffer.concat([frame, Buffer.from(text, 'latin1')])
  const head = Buffer.alloc(16)
  head.writeUInt32LE(startSec + Math.floor(atUs / 1e6), 0)
  head.writeUInt32LE(atUs % 1e6, 4)
  head.writeUInt32LE(whole.length, 8)
  head.writeUInt32LE(whole.length, 12)
  return Buffer.concat([head, whole])
}

const invite = (from: string) => `INVITE sip:x@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n${from}\r\n\r\n`
const capture = (...records: readonly Buffer[]) => Buffer.concat([Buffer.alloc(24), ...records])

describe('a capture of INVITEs', () => {
  it('gives the time from each caller’s first to his agent’s first, in order of length', () => {
    const delays = inviteDelaysMs(
      capture(
        record(999_000, caller, ours, invite('From: "Bench" <sip:+44201@127.0.0.1:15070>;tag=1')),
        record(1_000_500, caller, ours, invite('From: "Bench" <sip:+44202@127.0.0.1:15070>;tag=1')),
        record(1_001_250, ours, agent, invite('f: <sip:+44202@strowger>;tag=2')),
        // The caller was not answered in time and says it again; so do we.
        record(1_499_000, caller, ours, invite('From: "Bench" <sip:+44201@127.0.0.1:15070>;tag=1')),
        record(1_500_000, ours, agent, invite('From: "Bench" <sip:+44201@strowger>;tag=2')),
        record(2_000_000, ours, agent, invite('From: "Bench" <sip:+44201@strowger>;tag=2')),
      ),
      ours,
    )
    expect(delays.map(ms => Number(ms.toFixed(3)))).toEqual([0.75, 501])
  })

  it('leaves out calls of whom only one side was seen, and a record that was cut off', () => {
    const whole = capture(
      record(0, caller, ours, invite('From: <sip:1@h>')),
      record(1_000, ours, agent, invite('From: <sip:2@h>')),
      record(2_000, ours, agent, invite('From: <sip:1@h>')),
    )
    expect(inviteDelaysMs(whole, ours)).toHaveLength(1)
    expect(inviteDelaysMs(whole.subarray(0, -1), ours)).toEqual([])
  })
})
