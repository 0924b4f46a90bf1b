/**
 * Which INVITE or UPDATE of the peer may be taken while others are open in the dialog (RFC 3261 §14, RFC 3311 §5.2,
 * RFC 6337 §4): one offer at a time, from one side at a time. Pure.
 */

/** What is under way in a dialog. */
export interface OpenExchanges {
  /** The peer's INVITE or UPDATE that has no final response yet. */
  readonly theirs: 'INVITE' | 'UPDATE' | null
  /** Our 2xx to an INVITE waits for its ACK and made an offer, or gave the answer; or it is ready, but must not go out yet. */
  readonly accepted: 'offer' | 'answer' | 'held' | null
  /** Our INVITE has no final response yet. Our UPDATEs make no offers. */
  readonly ours: boolean
}

/**
 * The status to refuse a request with; null: go on. 500 carries Retry-After: the peer was too fast for itself; 491: both
 * were (glare).
 */
export function refusalBeside(method: 'INVITE' | 'UPDATE', offers: boolean, open: OpenExchanges): 491 | 500 | null {
  const { theirs, accepted, ours } = open
  if (method === 'INVITE') {
    // §14.2: a second INVITE before the first has its final response, or before the offer of an UPDATE is answered.
    if (theirs !== null || accepted === 'held') return 500
    // RFC 5407 §3.1.4: who asks for a change has had our 2xx, though his ACK was lost. If that gave the answer nothing is open.
    return ours || accepted === 'offer' ? 491 : null
  }
  // RFC 3311 §5.2: an UPDATE before the last one was answered, whatever is in it.
  if (theirs === 'UPDATE') return 500
  if (!offers) return null
  if (theirs === 'INVITE') return 500
  return ours || accepted === 'offer' ? 491 : null
}

/** §14.1, in milliseconds, steps of 10: the owner of the Call-ID waits 2.1–4 s, the other side 0–2 s. `random` is in [0, 1). */
export function glareWaitMs(ownsCallId: boolean, random: number): number {
  return ownsCallId ? 2_100 + 10 * Math.floor(random * 191) : 10 * Math.floor(random * 201)
}
