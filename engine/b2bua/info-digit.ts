/** Digits in INFO requests, in the two spellings that phones use: `application/dtmf-relay` and `application/dtmf`. */

export interface Digit {
  readonly digit: string
  readonly durationMs: number
}

/** What we send, too. */
export const dtmfRelay = 'application/dtmf-relay'
const plainDtmf = 'application/dtmf'
const defaultDurationMs = 160
const longestDurationMs = 5_000
/** Some phones send the event code instead of the sign. */
const signs: ReadonlyMap<string, string> = new Map([
  ['10', '*'],
  ['11', '#'],
  ['12', 'A'],
  ['13', 'B'],
  ['14', 'C'],
  ['15', 'D'],
])

/** The digit of an INFO; null if it carries something else. */
export function readInfoDigit(contentType: string, body: string): Digit | null {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== dtmfRelay && type !== plainDtmf) return null
  let signal = ''
  let durationMs = defaultDurationMs
  for (const line of body.slice(0, 200).split('\n')) {
    const equals = line.indexOf('=')
    const name = line.slice(0, equals).trim().toLowerCase()
    const value = line.slice(equals + 1).trim()
    if (equals === -1 ? type === plainDtmf && signal === '' : name === 'signal') signal = value
    else if (name === 'duration') durationMs = durationOf(value)
  }
  const digit = signs.get(signal) ?? signal.toUpperCase()
  return digit.length === 1 && '0123456789*#ABCD'.includes(digit) ? { digit, durationMs } : null
}

/** The body of a `application/dtmf-relay` INFO. */
export function writeInfoDigit({ digit, durationMs }: Digit): string {
  return `Signal=${digit}\r\nDuration=${durationMs}\r\n`
}

function durationOf(text: string): number {
  const ms = /^\d{1,6}$/.test(text) ? Number(text) : 0
  return ms === 0 ? defaultDurationMs : Math.min(ms, longestDurationMs)
}
