/** Makes identifiers. */
export interface Ids {
  /** A ULID: 26 characters of Crockford base 32, sortable by time of creation. */
  ulid(): string
  /** An unguessable token of at least 64 random bits, in characters legal in a SIP token (tags, branches, Call-IDs). */
  token(): string
}
