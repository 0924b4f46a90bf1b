/** Generic parameters, `;name=value` (RFC 3261 §25.1 generic-param), of URIs and header values. */

/** More than any header needs, and few enough to be looked through for a name: who sends more has them read as rubbish. */
const mostParams = 64

/** Names are lower case; a parameter without a value has the value ''. Quoted values are unquoted. Of several of one name the first counts. */
export interface Params extends Iterable<[name: string, value: string]> {
  get(name: string): string | undefined
  has(name: string): boolean
}

export const noParams: Params = new Map()

/** The first of some parameters, and through it the others: there are few, and a map of them is many times as large. */
class Param implements Params {
  readonly name: string
  readonly value: string
  next: Param | null = null

  constructor(name: string, value: string) {
    this.name = name
    this.value = value
  }

  get(name: string): string | undefined {
    return this.#find(name)?.value
  }

  has(name: string): boolean {
    return this.#find(name) !== null
  }

  *[Symbol.iterator](): Generator<[string, string]> {
    for (let it: Param | null = this; it !== null; it = it.next) yield [it.name, it.value]
  }

  #find(name: string): Param | null {
    let it: Param | null = this
    while (it !== null && it.name !== name) it = it.next
    return it
  }
}

/**
 * Reads parameters from `start`, which stands on a ';' or at the end. Quoted strings may contain ';'.
 * Returns null when something other than parameters stands there, or more than {@link mostParams} of them.
 */
export function parseParams(text: string, start: number): Params | null {
  let at = skipBlanks(text, start)
  if (at >= text.length) return noParams
  let first: Param | null = null
  let last: Param | null = null
  let count = 0
  while (at < text.length) {
    if (text.charCodeAt(at) !== 59 || ++count > mostParams) return null
    at = skipBlanks(text, at + 1)
    const nameStart = at
    while (at < text.length && !isParamEnd(text.charCodeAt(at)) && text.charCodeAt(at) !== 61) at++
    const name = text.slice(nameStart, at).toLowerCase()
    at = skipBlanks(text, at)
    let value = ''
    if (text.charCodeAt(at) === 61) {
      at = skipBlanks(text, at + 1)
      if (text.charCodeAt(at) === 34) {
        const end = closingQuote(text, at)
        if (end === -1) return null
        value = unquote(text.slice(at, end + 1))
        at = end + 1
      } else {
        const valueStart = at
        while (at < text.length && !isParamEnd(text.charCodeAt(at))) at++
        value = text.slice(valueStart, at)
      }
      at = skipBlanks(text, at)
    }
    // `;;` is no parameter (RFC 4475 §3.1.2.1); a single ';' at the very end does no harm.
    if (name === '') {
      if (at < text.length || value !== '') return null
    } else if (first === null || last === null) {
      first = new Param(name, value)
      last = first
    } else if (!first.has(name)) {
      last.next = new Param(name, value)
      last = last.next
    }
  }
  return first ?? noParams
}

/** The index of the quote that closes the one at `open`, or -1. */
export function closingQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 92) at++
    else if (code === 34) return at
  }
  return -1
}

/** Removes the quotes and backslashes of a quoted-string; other text is returned as it is. */
export function unquote(text: string): string {
  if (text.charCodeAt(0) !== 34) return text
  const inner = text.slice(1, -1)
  if (!inner.includes('\\')) return inner
  let plain = ''
  for (let at = 0; at < inner.length; at++) {
    if (inner.charCodeAt(at) === 92 && at + 1 < inner.length) at++
    plain += inner[at]
  }
  return plain
}

/** A quoted-string (RFC 3261 §25.1). Control characters, which it can't hold, are dropped. */
export function quote(text: string): string {
  let quoted = '"'
  for (const char of text) {
    const code = char.charCodeAt(0)
    if (code < 32 || code === 127) continue
    quoted += code === 34 || code === 92 ? `\\${char}` : char
  }
  return `${quoted}"`
}

export function skipBlanks(text: string, start: number): number {
  let at = start
  while (at < text.length && isBlank(text.charCodeAt(at))) at++
  return at
}

export function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 13 || code === 10
}

function isParamEnd(code: number): boolean {
  return code === 59 || isBlank(code)
}

/** Where an item of a comma-separated header value ends: at the next comma that isn't in quotes or angle brackets, or at the end. */
export function itemEnd(value: string, start = 0): number {
  let inAngle = false
  for (let at = start; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code === 34 && !inAngle) {
      const end = closingQuote(value, at)
      if (end === -1) break
      at = end
    } else if (code === 60) inAngle = true
    else if (code === 62) inAngle = false
    else if (code === 44 && !inAngle) return at
  }
  return value.length
}

/** Splits a comma-separated header value at top level: commas in quotes and in angle brackets do not split. */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return [value]
  const items: string[] = []
  for (let start = 0; start < value.length; ) {
    const end = itemEnd(value, start)
    const item = value.slice(start, end).trim()
    if (item !== '') items.push(item)
    start = end + 1
  }
  return items
}
