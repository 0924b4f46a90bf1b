/** Asking other programs by HTTP, for lookups of flows. An implementation refuses addresses that are not to be reached. */

export interface HttpRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** For the whole exchange. */
  readonly timeoutMs: number
  /** A longer answer is refused. */
  readonly maxBytes: number
  /** Private addresses, or CIDR blocks of them, that may be reached all the same. */
  readonly allow: readonly string[]
}

export interface HttpReply {
  readonly status: number
  readonly body: string
}

export interface HttpPort {
  /** GET; follows no redirection. @throws Error with words for people: refused address, no connection, too slow, too long */
  get(request: HttpRequest): Promise<HttpReply>
}
