/** What a simulated person does with a telephone: plain data, so that it can be generated, printed and replayed. */

export interface HoldPlan {
  /** From the moment that the two talk. */
  readonly afterMs: number
  readonly forMs: number
}

/** Behaviour in a conversation. */
export interface TalkPlan {
  /** Hangs up after so much talk; null: leaves that to the other side. */
  readonly talkMs: number | null
  readonly hold?: HoldPlan
}

export interface CallerPlan extends TalkPlan {
  /** Hangs up, by CANCEL or by BYE, when nobody talks to him by then. Null: never. */
  readonly patienceMs: number | null
  /**
   * `answer`: the talk begins with the 200. `join`: a queue may answer with music, so it begins when
   * {@link PhoneCall.joined} says so.
   */
  readonly talkFrom: 'answer' | 'join'
}

interface Ringing {
  /** 180 goes out so long after the INVITE; null: never. */
  readonly ringAfterMs: number | null
}

/** What becomes of an incoming call. Times count from the INVITE. A `talkMs` of 0 answers and hangs up at once. */
export type Reaction =
  | (Ringing & TalkPlan & { readonly kind: 'answer'; readonly afterMs: number })
  | (Ringing & {
      readonly kind: 'refuse'
      readonly afterMs: number
      /** 486 busy, 603 declined, 480, 503 … */
      readonly status: number
      readonly retryAfterSec?: number
    })
  | (Ringing & { readonly kind: 'ignore' })
