/** SIP.md §1, "Agent leg → offer outcome": every final failure that IANA has registered, and every decision of ours. */
import { describe, expect, it } from 'vitest'
import { callerResponses, doorResponses, refusalBy } from './outcomes.ts'

/** The registry "SIP Response Codes" from 300 on, without exceptions. */
const registered = {
  redirected: [300, 301, 302, 305, 380],
  unauthorized: [401, 407],
  noAnswer: [408],
  mediaFault: [406, 415, 488, 606],
  declined: [433, 603, 607, 608],
  busy: [486, 600],
  unreachable: [
    ...[400, 402, 403, 404, 405, 410, 412, 413, 414, 416, 417, 420, 421, 422, 423, 424, 425, 428, 429, 430],
    ...[436, 437, 438, 439, 440, 469, 470, 480, 481, 482, 483, 484, 485, 487, 489, 491, 493, 494, 604],
  ],
  transient: [500, 501, 502, 503, 504, 505, 513, 555, 580],
} as const

const rejections: ReadonlySet<string> = new Set(['busy', 'declined'])
const rows = Object.entries(registered).flatMap(([reason, codes]) => codes.map(code => [code, reason] as const))

describe('a final response of an agent’s device', () => {
  it('stands in exactly one row', () => {
    const codes = rows.map(([code]) => code)
    expect(new Set(codes).size).toBe(codes.length)
    expect(codes.length).toBe(66)
  })

  it.each(rows)('%d ends the offer as %s', (code, reason) => {
    const outcome = rejections.has(reason) ? 'rejected' : 'failed'
    expect(refusalBy(code)).toMatchObject({ outcome, reason })
  })

  it.each([
    [399, 'redirected'],
    [499, 'unreachable'],
    [599, 'transient'],
    [699, 'declined'],
  ])('%d, which nobody has registered, follows its class: %s', (code, reason) => {
    expect(refusalBy(code)).toMatchObject({ reason })
  })

  it('that never came means that the device is not there', () => {
    expect(refusalBy(null)).toEqual({ outcome: 'failed', reason: 'unreachable' })
  })

  it('keeps the device from being rung for the time of its Retry-After only with 503', () => {
    expect(rows.filter(([code]) => refusalBy(code).retryAfter === true).map(([code]) => code)).toEqual([503])
  })

  it('alarms when it tells of a fault of configuration', () => {
    const alarming = rows.filter(([code]) => refusalBy(code).alarm === true).map(([code]) => code)
    expect(alarming).toEqual([...registered.unauthorized, ...registered.mediaFault])
  })
})

describe('a decision of ours', () => {
  it('has a row here', () => {
    expect([Object.keys(callerResponses).length, Object.keys(doorResponses).length]).toEqual([12, 8])
  })

  it.each([
    ['outboundLimited', 503],
    ['noSuchNumber', 404],
    ['closed', 480],
    ['undecided', 480],
    ['full', 486],
    ['noAnswer', 480],
    ['agentUnavailable', 480],
    ['released', 480],
    ['badOffer', 400],
    ['mediaFault', 488],
    ['mediaUnavailable', 503],
    ['fault', 500],
  ] as const)('%s gives the caller %d', (decision, status) => {
    expect(callerResponses[decision]).toBe(status)
  })

  it.each([
    ['draining', 503],
    ['noHopsLeft', 483],
    ['notAcceptable', 406],
    ['noDialog', 481],
    ['unknownMethod', 405],
    ['malformed', 400],
    ['foreignAddress', 403],
  ] as const)('%s at the door gives %d', (decision, status) => {
    expect(doorResponses[decision]).toBe(status)
  })
})
