/** What goes along with a BYE: why it is sent (RFC 3326), and what one user has to say to the other (RFC 7433 §4). */
import type { SipRequest } from '../message/message.ts'

/** Header values. Absent or null: nothing is said. */
export interface Farewell {
  readonly reason?: string | null
  /** A list, if there were several. */
  readonly userToUser?: string | null
}

export const noFarewell: Farewell = {}

export function sayFarewell({ headers }: SipRequest, { reason, userToUser }: Farewell): void {
  if (reason) headers.append('reason', reason)
  if (userToUser) headers.append('user-to-user', userToUser)
}

/** What a peer has said. */
export function farewellIn({ headers }: SipRequest) {
  const reason = headers.get('reason') ?? null
  return headers.has('user-to-user') ? { reason, userToUser: headers.fields('user-to-user').join(', ') } : { reason }
}
