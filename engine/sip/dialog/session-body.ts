/** The session description in the body of a message (RFC 3261 §7.4, RFC 5621), and what is said about bodies we can't read. */
import type { SipMessage, SipResponse } from '../message/message.ts'
import { parseParams, skipBlanks } from '../message/params.ts'

/** `sdp` is null when the message has none. */
export type SessionBody =
  | { readonly ok: true; readonly sdp: string | null }
  | { readonly ok: false; readonly why: 'type' | 'encoding' }

const sdpType = 'application/sdp'
const noSession: SessionBody = { ok: true, sdp: null }
const unknownType: SessionBody = { ok: false, why: 'type' }
/** RFC 2046 §5.1.1: a boundary has at most 70 characters; parts beyond a few say nothing to us. */
const maxBoundaryLength = 70
const maxParts = 16

/** What a request offers or answers. A body without Content-Type is taken for SDP, as most senders of one mean it. */
export function readSession(message: SipMessage): SessionBody {
  if (message.body === '') return noSession
  const { headers } = message
  const encoding = headers.get('content-encoding')?.trim().toLowerCase()
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') return { ok: false, why: 'encoding' }
  const contentType = headers.get('content-type')
  const type = contentType === undefined ? sdpType : mediaType(contentType)
  if (type === sdpType) return { ok: true, sdp: message.body }
  if (contentType !== undefined && (type === 'multipart/mixed' || type === 'multipart/alternative'))
    return readParts(message.body, contentType)
  return isOptional(headers.get('content-disposition')) ? noSession : unknownType
}

/** RFC 3261 §21.4.13: a 415 says what would have been taken. */
export function explainBody(response: SipResponse, why: 'type' | 'encoding'): void {
  if (why === 'encoding') response.headers.append('accept-encoding', 'identity')
  else response.headers.append('accept', acceptedTypes)
}

export const acceptedTypes = 'application/sdp, multipart/mixed, multipart/alternative'

function mediaType(value: string): string {
  const semicolon = value.indexOf(';')
  return (semicolon === -1 ? value : value.slice(0, semicolon)).trim().toLowerCase()
}

/** RFC 5621 §8: what is not marked as optional must be understood. */
function isOptional(disposition: string | undefined): boolean {
  return handlingOf(disposition) === 'optional'
}

function handlingOf(disposition: string | undefined): string | undefined {
  const semicolon = disposition?.indexOf(';') ?? -1
  if (disposition === undefined || semicolon === -1) return undefined
  return parseParams(disposition, semicolon)?.get('handling')?.toLowerCase()
}

/** The first SDP part. Parts that we don't know are passed over unless they say themselves that they must be understood. */
function readParts(body: string, contentType: string): SessionBody {
  const semicolon = contentType.indexOf(';')
  const boundary = semicolon === -1 ? undefined : parseParams(contentType, semicolon)?.get('boundary')
  if (boundary === undefined || boundary === '' || boundary.length > maxBoundaryLength) return unknownType
  let sdp: string | null = null
  const [, ...parts] = `\r\n${body}`.split(`\r\n--${boundary}`, maxParts + 1)
  for (const part of parts) {
    if (part.startsWith('--')) break
    const { type, disposition, content } = readPart(part)
    if (type === sdpType) sdp ??= content
    else if (handlingOf(disposition) === 'required') return unknownType
  }
  return { ok: true, sdp }
}

function readPart(part: string): {
  readonly type: string
  readonly disposition: string | undefined
  readonly content: string
} {
  const end = part.indexOf('\r\n\r\n')
  if (end === -1) return { type: '', disposition: undefined, content: '' }
  let type = ''
  let disposition: string | undefined
  for (const line of part.slice(0, end).split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon === -1) continue
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(skipBlanks(line, colon + 1))
    if (name === 'content-type' || name === 'c') type = mediaType(value)
    else if (name === 'content-disposition') disposition = value
  }
  // The line break before a boundary is the boundary's; SDP wants its last line ended.
  return { type, disposition, content: `${part.slice(end + 4)}\r\n` }
}

/** The session description of a message; null when it has none that we can read. */
export function sdpOf(message: SipMessage): string | null {
  const body = readSession(message)
  return body.ok ? body.sdp : null
}
