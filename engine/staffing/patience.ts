/** How patient callers are, from what they did. */

/**
 * The mean patience of exponential callers that fits best: for each second that anyone waited, the same chance to give
 * up (maximum likelihood with the answered ones as censored observations).
 * @param totalWaitSec of all calls, answered and abandoned
 * @returns null when nobody has given up: that says nothing about how long they would have waited
 */
export function fitPatienceSec(abandoned: number, totalWaitSec: number): number | null {
  return abandoned === 0 ? null : totalWaitSec / abandoned
}
