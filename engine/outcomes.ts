/**
 * What final responses mean here, both ways, in one place (SIP.md §1, "Agent leg → offer outcome"): how an agent's
 * response or silence ends the offer, and which response a decision of ours gives the caller, who never sees an agent's.
 */

/** How a device's refusal ends the offer, and the reason that its event names. */
export interface LegRefusal {
  readonly outcome: 'rejected' | 'failed'
  readonly reason: RefusalReason
  /** Retry-After keeps this device, and no other, from being rung before it has passed. */
  readonly retryAfter?: true
  /** A fault of configuration: somebody has to hear of it. */
  readonly alarm?: true
}

export type RefusalReason =
  | 'busy'
  | 'declined'
  | 'unreachable'
  | 'noAnswer'
  | 'mediaFault'
  | 'transient'
  | 'redirected'
  | 'unauthorized'
  | 'outboundLimited'

const busy: LegRefusal = { outcome: 'rejected', reason: 'busy' }
const declined: LegRefusal = { outcome: 'rejected', reason: 'declined' }
const unreachable: LegRefusal = { outcome: 'failed', reason: 'unreachable' }
const noAnswer: LegRefusal = { outcome: 'failed', reason: 'noAnswer' }
const mediaFault: LegRefusal = { outcome: 'failed', reason: 'mediaFault', alarm: true }
const transient: LegRefusal = { outcome: 'failed', reason: 'transient' }
const overloaded: LegRefusal = { outcome: 'failed', reason: 'transient', retryAfter: true }
/** A device must not send a call elsewhere, least of all outside: this is one that was not followed. */
const redirected: LegRefusal = { outcome: 'failed', reason: 'redirected' }
const unauthorized: LegRefusal = { outcome: 'failed', reason: 'unauthorized', alarm: true }

/** Codes that don't follow their class. */
const byCode: ReadonlyMap<number, LegRefusal> = new Map([
  [401, unauthorized],
  [406, mediaFault],
  [407, unauthorized],
  [408, noAnswer],
  [415, mediaFault],
  [433, declined],
  [486, busy],
  [488, mediaFault],
  [503, overloaded],
  [600, busy],
  [604, unreachable],
  [606, mediaFault],
])

/** 3xx, 4xx, 5xx, 6xx. */
const byClass: readonly LegRefusal[] = [redirected, unreachable, transient, declined]

/** @param status a final failure, or null: nothing was heard, or nothing could be sent */
export function refusalBy(status: number | null): LegRefusal {
  if (status === null) return unreachable
  return byCode.get(status) ?? byClass[Math.floor(status / 100) - 3] ?? transient
}

/** A decision of ours, by the reason that its event names → the final response to a caller who was not answered. */
export const callerResponses = {
  /** A bound on calls to outside numbers is reached. */
  outboundLimited: 503,
  /** The number leads nowhere for this caller. */
  noSuchNumber: 404,
  /** The queue takes no more. */
  full: 486,
  /** A call for one agent: not answered in time, or refused. */
  noAnswer: 480,
  /** A call for one agent who can't be rung. */
  agentUnavailable: 480,
  /** The queue is closed or nobody is there, and where its calls go then is full or gone. */
  closed: 480,
  /** A flow came to its end, and the number says no more. */
  undecided: 480,
  /** Ended from outside: by a supervisor, the embedder, the end of the process. */
  released: 480,
  /** The caller's offer is no session description. */
  badOffer: 400,
  /** The caller's offer holds nothing that we can take. */
  mediaFault: 488,
  /** No port or no media thread is left to answer with. */
  mediaUnavailable: 503,
  /** A fault of ours. */
  fault: 500,
} as const

export type CallerDecision = keyof typeof callerResponses

/**
 * A caller who was sent to an outside number, by the reason that it did not take the call → the final response. What is
 * between us and our carrier is not his to hear: only that the number was busy is told.
 */
export function outsideResponse(reason: string): number {
  return reason === 'busy' ? 486 : (callerResponses[reason as CallerDecision] ?? 480)
}

/** What an agent hears of his own call to an outside number: what became of it, but nothing that is between us and the carrier. */
export function tellableToAgent(sipCode: number | null): number {
  if (sipCode === null || sipCode < 400 || sipCode === 401 || sipCode === 407 || sipCode === 423) return 480
  return sipCode >= 500 && sipCode < 600 ? 503 : sipCode
}

/** What the peers hear when we end an answered call (RFC 3326), by the cause that its event names; null: nothing needs to be said. */
export function reasonToTell(cause: string): string | null {
  return cause === 'outboundLimited' ? 'SIP;cause=503;text="No minutes left for outside calls"' : null
}

/** A decision of the door, before there is a call → the final response. */
export const doorResponses = {
  draining: 503,
  noHopsLeft: 483,
  /** RFC 3261 §21.4.12: longer than anything that leads somewhere. */
  numberTooLong: 414,
  /** Accept leaves us nothing to answer with (RFC 3261 §21.4.7). */
  notAcceptable: 406,
  /** A request that only means something in a dialog. */
  noDialog: 481,
  unknownMethod: 405,
  /** Replaces that makes no sense, or stands where it has no meaning (RFC 3891 §3). */
  malformed: 400,
  /** A user name that is not the one in To. */
  foreignAddress: 403,
} as const
