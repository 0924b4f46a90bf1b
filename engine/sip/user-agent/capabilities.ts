/** What this user agent can: the methods that it takes and the extensions that it knows. */
import type { SipRequest } from '../message/message.ts'

export const allowedMethods = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'REGISTER',
  'INFO',
  'PRACK',
  'UPDATE',
  'REFER',
] as const

/** Option tags that we understand in Require. */
export const supportedOptions = ['100rel', 'timer', 'norefersub', 'replaces'] as const

export const knownMethods: ReadonlySet<string> = new Set(allowedMethods)
const knownOptions: ReadonlySet<string> = new Set(supportedOptions)

/** Why a request is beyond us: the status, and the header that says so. */
export interface Inability {
  readonly status: 405 | 420
  readonly header: 'allow' | 'unsupported'
  readonly value: string
}

/** RFC 3261 §8.2.1 and §8.2.2.3. Null: we can do what it asks. */
export function inabilityIn({ method, headers }: SipRequest): Inability | null {
  // The one subscription that we know is made by a REFER, and lives within a call.
  const isWithinCall = method === 'SUBSCRIBE' && headers.toTag !== ''
  if (!knownMethods.has(method) && !isWithinCall)
    return { status: 405, header: 'allow', value: allowedMethods.join(', ') }
  const unsupported = headers.tokens('require').filter(tag => !knownOptions.has(tag))
  return unsupported.length === 0 ? null : { status: 420, header: 'unsupported', value: unsupported.join(', ') }
}
