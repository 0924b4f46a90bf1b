/** How a number is said with recorded prompts: one digit after the other. Pure; names without their language. */

/** A number as the network has it; a leading "+" is not said. */
export function digitPrompts(number: string): readonly string[] {
  const names: string[] = []
  for (const char of number) if (char >= '0' && char <= '9') names.push(`number-${char}`)
  return names
}
