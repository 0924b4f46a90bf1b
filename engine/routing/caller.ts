/** Who calls, and what was dialled: the number as sent, and in E.164 when it can be known. */
import type { Ani } from '../events.ts'
import { completeNumber } from './national-numbers.ts'

/** Digits and "+" of a number with its visual separators (RFC 3966 §5.1.1) removed; null if it isn't a number. */
function digitsOf(user: string): string | null {
  let digits = ''
  for (let i = 0; i < user.length; i++) {
    const char = user.charAt(i)
    if ((char >= '0' && char <= '9') || (char === '+' && i === 0)) digits += char
    else if (char !== '-' && char !== '.' && char !== '(' && char !== ')' && char !== ' ') return null
  }
  return digits === '' || digits === '+' ? null : digits
}

/** "+44…" stays, "00…" and, with a country code, its national numbers are completed; anything else can't be known. */
export function toE164(user: string, countryCode: string | null): string | null {
  const digits = digitsOf(user)
  if (digits === null) return null
  const complete = digits.startsWith('+') ? digits.slice(1) : completeNumber(digits, countryCode)
  // E.164 §6: at most fifteen digits; no real number has fewer than seven with its country code.
  if (complete === null || complete.length > 15 || complete.length < 7 || complete.startsWith('0')) return null
  return `+${complete}`
}

/** An agent, or a phone of ours, as its account is called. */
export function createInternalAni(account: string, name: string | null): Ani {
  return { e164: null, raw: account, name, withheld: false }
}

/** @param user decoded user part of From; `withheld` if the caller asked not to be named */
export function createAni(user: string, name: string, withheld: boolean, countryCode: string | null): Ani {
  if (withheld) return { e164: null, raw: 'anonymous', name: null, withheld: true }
  return { e164: toE164(user, countryCode), raw: user, name: name === '' ? null : name, withheld: false }
}

/** The ways to write what was dialled, each once: as it was, without visual separators, in E.164. */
export function formsOf(dialled: string, countryCode: string | null): readonly string[] {
  const digits = digitsOf(dialled)
  if (digits === null) return [dialled]
  const e164 = toE164(digits, countryCode)
  const forms = digits === dialled ? [dialled] : [dialled, digits]
  return e164 === null || e164 === digits ? forms : [...forms, e164]
}
