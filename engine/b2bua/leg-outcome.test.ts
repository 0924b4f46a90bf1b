/** How legs end. The table of final responses is tested with engine/outcomes.ts. */
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
  it('carries its code and what it means for the offer', () => {
    expect(refusalOf(486, response(486))).toEqual({
      kind: 'refused',
      outcome: 'rejected',
      reason: 'busy',
      sipCode: 486,
      retryAfterMs: null,
    })
    expect(refusalOf(488, response(488))).toMatchObject({ reason: 'mediaFault', alarm: true })
  })

  it.each([480, 486, 500, 600])('%d with Retry-After keeps nobody from being rung again', status => {
    expect(refusalOf(status, response(status, 'Retry-After: 3600'))).toMatchObject({ retryAfterMs: null })
  })

  it.each([
    ['Retry-After: 120', 120_000],
    ['Retry-After: 1800;duration=3600', 1_800_000],
    ['Retry-After: 18000;duration=3600', 3_600_000],
    ['Retry-After: 4294967295', 3_600_000],
    ['Retry-After: 5 (in a meeting)', 5_000],
    ['Retry-After: 0', 0],
    ['Retry-After: soon', null],
    ['Retry-After: -5', null],
    ['Retry-After: 99999999999', null],
  ])('with %s', (header, retryAfterMs) => {
    expect(refusalOf(503, response(503, header))).toMatchObject({ reason: 'transient', retryAfterMs })
  })

  it.each([408, 503])('%d that nobody sent means that the device is not there', status => {
    expect(refusalOf(status, null)).toEqual({
      kind: 'refused',
      outcome: 'failed',
      reason: 'unreachable',
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
