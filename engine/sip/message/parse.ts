/**
 * From bytes to a message, in one pass over the header section. Bodies of headers are parsed when they are first asked
 * for. A message that can't be used is a value that says which response it deserves, if any.
 */
import { Headers, headerName, knownHeaderName, parseInteger } from './headers.ts'
import type { SipMessage, SipRequest } from './message.ts'
import { splitList } from './params.ts'

export const limits = {
  messageBytes: 65_536,
  headerBytes: 16_384,
  headers: 200,
  vias: 70,
} as const

export type ParseResult =
  | { readonly ok: true; readonly message: SipMessage }
  | {
      readonly ok: false
      readonly reason: string
      /** The status that a request deserves; 0: drop silently. */
      readonly status: number
      /** As much of a request as is needed to answer it; null when nothing can be answered. */
      readonly request: SipRequest | null
      /** Beyond the limits, or no SIP at all: a connection that carries it is closed (SIP.md §2 row 4). */
      readonly fatal: boolean
    }

const decoder = new TextDecoder()
const encoder = new TextEncoder()
/** Headers that may stand once, a bit each. */
const singletons: ReadonlyMap<string, number> = new Map(
  [
    ...[
      'from',
      'to',
      'call-id',
      'cseq',
      'max-forwards',
      'content-type',
      'content-disposition',
      'expires',
      'min-expires',
    ],
    ...['session-expires', 'min-se', 'rack', 'event'],
  ].map((name, index) => [name, 1 << index]),
)

/**
 * The end of the header section: the index of the body's first byte, or -1. Lines may end with a bare LF, which some
 * senders do although RFC 3261 §7 asks for CRLF.
 */
export function headerSectionEnd(bytes: Uint8Array, from = 0): number {
  for (let at = bytes.indexOf(10, from); at !== -1; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at + 1] === 10) return at + 2
    if (bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3
  }
  return -1
}

/** Parses a datagram, or a frame of a stream: from the first byte to the last one is one message. */
export function parseMessage(bytes: Uint8Array): ParseResult {
  if (bytes.length > limits.messageBytes) return unusable('message too large')
  let start = 0
  // Leading CRLFs are skipped (RFC 3261 §7.5).
  while (bytes[start] === 13 || bytes[start] === 10) start++
  const end = headerSectionEnd(bytes, start)
  const text = decoder.decode(bytes.subarray(start, end === -1 ? bytes.length : end))

  const firstEnd = lineEnd(text, 0)
  const startLine = text.slice(0, trimmedEnd(text, 0, firstEnd)).trimEnd()
  const message = readStartLine(startLine)
  if (message === null) return unusable('not SIP')

  const fault = readHeaders(text, firstEnd + 1, message.headers)
  if (fault !== null) return refuse(message, 400, fault)
  if (end === -1) return refuse(message, 400, 'no end of headers')

  const rest = bytes.length - end
  if (message.headers.count('content-length') > 1) return refuse(message, 400, 'repeated content-length')
  const declared = message.headers.get('content-length')
  let length = rest
  if (declared !== undefined) {
    const told = parseInteger(declared)
    if (told === null) return refuse(message, 400, 'bad Content-Length')
    if (told > rest) return refuse(message, 400, 'body shorter than Content-Length')
    length = told
    message.headers.remove('content-length')
  }
  // Read at once, so that no message keeps the bytes alive that it came in.
  if (length > 0) message.body = decoder.decode(bytes.subarray(end, end + length))
  return check(message, message.kind === 'response' || isVersion(startLine.slice(startLine.lastIndexOf(' ') + 1)))
}

/** Value of Content-Length in a header section, for framing: 0 if absent, -1 if malformed. */
export function declaredLength(section: Uint8Array): number {
  const text = decoder.decode(section)
  let colon = -1
  for (let at = lineEnd(text, 0) + 1; at < text.length; ) {
    // The next colon is looked for once, or lines without one would make this quadratic.
    if (colon < at) colon = text.indexOf(':', at)
    if (colon === -1) return 0
    const end = fieldEnd(text, at)
    if (colon < end && headerName(text.slice(at, colon).trimEnd()) === 'content-length')
      return parseInteger(text.slice(colon + 1, end).trim()) ?? -1
    at = end + 1
  }
  return 0
}

function readStartLine(line: string): SipMessage | null {
  const first = line.indexOf(' ')
  if (first <= 0) return null
  // The version is compared without case (RFC 3261 §7.1).
  if (line.charCodeAt(3) === 47 && line.slice(0, 4).toUpperCase() === 'SIP/') {
    const status = parseInteger(line.slice(first + 1, first + 4)) ?? 0
    const after = line.charCodeAt(first + 4)
    if (status < 100 || status > 699 || !(Number.isNaN(after) || after === 32)) return null
    if (!isVersion(line.slice(0, first))) return null
    return { kind: 'response', status, reason: line.slice(first + 5), headers: new Headers(), body: '' }
  }
  const last = line.lastIndexOf(' ')
  if (last <= first || line.slice(last + 1, last + 5).toUpperCase() !== 'SIP/') return null
  const method = line.slice(0, first)
  if (!isToken(method)) return null
  // What is between the first and the last blank: a URI with blanks in it is answered with 400 by the check below.
  return { kind: 'request', method, uri: line.slice(first + 1, last), headers: new Headers(), body: '' }
}

