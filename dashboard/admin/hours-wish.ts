/** What a supervisor says of opening hours, as it is typed: for how long, and why. */
import type { HoursOverride } from '../../server/api/hours.ts'
import { parseSpan } from '../time/span.ts'

export const maxReasonLength = 200
const longestMs = 366 * 86_400_000

/** @param span empty: until it is taken back. @returns null if it is no length of time, or none to speak of */
export function hoursWish(
  state: 'open' | 'closed',
  { span, reason }: { readonly span: string; readonly reason: string },
  nowMs: number,
): HoursOverride | null {
  const wish = { state, reason: reason.trim() }
  if (span.trim() === '') return wish
  const ms = parseSpan(span)
  if (ms === null || ms <= 0 || ms > longestMs) return null
  return { ...wish, until: new Date(nowMs + ms).toISOString() }
}
