/** An agent's wish to hand a call over, as it came by signalling, in words that any signalling could use. */
import type { ReferExchange, Replaces, UserAgent } from '../sip/index.ts'
import type { LegOwner } from './bridge-alphabet.ts'

/** Exactly one of {@link accept} and {@link refuse} must be called, before the event that brought it is handled. */
export interface TransferRequest {
  /** A number or an agent's id; '' if another call is to be joined instead. */
  readonly to: string
  /** The leg that takes part in another call and is to be replaced; `unknown`: named, but none of ours. Null: a blind transfer. */
  readonly replaced: LegOwner | 'unknown' | null
  accept(): TransferTold
  /** 403: the sender may not do that; 603: it can't be done. */
  refuse(status: 403 | 603): void
}

/** What the one who asked is told. `heard` runs once he has it, or never will. */
export interface TransferTold {
  rings(): void
  done(heard: () => void): void
  failed(sipCode: number, heard: () => void): void
}

export function transferRequestOf({ target, accept, refuse }: ReferExchange, userAgent: UserAgent): TransferRequest {
  const { user, replaces } = target
  return {
    to: user,
    replaced: replaces === null ? null : (legNamed(replaces, userAgent) ?? 'unknown'),
    refuse,
    accept() {
      const progress = accept()
      return {
        rings: () => progress.tell(180),
        done: heard => progress.finish(200, heard),
        failed: (sipCode, heard) => progress.finish(sipCode, heard),
      }
    },
  }
}

/**
 * One that talks, or has called somebody who still rings. RFC 3891 §3 has the callee refuse the latter, for whom it would be
 * another's call: both legs are ours here, and who has called may hand on what he has begun.
 */
function legNamed(replaces: Replaces, userAgent: UserAgent): LegOwner | null {
  const named = userAgent.dialogNamed(replaces)
  if (named === null) return null
  // §3: who wants to replace a call that rings must not get one that talks.
  const isMeant = named.standing === 'called' || (named.standing === 'confirmed' && !replaces.earlyOnly)
  return isMeant ? (named.owner as LegOwner | null) : null
}