function isVersion(text: string): boolean {
  return text === 'SIP/2.0' || text.toUpperCase() === 'SIP/2.0'
}

function readHeaders(text: string, start: number, headers: Headers): string | null {
  let at = start
  while (at < text.length) {
    const firstEnd = lineEnd(text, at)
    if (trimmedEnd(text, at, firstEnd) === at) return null
    const end = fieldEnd(text, at)
    const folded = end !== firstEnd
    const stop = trimmedEnd(text, at, end)
    if (isTooLong(text, at, stop)) return 'header too long'
    const colon = text.indexOf(':', at)
    if (colon === -1 || colon >= stop) return 'header without a colon'
    const wireName = text.charCodeAt(colon - 1) <= 32 ? text.slice(at, colon).trimEnd() : text.slice(at, colon)
    const name = knownHeaderName(wireName) ?? (isToken(wireName) ? headerName(wireName) : null)
    if (name === null) return 'bad header name'
    const raw = text.slice(colon + 1, stop)
    const value = folded ? unfold(raw) : raw.trim()
    // A lone CR is legal nowhere, and who takes it for the end of a line would read another header than we do.
    if (value.includes('\r')) return 'CR in a header'
    headers.append(name, value)
    if (headers.size > limits.headers) return 'too many headers'
    at = end + 1
  }
  return null
}

function check(message: SipMessage, versionKnown: boolean): ParseResult {
  const { headers } = message
  if (!versionKnown) return refuse(message, 505, 'unknown SIP version')
  let seen = 0
  let repeated = ''
  let vias = 0
  headers.forEach((name, value) => {
    if (name === 'via') vias += value.includes(',') ? splitList(value).length : 1
    else {
      const bit = singletons.get(name) ?? 0
      if ((seen & bit) !== 0) repeated = name
      seen |= bit
    }
  })
  if (headers.via === null) return unusable('no usable Via')
  if (repeated !== '') return refuse(message, 400, `repeated ${repeated}`)
  if (vias > limits.vias) return refuse(message, 400, 'too many Via')
  if (headers.callId === '') return refuse(message, 400, 'no Call-ID')
  if (headers.cseq === null) return refuse(message, 400, 'bad CSeq')
  if (headers.from === null || headers.from.params.get('tag') === '') return refuse(message, 400, 'bad From')
  if (headers.to === null || headers.to.params.get('tag') === '') return refuse(message, 400, 'bad To')
  if (message.kind === 'request') {
    if (headers.cseq.method !== message.method) return refuse(message, 400, 'CSeq method differs')
    if (message.uri === '' || /[\s<>"]/.test(message.uri)) return refuse(message, 400, 'bad Request-URI')
    if (headers.has('max-forwards') && (headers.integer('max-forwards') ?? 256) > 255)
      return refuse(message, 400, 'bad Max-Forwards')
  }
  return { ok: true, message }
}

function unusable(reason: string): ParseResult {
  return { ok: false, reason, status: 0, request: null, fatal: fatalReasons.has(reason) }
}

const fatalReasons: ReadonlySet<string> = new Set([
  'message too large',
  'not SIP',
  'header too long',
  'too many headers',
  'too many Via',
])

function refuse(message: SipMessage, status: number, reason: string): ParseResult {
  // A response can't be answered; an ACK never is (RFC 3261 §17.1.1.3); without Via, From or Call-ID there is no way back.
  const { headers } = message
  const answerable =
    message.kind === 'request' &&
    message.method !== 'ACK' &&
    headers.via !== null &&
    headers.has('from') &&
    headers.callId !== ''
  return {
    ok: false,
    reason,
    status: answerable ? status : 0,
    request: answerable ? message : null,
    fatal: fatalReasons.has(reason),
  }
}

/** The end of the last line of the header that begins at `at`: lines that begin with a blank go on with it (§7.3.1). */
function fieldEnd(text: string, at: number): number {
  let end = lineEnd(text, at)
  while (end + 1 < text.length && isFold(text, end + 1)) end = lineEnd(text, end + 1)
  return end
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from)
  return at === -1 ? text.length : at
}

/** `end` without the CR that belongs to the line's end. */
function trimmedEnd(text: string, start: number, end: number): number {
  return end > start && text.charCodeAt(end - 1) === 13 ? end - 1 : end
}

/** Whether a header has more bytes than it may: a unit of text stands for three at most. */
function isTooLong(text: string, start: number, end: number): boolean {
  if ((end - start) * 3 <= limits.headerBytes) return false
  return end - start > limits.headerBytes || encoder.encode(text.slice(start, end)).length > limits.headerBytes
}

function isFold(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code === 32 || code === 9
}

function unfold(raw: string): string {
  return raw
    .split('\n')
    .map(line => line.trim())
    .join(' ')
    .trim()
}

/** RFC 3261 §25.1 token. */
function isToken(text: string): boolean {
  if (text === '') return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const alphanumeric = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57)
    if (!alphanumeric && !tokenMarks.has(code)) return false
  }
  return true
}

const tokenMarks: ReadonlySet<number> = new Set([..."-.!%*_+`'~"].map(char => char.charCodeAt(0)))
