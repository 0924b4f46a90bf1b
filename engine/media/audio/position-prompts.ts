/** How a place in the queue is said with the recorded prompts. */

const greatestSpoken = 999

/**
 * The names of the prompts that tell a caller's position (1 is first). A position that is no positive integer, or too
 * far back for a number to comfort anyone, gets thanks only.
 */
export function positionPrompts(position: number): string[] {
  const thanks = 'thank-you-for-waiting'
  if (!Number.isInteger(position) || position < 1 || position > greatestSpoken) return [thanks]
  if (position === 1) return ['you-are-next-in-line', thanks]
  return ['you-are-number', ...numberPrompts(position), 'in-line', thanks]
}

function numberPrompts(value: number): string[] {
  const names: string[] = []
  if (value >= 100) names.push(`number-${Math.floor(value / 100)}`, 'hundred')
  const rest = value % 100
  if (rest > 20) {
    names.push(`number-${Math.floor(rest / 10) * 10}`)
    if (rest % 10 > 0) names.push(`number-${rest % 10}`)
  } else if (rest > 0) {
    names.push(`number-${rest}`)
  }
  return names
}

/** Every prompt that {@link positionPrompts} can name. */
export const positionPromptNames: readonly string[] = [
  'you-are-next-in-line',
  'you-are-number',
  'in-line',
  'hundred',
  'thank-you-for-waiting',
  ...[...Array.from({ length: 20 }, (_, index) => index + 1), 30, 40, 50, 60, 70, 80, 90].map(
    value => `number-${value}`,
  ),
]
