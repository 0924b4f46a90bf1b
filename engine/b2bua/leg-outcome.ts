/** How a leg ended: values of a union, not errors. The table that maps an agent's final response is here alone. */
import type { DialogEnd, SipResponse } from '../sip/index.ts'

export type LegOutcome =
  /** The peer hung up, or gave up before the answer. */
  | { readonly kind: 'hungUp'; readonly reason: string | null }
  /** We hung up or cancelled. */
  | { readonly kind: 'released' }
  /** The peer vanished: no ACK, no sign of life, no media. */
  | { readonly kind: 'lost'; readonly cause: 'noAck' | 'dead' | 'media' | 'fault' }
  /** The leg was never answered. */
  | {
      readonly kind: 'refused'
      readonly why:
        | 'busy'
        | 'declined'
        | 'unavailable'
        | 'noAnswer'
        | 'mediaFault'
        | 'transient'
        | 'overloaded'
        | 'redirected'
        | 'unauthorized'
      readonly sipCode: number
      /** From Retry-After. */
      readonly retryAfterMs: number | null
    }

type Refusal = Extract<LegOutcome, { kind: 'refused' }>['why']

/** SIP.md §1, "Agent leg → offer outcome". What isn't listed follows its class. */
const refusals: Readonly<Record<number, Refusal>> = {
  401: 'unauthorized',
  404: 'unavailable',
  407: 'unauthorized',
  408: 'noAnswer',
  410: 'unavailable',
  415: 'mediaFault',
  480: 'unavailable',
  486: 'busy',
  487: 'unavailable',
  488: 'mediaFault',
  503: 'overloaded',
  600: 'busy',
  603: 'declined',
  606: 'mediaFault',
}

/** `status` 408 without a response means that nothing was heard at all; 503 without one, that nothing could be sent. */
export function refusalOf(status: number, response: SipResponse | null): LegOutcome {
  const seconds = response?.headers.integer('retry-after') ?? null
  return {
    kind: 'refused',
    why: response === null ? 'unavailable' : (refusals[status] ?? classOf(status)),
    sipCode: status,
    retryAfterMs: seconds === null ? null : seconds * 1000,
  }
}

function classOf(status: number): Refusal {
  if (status < 400) return 'redirected'
  if (status < 500) return 'unavailable'
  return status < 600 ? 'transient' : 'declined'
}

export function outcomeOfDialog(end: DialogEnd): LegOutcome {
  if (end.by === 'remote') return { kind: 'hungUp', reason: end.reason }
  return end.cause === 'bye' ? { kind: 'released' } : { kind: 'lost', cause: end.cause }
}
