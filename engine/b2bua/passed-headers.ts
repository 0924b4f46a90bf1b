/**
 * What of one leg goes along to another: data of its user for the other one (RFC 7433), and why he left (RFC 3326). Nothing else
 * of a leg's headers does, so that no name and no address of one side shows on the other.
 */
import { type Farewell, type HeaderFields, hasControls, type SipRequest, type SipResponse } from '../sip/index.ts'

/** RFC 7433 §4: of a size that a datagram bears. */
const longestUserToUser = 512

/** RFC 7433 §4.1: several may come, each of a purpose of its own, as a list or in fields of their own. Null: nothing goes along. */
export function userToUserIn({ headers }: SipRequest | SipResponse): string | null {
  return headers.has('user-to-user') ? userToUserToPass(headers.fields('user-to-user').join(', ')) : null
}

/** All of it, or nothing. What no header may hold (RFC 3261 §25.1) would make a message of ours one that peers drop. */
export function userToUserToPass(value: string | null): string | null {
  return value !== null && value.length <= longestUserToUser && !hasControls(value.replaceAll('\t', ' ')) ? value : null
}

/** As it stands in an INVITE, or in a response to one. */
export function headersOf({ uui }: { readonly uui: string | null }): HeaderFields {
  return uui === null ? [] : [['user-to-user', uui]]
}

/** RFC 3326, without the text, in which hosts and names of the other leg may stand. Null if there is nothing to pass on. */
export function reasonToPass(value: string | null): string | null {
  if (value === null) return null
  const reasons = value
    .split(',')
    .flatMap(each => /^\s*(SIP|Q\.850)\s*;(?:.*;)?\s*cause\s*=\s*([0-9]{1,3})/i.exec(each.slice(0, 256)) ?? [])
  const [, protocol, cause] = reasons
  return protocol === undefined || cause === undefined ? null : `${protocol};cause=${cause}`
}

/** What one leg hears as another one's peer has hung up. */
export function farewellToPass(said: Farewell): Farewell {
  return { reason: reasonToPass(said.reason ?? null), userToUser: userToUserToPass(said.userToUser ?? null) }
}
