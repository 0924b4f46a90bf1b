/** SIP requests and responses as values, and how they are made and written. */
import { Headers } from './headers.ts'
import { reasonPhrase } from './status.ts'

export interface SipRequest {
  readonly kind: 'request'
  readonly method: string
  /** The Request-URI as text. */
  uri: string
  readonly headers: Headers
  /** Text, whatever its type says: nobody here reads anything else. '' if there is none. */
  body: string
}

export interface SipResponse {
  readonly kind: 'response'
  readonly status: number
  readonly reason: string
  readonly headers: Headers
  body: string
}

export type SipMessage = SipRequest | SipResponse

export function createRequest(method: string, uri: string): SipRequest {
  return { kind: 'request', method, uri, headers: new Headers(), body: '' }
}

/**
 * A response with the headers that RFC 3261 §8.2.6.2 says are copied. `toTag` is added to To if it has none;
 * a 100 gets none.
 */
export function createResponse(request: SipRequest, status: number, toTag: string, reason?: string): SipResponse {
  const headers = new Headers()
  request.headers.forEach((name, value) => {
    if (name === 'via' || name === 'from' || name === 'call-id' || name === 'cseq') headers.append(name, value)
    else if (name === 'to')
      headers.append(
        name,
        status === 100 || toTag === '' || request.headers.toTag !== '' ? value : withTag(value, toTag),
      )
    // RFC 3261 §16.7 and §12.1.1: dialog-making responses carry the route set back.
    else if (name === 'record-route' && status > 100 && status < 300) headers.append(name, value)
    else if (name === 'timestamp' && status === 100) headers.append(name, value)
  })
  return { kind: 'response', status, reason: reason ?? reasonPhrase(status), headers, body: '' }
}

/** A From or To value with a tag. */
export function withTag(value: string, tag: string): string {
  return value.endsWith(';') ? `${value}tag=${tag}` : `${value};tag=${tag}`
}

export function setBody(message: SipMessage, contentType: string, body: string): void {
  message.headers.set('content-type', contentType)
  message.body = body
}

/** The message as it goes on the wire. Content-Length is computed here and nowhere else. */
export function serialize(message: SipMessage): string {
  const start =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`
  const { body } = message
  const length = body === '' ? 0 : Buffer.byteLength(body)
  return `${start}${message.headers.write()}Content-Length: ${length}\r\n\r\n${body}`
}
