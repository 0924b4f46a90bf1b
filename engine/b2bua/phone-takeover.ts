/**
 * An INVITE with Replaces (RFC 3891): an agent goes on with another of his phones. Here it is decided whether he may; whoever
 * knows the tags of a dialog is not thereby entitled to it (SIP.md §1).
 */
import type { InviteServer, Replaces, UserAgent } from '../sip/index.ts'
import type { LegOwner } from './bridge-alphabet.ts'
import type { PhoneArrival } from './bridge-options.ts'

export interface TakeoverHandlers {
  /** Whether a leg is of the agent whose calls come from this account of ours. */
  isOwnLeg(account: string, leg: LegOwner): boolean
  /** The phone takes the place of a leg, or is refused. */
  onTakeover(leg: LegOwner, arrival: PhoneArrival): void
}

/** What {@link takeOver} is told of who asks. */
export interface Claimant {
  /** Authenticated; null: a trunk. */
  readonly account: string | null
  readonly invite: InviteServer
  readonly nat: boolean
}

export function takeOver(
  userAgent: UserAgent,
  replaces: Replaces,
  { account, invite, nat }: Claimant,
  handlers: TakeoverHandlers,
): void {
  const status = (): number | LegOwner => {
    // Whoever isn't one of our agents learns nothing, not even what there is.
    if (account === null) return 403
    const named = userAgent.dialogNamed(replaces)
    if (named === null) return 481
    if (named.standing === 'over') return 603
    // §3: who is being called may go on elsewhere; who calls, in an early dialog that is not of our making, may not.
    if (named.standing === 'called' || named.owner === null) return 481
    const leg = named.owner as LegOwner
    if (!handlers.isOwnLeg(account, leg)) return 403
    return replaces.earlyOnly && named.standing === 'confirmed' ? 486 : leg
  }
  const found = status()
  if (typeof found === 'number') invite.reject(found)
  else handlers.onTakeover(found, { invite, nat })
}
