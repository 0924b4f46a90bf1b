/** Plain HTTP against a server: what a program without our client sees. */

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed if it is JSON, else the text. */
  readonly body: unknown
}

export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Asks as somebody: `token` is a session's or an API key. */
export function asking(url: string, token?: string): Ask {
  return async (method, path, body) => {
    const reply = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await reply.text()
    const isJson = /^application\/(?:[\w.-]+\+)?json/.test(reply.headers.get('content-type') ?? '')
    return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text }
  }
}
