/** The outbound rules: by which trunk an outside number is reached. Without a rule nothing leaves; the longest prefix wins. */
import type { OutboundRule } from '../config.ts'
import { toE164 } from './caller.ts'

/** A permitted way to an outside number. */
export interface OutsideRoute {
  /** As the trunk is told. */
  readonly number: string
  readonly trunkId: string
  /** Shown in place of the caller's own number; null: that is shown. */
  readonly callerId: string | null
}

/** More digits than any number has. */
const maxLength = 32

export class OutboundRules {
  readonly #rules = new Map<string, OutboundRule>()
  readonly #countryCode: string | null
  #longest = 0

  constructor(rules: readonly OutboundRule[], countryCode: string | null) {
    this.#countryCode = countryCode
    for (const rule of rules) {
      this.#rules.set(rule.prefix, rule)
      this.#longest = Math.max(this.#longest, rule.prefix.length)
    }
  }

  /** `dialled` is decoded. Null if it may not be called. As it was dialled first, then as E.164. */
  find(dialled: string): OutsideRoute | null {
    if (this.#rules.size === 0) return null
    const number = dialable(dialled)
    if (number === null) return null
    const found = this.#match(number)
    if (found !== null) return found
    const e164 = toE164(number, this.#countryCode)
    return e164 === null ? null : this.#match(e164)
  }

  #match(number: string): OutsideRoute | null {
    for (let length = Math.min(number.length, this.#longest); length > 0; length--) {
      const rule = this.#rules.get(number.slice(0, length))
      if (rule !== undefined) return { number, trunkId: rule.trunk, callerId: rule.callerId ?? null }
    }
    return null
  }
}

/** Without visual separators (RFC 3966 §5.1.1); null for what is no number: names must not reach a carrier. */
function dialable(dialled: string): string | null {
  if (dialled.length > maxLength) return null
  let number = ''
  for (let i = 0; i < dialled.length; i++) {
    const char = dialled.charAt(i)
    if ((char >= '0' && char <= '9') || char === '*' || char === '#' || (char === '+' && number === '')) number += char
    else if (!'-.() '.includes(char)) return null
  }
  return number === '' || number === '+' ? null : number
}
