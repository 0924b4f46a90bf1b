/** Which number may be called back: whoever can leave any number for us to dial can spend our money (SIP.md §2 row 16). */
import type { OutsideGoal } from '../calls/call-services.ts'
import type { CallbackPolicy } from '../config-callback.ts'
import type { Ani } from '../events.ts'
import { createAni, toE164 } from '../routing/caller.ts'
import type { CallbackBookOptions } from './callback-types.ts'

export type NumberRefusal = 'noNumber' | 'denied'

export interface CallbackNumber {
  readonly ok: true
  readonly goal: OutsideGoal
  readonly ani: Ani
}

/** More digits than any number has (E.164 §6), with an international prefix before them. */
const mostDigits = 20

/**
 * @param raw as it was sent, entered or typed
 * @param name of the customer, where it is known
 */
export function resolveNumber(
  options: Pick<CallbackBookOptions, 'outsideRoute' | 'isOurs' | 'isBlocked' | 'countryCode'>,
  policy: Pick<CallbackPolicy, 'numbers'>,
  raw: string,
  name: string | null = null,
): CallbackNumber | { readonly ok: false; readonly reason: NumberRefusal } {
  const country = options.countryCode()
  if (!isNumber(raw)) return { ok: false, reason: 'noNumber' }
  const e164 = toE164(raw, country)
  const whole = e164 === null ? null : options.outsideRoute(e164)
  const goal = whole ?? options.outsideRoute(raw)
  if (goal === null) return { ok: false, reason: 'denied' }
  const ani = createAni(e164 ?? goal.number, name ?? '', false, country)
  // The form that is dialled: behind a prefix that the exchange takes off, the one that was meant is another number.
  const dialled = whole === null ? goal.number : (e164 ?? goal.number)
  const isListed = policy.numbers.length === 0 || policy.numbers.some(start => dialled.startsWith(start))
  if (!isListed || options.isBlocked(ani) || options.isOurs(goal.number) || (e164 !== null && options.isOurs(e164)))
    return { ok: false, reason: 'denied' }
  return { ok: true, goal, ani }
}

/** Digits, with the separators that people write: never "*" or "#", which are commands to a network. */
function isNumber(raw: string): boolean {
  let digits = 0
  for (const char of raw) {
    if (char >= '0' && char <= '9') digits += 1
    else if (!'+-.() '.includes(char)) return false
  }
  return digits >= 2 && digits <= mostDigits
}
