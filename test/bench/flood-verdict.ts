/** What is wrong with how a flood was taken (SIP.md §2 row 14). */
export interface FloodSeen {
  readonly seconds: number
  /** To the flood. */
  readonly answers: number
  readonly optionsLost: number
  readonly optionsP99Ms: number
  readonly callsFailed: number
  /** From INVITE to 180. */
  readonly ringP99Ms: number
  /** Dialogs and transactions, when each has had its time. */
  readonly left: number
}

const mostAnswersPerMin = 300
const mostP99Ms = 100

/** In words; empty: he who sends much gets little, and nobody else hears of it. */
export function floodFaults(seen: FloodSeen): string[] {
  const faults: string[] = []
  const mostAnswers = mostAnswersPerMin * Math.max(1, seen.seconds / 60)
  // None at all would mean that nothing of it arrived.
  if (!(seen.answers > 0 && seen.answers <= mostAnswers)) faults.push(`the flood got ${seen.answers} answers`)
  if (seen.optionsLost !== 0) faults.push(`${seen.optionsLost} OPTIONS of another address were not answered`)
  if (seen.callsFailed !== 0) faults.push(`${seen.callsFailed} calls were not completed`)
  if (!(seen.optionsP99Ms < mostP99Ms)) faults.push(`OPTIONS took ${seen.optionsP99Ms.toFixed(0)} ms (p99)`)
  if (!(seen.ringP99Ms < mostP99Ms)) faults.push(`callers heard ringing after ${seen.ringP99Ms.toFixed(0)} ms (p99)`)
  if (seen.left !== 0) faults.push(`${seen.left} dialogs and transactions are left`)
  return faults
}
