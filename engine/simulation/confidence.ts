/** Confidence intervals of shares and means, from batches that are nearly independent of one another. */

/** A ratio of two sums, and the interval that holds the true one with the probability asked for. */
export interface Estimate {
  readonly value: number
  readonly low: number
  readonly high: number
}

export interface Batch {
  readonly sum: number
  readonly count: number
}

/**
 * The ratio of the sums over all batches, with Student's interval around it. The spread of a ratio is that of what each
 * batch lies off it (linearisation), so that batches need not be of one size.
 * @param level e.g. 0.95
 * @returns null with fewer than two batches that count anything
 */
export function estimateRatio(batches: readonly Batch[], level: number): Estimate | null {
  const counted = batches.filter(({ count }) => count > 0)
  const n = counted.length
  if (n < 2) return null
  const count = counted.reduce((total, batch) => total + batch.count, 0)
  const value = counted.reduce((total, batch) => total + batch.sum, 0) / count
  const squares = counted.reduce((total, batch) => total + (batch.sum - value * batch.count) ** 2, 0)
  const half = (studentQuantile((1 + level) / 2, n - 1) * Math.sqrt(squares / (n - 1)) * Math.sqrt(n)) / count
  return { value, low: value - half, high: value + half }
}

/** The value that Student's t of so many degrees of freedom stays below with this probability, at least 0.5. */
export function studentQuantile(probability: number, freedom: number): number {
  let [low, high] = [0, 1]
  while (studentShare(high, freedom) < probability) high *= 2
  for (let round = 0; round < 80; round += 1) {
    const middle = (low + high) / 2
    if (studentShare(middle, freedom) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** P(T ≤ t) for whole degrees of freedom and t ≥ 0, by its finite series (Abramowitz and Stegun 26.7.3 and 26.7.4). */
function studentShare(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom))
  const square = Math.cos(angle) ** 2
  const isOdd = freedom % 2 === 1
  let term = isOdd ? Math.cos(angle) : 1
  let sum = freedom === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k <= freedom - 2; k += 2) {
    term *= (square * (k - 1)) / k
    sum += term
  }
  const within = isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
  return (1 + within) / 2
}
