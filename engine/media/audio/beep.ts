/** The tone after which a caller speaks. */

/** Its name among the prompts. */
export const beepName = 'beep'

export const beepHz = 1000
const seconds = 0.35
const fadeSeconds = 0.01
/** About -14 dBFS. */
const level = 6500

export function composeBeep(sampleRateHz: number): Int16Array {
  const length = Math.round(seconds * sampleRateHz)
  const fade = fadeSeconds * sampleRateHz
  return Int16Array.from({ length }, (_, index) => {
    const edge = Math.min(1, index / fade, (length - 1 - index) / fade)
    return Math.round(level * edge * Math.sin((2 * Math.PI * beepHz * index) / sampleRateHz))
  })
}
