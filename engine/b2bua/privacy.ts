/** Privacy: what somebody wants to be told to nobody (RFC 3323 section 4.2, RFC 3325 section 9.3, RFC 7044 section 10.1.2). */
import type { Headers } from '../sip/index.ts'

/** The kinds of privacy asked for, in lower case. They stand between semicolons; some phones send commas. */
export function privacyOf(headers: Headers): readonly string[] {
  return headers.tokens('privacy').flatMap(value => value.split(';').map(kind => kind.trim()))
}
