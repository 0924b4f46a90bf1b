/** What a phone of ours has dialled when it is a code: which one, and what follows it. Pure. */
import type { PhoneCodes } from '../config-agents.ts'

export type PhoneCodeName = keyof PhoneCodes

export interface DialledCode {
  readonly name: PhoneCodeName
  /** Digits after the code: a number, a queue's code, a choice. */
  readonly rest: string
  /** After the number of a sign-in. It goes no further than to whoever looks at it. */
  readonly pin: string | null
}

/** Null: it is no code. As `*11`, `*111001`, `*11*1001`, `*111001*1234` or the like with `#` at the end. */
export function readPhoneCode(dialled: string, codes: PhoneCodes): DialledCode | null {
  for (const [name, code] of Object.entries(codes) as [PhoneCodeName, string | null][]) {
    if (code === null || !dialled.startsWith(code)) continue
    const parts = dialled.slice(code.length).replace(/#$/, '').replace(/^[*#]/, '').split(/[*#]/)
    const [rest = '', pin = ''] = parts
    if (parts.length > 2 || !/^\d*$/.test(rest) || !/^\d*$/.test(pin)) return null
    return { name, rest, pin: name === 'signIn' && pin !== '' ? pin : null }
  }
  return null
}

/** What may be told of it: without the PIN. */
export function dialledWithoutPin(dialled: string, { pin }: DialledCode): string {
  return pin === null ? dialled : dialled.slice(0, dialled.lastIndexOf(pin)).replace(/[*#]$/, '')
}
