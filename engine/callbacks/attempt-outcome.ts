/** What becomes of a callback after an attempt that reached nobody, by how the customer responded. Pure. */
import type { CallbackPolicy } from '../config-callback.ts'

/** The customer does not want to be called, or there is nobody to call. */
const finalReasons: ReadonlySet<string> = new Set(['declined', 'customerHangup', 'denied'])
/** Gone, Address Incomplete, Does Not Exist Anywhere, Not Found, and numbers that changed: no use trying again. */
const finalCodes: ReadonlySet<number> = new Set([404, 410, 484, 604])

/** @returns when the next attempt may be made, in milliseconds since the epoch; null: there will be none */
export function nextAttemptAt(
  { maxAttempts, retryMs }: Pick<CallbackPolicy, 'maxAttempts' | 'retryMs'>,
  attempt: { readonly attempts: number; readonly reason: string; readonly sipCode: number | null },
  nowMs: number,
  expiresAt: number,
): number | null {
  const { attempts, reason, sipCode } = attempt
  if (attempts >= maxAttempts || finalReasons.has(reason) || (sipCode !== null && finalCodes.has(sipCode))) return null
  const nextMs = nowMs + retryMs
  return nextMs < expiresAt ? nextMs : null
}
