/** An ordered collection of header fields with lazily parsed views of those that routing needs. */
import { type NameAddress, parseNameAddress } from './name-address.ts'
import { itemEnd, splitList } from './params.ts'
import { parseVia, type Via } from './via.ts'

const longestRetryAfterMs = 3_600_000

/** Canonical spelling of every name that we write, by lower-case name. */
const spellings: ReadonlyMap<string, string> = new Map(
  [
    'Accept',
    'Alert-Info',
    'Allow',
    'Allow-Events',
    'Answer-Mode',
    'Authentication-Info',
    'Authorization',
    'Call-ID',
    'Call-Info',
    'Contact',
    'Content-Disposition',
    'Content-Encoding',
    'Content-Language',
    'Content-Length',
    'Content-Type',
    'CSeq',
    'Date',
    'Diversion',
    'Error-Info',
    'Event',
    'Expires',
    'From',
    'History-Info',
    'In-Reply-To',
    'Max-Forwards',
    'MIME-Version',
    'Min-Expires',
    'Min-SE',
    'Organization',
    'P-Asserted-Identity',
    'P-Preferred-Identity',
    'Path',
    'Priority',
    'Privacy',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Require',
    'RAck',
    'Reason',
    'Record-Route',
    'Refer-Sub',
    'Refer-To',
    'Referred-By',
    'Remote-Party-ID',
    'Replaces',
    'Reply-To',
    'Require',
    'Retry-After',
    'Route',
    'RSeq',
    'Server',
    'Service-Route',
    'Session-Expires',
    'Session-ID',
    'Subject',
    'Subscription-State',
    'Supported',
    'Timestamp',
    'To',
    'Unsupported',
    'User-Agent',
    'User-to-User',
    'Via',
    'Warning',
    'WWW-Authenticate',
    'X-Session-ID',
  ].map(name => [name.toLowerCase(), name]),
)

/** Compact forms (RFC 3261 §7.3.3 and the extensions that define one). */
const compactForms: ReadonlyMap<string, string> = new Map([
  ['a', 'accept-contact'],
  ['b', 'referred-by'],
  ['c', 'content-type'],
  ['d', 'request-disposition'],
  ['e', 'content-encoding'],
  ['f', 'from'],
  ['i', 'call-id'],
  ['j', 'reject-contact'],
  ['k', 'supported'],
  ['l', 'content-length'],
  ['m', 'contact'],
  ['o', 'event'],
  ['r', 'refer-to'],
  ['s', 'subject'],
  ['t', 'to'],
  ['u', 'allow-events'],
  ['v', 'via'],
  ['x', 'session-expires'],
  ['y', 'identity'],
])

/** Wire spelling → lower-case name, filled with the spellings in common use so that the hot path makes no string. */
const knownNames = new Map<string, string>()
for (const [lower, spelling] of spellings) {
  knownNames.set(spelling, lower)
  knownNames.set(lower, lower)
  knownNames.set(spelling.toUpperCase(), lower)
}
for (const [compact, lower] of compactForms) {
  knownNames.set(compact, lower)
  knownNames.set(compact.toUpperCase(), lower)
}

/** The lower-case full name of a header in a spelling that is in common use. */
export function knownHeaderName(wire: string): string | undefined {
  return knownNames.get(wire)
}

/** The lower-case full name of a header as it stands on the wire. */
export function headerName(wire: string): string {
  const known = knownNames.get(wire)
  if (known !== undefined) return known
  const lower = wire.toLowerCase()
  return compactForms.get(lower) ?? lower
}

/** Fields to be appended: names in lower case. */
export type HeaderFields = readonly (readonly [name: string, value: string])[]

export interface CSeq {
  readonly number: number
  readonly method: string
}

/** Names are given in lower case and in full. Values are raw, unfolded and trimmed. */
export class Headers {
  #names: string[] = []
  #values: string[] = []
  #via: Via | null | undefined
  #from: NameAddress | null | undefined
  #to: NameAddress | null | undefined
  #cseq: CSeq | null | undefined

  get size(): number {
    return this.#names.length
  }

  append(name: string, value: string): this {
    this.#names.push(name)
    this.#values.push(value)
    return this
  }

