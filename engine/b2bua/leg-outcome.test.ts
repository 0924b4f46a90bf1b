/** SIP.md §1, "Agent leg → offer outcome", row by row. */
import { describe, expect, it } from 'vitest'
import { message } from '../sip/testing/wire.ts'
import { outcomeOfDialog, refusalOf } from './leg-outcome.ts'

function response(status: number, ...headers: string[]) {
  const lines = [
    `SIP/2.0 ${status} x`,
    'Via: SIP/2.0/UDP h;branch=z9hG4bK1',
    'From: <sip:a@h>;tag=1',
    'To: <sip:b@h>;tag=2',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    ...headers,
  ]
  const parsed = message(`${lines.join('\r\n')}\r\n\r\n`)
  if (parsed.kind !== 'response') throw new Error('not a response')
  return parsed
}

describe('an agent’s final response', () => {
  it.each([
    [486, 'busy'],
    [600, 'busy'],
    [603, 'declined'],
    [480, 'unavailable'],
    [404, 'unavailable'],
    [410, 'unavailable'],
    [408, 'noAnswer'],
    [487, 'unavailable'],
    [488, 'mediaFault'],
    [606, 'mediaFault'],
    [415, 'mediaFault'],
    [500, 'transient'],
    [502, 'transient'],
    [504, 'transient'],
    [503, 'overloaded'],
    [401, 'unauthorized'],
    [407, 'unauthorized'],
    [300, 'redirected'],
    [302, 'redirected'],
    [380, 'redirected'],
    // What the table doesn't name follows its class.
    [403, 'unavailable'],
    [420, 'unavailable'],
    [499, 'unavailable'],
    [513, 'transient'],
    [599, 'transient'],
    [699, 'declined'],
  ])('%d means %s', (status, why) => {
    expect(refusalOf(status, response(status))).toEqual({ kind: 'refused', why, sipCode: status, retryAfterMs: null })
  })

  it.each([
    ['Retry-After: 120', 120_000],
    ['Retry-After: 18000;duration=3600', 18_000_000],
    ['Retry-After: 5 (in a meeting)', 5_000],
    ['Retry-After: 0', 0],
    ['Retry-After: soon', null],
    ['Retry-After: -5', null],
    ['Retry-After: 99999999999', null],
  ])('with %s', (header, retryAfterMs) => {
    expect(refusalOf(503, response(503, header))).toMatchObject({ why: 'overloaded', retryAfterMs })
  })

  it.each([408, 503])('%d that nobody sent means that the device is not there', status => {
    expect(refusalOf(status, null)).toEqual({
      kind: 'refused',
      why: 'unavailable',
      sipCode: status,
      retryAfterMs: null,
    })
  })
})

describe('the end of a dialog', () => {
  it.each([
    [
      { by: 'remote', cause: 'bye', reason: 'Q.850;cause=16' },
      { kind: 'hungUp', reason: 'Q.850;cause=16' },
    ],
    [
      { by: 'remote', cause: 'bye', reason: null },
      { kind: 'hungUp', reason: null },
    ],
    [{ by: 'local', cause: 'bye', reason: null }, { kind: 'released' }],
    [
      { by: 'local', cause: 'noAck', reason: null },
      { kind: 'lost', cause: 'noAck' },
    ],
    [
      { by: 'local', cause: 'dead', reason: null },
      { kind: 'lost', cause: 'dead' },
    ],
    [
      { by: 'local', cause: 'fault', reason: null },
      { kind: 'lost', cause: 'fault' },
    ],
  ] as const)('%j is %j', (end, outcome) => {
    expect(outcomeOfDialog(end)).toEqual(outcome)
  })
})
