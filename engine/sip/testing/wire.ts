/** SIP messages as text, as a peer would write them, for tests of the stack. */
import type { SipMessage, SipRequest } from '../message/message.ts'
import { parseMessage } from '../message/parse.ts'

export interface RequestText {
  readonly method: string
  readonly uri?: string
  /** The whole top Via; by default one of `10.0.0.2` with `branch` and rport. */
  readonly via?: string
  readonly branch?: string
  readonly from?: string
  readonly fromTag?: string
  readonly to?: string
  readonly toTag?: string
  readonly callId?: string
  readonly sequence?: number
  /** Further header lines. */
  readonly headers?: readonly string[]
  readonly body?: string
  readonly contentType?: string
}

export const offerSdp =
  'v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\nc=IN IP4 10.0.0.2\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n'
export const answerSdp =
  'v=0\r\no=- 2 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n'

/** A request of a well-behaved peer at 10.0.0.2. */
export function requestText(options: RequestText): string {
  const { method, body = '' } = options
  const tag = (value: string | undefined) => (value === undefined || value === '' ? '' : `;tag=${value}`)
  const lines = [
    `${method} ${options.uri ?? 'sip:200@10.0.0.1'} SIP/2.0`,
    `Via: ${options.via ?? `SIP/2.0/UDP 10.0.0.2:5060;branch=${options.branch ?? `z9hG4bK-${method}`};rport`}`,
    'Max-Forwards: 70',
    `From: ${options.from ?? '<sip:caller@10.0.0.2>'}${tag(options.fromTag ?? 'caller')}`,
    `To: ${options.to ?? '<sip:200@10.0.0.1>'}${tag(options.toTag)}`,
    `Call-ID: ${options.callId ?? 'call-1'}`,
    `CSeq: ${options.sequence ?? 1} ${method}`,
    ...(options.headers ?? []),
    ...(body === '' ? [] : [`Content-Type: ${options.contentType ?? 'application/sdp'}`]),
    `Content-Length: ${body.length}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

export interface ResponseText {
  readonly toTag?: string
  readonly headers?: readonly string[]
  readonly body?: string
}

/** A response to `request` with what RFC 3261 §8.2.6 says is copied. */
export function responseText(request: SipRequest, status: number, options: ResponseText = {}): string {
  const { headers } = request
  const { body = '' } = options
  const toTag = headers.toTag !== '' || options.toTag === undefined ? '' : `;tag=${options.toTag}`
  const lines = [
    `SIP/2.0 ${status} Whatever`,
    ...headers.fields('via').map(via => `Via: ${via}`),
    `From: ${headers.get('from')}`,
    `To: ${headers.get('to')}${toTag}`,
    `Call-ID: ${headers.callId}`,
    `CSeq: ${headers.get('cseq')}`,
    ...(options.headers ?? []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

const encoder = new TextEncoder()

export function bytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** What `text` says. @throws Error when it can't be parsed: what we wrote ourselves must be. */
export function message(text: string | Uint8Array): SipMessage {
  const result = parseMessage(typeof text === 'string' ? bytes(text) : text)
  if (!result.ok) throw new Error(`unusable: ${result.reason}`)
  return result.message
}

export function request(options: RequestText): SipRequest {
  const parsed = message(requestText(options))
  if (parsed.kind !== 'request') throw new Error('not a request')
  return parsed
}