  /** Replaces every field of this name by one, in the place of the first. */
  set(name: string, value: string): this {
    const at = this.#names.indexOf(name)
    if (at === -1) return this.append(name, value)
    this.#values[at] = value
    for (let i = this.#names.length - 1; i > at; i--) if (this.#names[i] === name) this.#removeAt(i)
    this.#forget(name)
    return this
  }

  /** Replaces the first field of this name. */
  replaceFirst(name: string, value: string): void {
    const at = this.#names.indexOf(name)
    if (at !== -1) this.#values[at] = value
    this.#forget(name)
  }

  /** Puts a field before all others. */
  prepend(name: string, value: string): this {
    this.#names.unshift(name)
    this.#values.unshift(value)
    this.#forget(name)
    return this
  }

  remove(name: string): this {
    for (let i = this.#names.length - 1; i >= 0; i--) if (this.#names[i] === name) this.#removeAt(i)
    this.#forget(name)
    return this
  }

  has(name: string): boolean {
    return this.#names.includes(name)
  }

  /** The first field's value, whole. */
  get(name: string): string | undefined {
    const at = this.#names.indexOf(name)
    return at === -1 ? undefined : this.#values[at]
  }

  count(name: string): number {
    let count = 0
    for (const own of this.#names) if (own === name) count++
    return count
  }

  /** The values of every field of this name, each whole. */
  fields(name: string): string[] {
    const values: string[] = []
    for (let i = 0; i < this.#names.length; i++) if (this.#names[i] === name) values.push(this.#values[i] as string)
    return values
  }

  /** The values of a header that may be a comma-separated list, over all its fields. */
  list(name: string): string[] {
    const values: string[] = []
    for (let i = 0; i < this.#names.length; i++)
      if (this.#names[i] === name) for (const item of splitList(this.#values[i] as string)) values.push(item)
    return values
  }

  /** As {@link list}, in lower case: for option tags and methods that are compared without case. */
  tokens(name: string): string[] {
    return this.list(name).map(token => token.toLowerCase())
  }

  /** Every field, in order. */
  forEach(visit: (name: string, value: string) => void): void {
    for (let i = 0; i < this.#names.length; i++) visit(this.#names[i] as string, this.#values[i] as string)
  }

  /** The first value of a header, which others may follow after a comma; '' if there is none. */
  first(name: string): string {
    const value = this.get(name) ?? ''
    return value.includes(',') ? value.slice(0, itemEnd(value)).trimEnd() : value
  }

  /** The topmost Via; null when absent or malformed, as for all typed views here. */
  get via(): Via | null {
    if (this.#via === undefined) this.#via = parseVia(this.first('via'))
    return this.#via
  }

  get from(): NameAddress | null {
    if (this.#from === undefined) this.#from = this.#address('from')
    return this.#from
  }

  get to(): NameAddress | null {
    if (this.#to === undefined) this.#to = this.#address('to')
    return this.#to
  }

  get fromTag(): string {
    return this.from?.params.get('tag') ?? ''
  }

  get toTag(): string {
    return this.to?.params.get('tag') ?? ''
  }

  get callId(): string {
    return this.get('call-id') ?? ''
  }

  get cseq(): CSeq | null {
    if (this.#cseq === undefined) this.#cseq = parseCSeq(this.get('cseq'))
    return this.#cseq
  }

  get contact(): NameAddress | null {
    return parseNameAddress(this.first('contact'))
  }

  /** A non-negative integer header, e.g. expires, max-forwards, retry-after; null when absent or malformed. */
  integer(name: string): number | null {
    const value = this.get(name)
    return value === undefined ? null : parseInteger(value)
  }

  /** How long we are asked to wait (§20.33), in milliseconds; null: not asked. An hour at most: nobody sends us away for good. */
  get retryAfterMs(): number | null {
    const seconds = this.integer('retry-after')
    return seconds === null ? null : Math.min(longestRetryAfterMs, 1000 * seconds)
  }

  /** Lets go of the typed views and of room to grow: for what is kept for long and seldom looked at. They are read again when asked for. */
  settle(): void {
    this.#names = this.#names.slice()
    this.#values = this.#values.slice()
    this.#via = undefined
    this.#from = undefined
    this.#to = undefined
    this.#cseq = undefined
  }

  write(): string {
    let text = ''
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i] as string
      text += `${spellings.get(name) ?? name}: ${this.#values[i]}\r\n`
    }
    return text
  }

  #address(name: string): NameAddress | null {
    const value = this.get(name)
    return value === undefined ? null : parseNameAddress(value)
  }

  #removeAt(i: number): void {
    this.#names.splice(i, 1)
    this.#values.splice(i, 1)
  }

  #forget(name: string): void {
    if (name === 'via') this.#via = undefined
    else if (name === 'from') this.#from = undefined
    else if (name === 'to') this.#to = undefined
    else if (name === 'cseq') this.#cseq = undefined
  }
}

/** Leading decimal digits up to 2^32-1; a parameter or comment may follow. Null otherwise. */
export function parseInteger(value: string): number | null {
  let number = 0
  let at = 0
  for (; at < value.length; at++) {
    const digit = value.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) break
    number = number * 10 + digit
    if (number > 0xffffffff) return null
  }
  if (at === 0) return null
  const next = value.charCodeAt(at)
  return Number.isNaN(next) || next === 32 || next === 9 || next === 59 || next === 40 ? number : null
}

/** CSeq numbers are below 2^31 (RFC 3261 §8.1.1.5). */
function parseCSeq(value: string | undefined): CSeq | null {
  if (value === undefined) return null
  const number = parseInteger(value)
  if (number === null || number >= 0x80000000) return null
  let at = 0
  while (at < value.length && value.charCodeAt(at) > 32) at++
  const method = value.slice(at).trim()
  return method === '' ? null : { number, method }
}
