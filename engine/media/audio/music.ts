/**
 * The music named `default`, composed here so that nobody needs a licence: slow chords over a drone, in soft sines,
 * peaking near -16 dBFS. It loops without a seam after {@link musicLoopSeconds}.
 */

export const musicLoopSeconds = 24

/** C4 and G4, which sound all the time: how a test recognises the music in a recording. Whole periods in the loop. */
export const musicDroneHz = [261.625, 392] as const

const barSeconds = 3
const droneLevel = 900
const noteLevel = 1100
const noteSeconds = 4

/** MIDI note numbers of one bar each: C, Am7, F, G, C, Em7, F, Gsus4; the first is the bass. */
const bars = [
  [48, 64, 67, 72, 76],
  [45, 64, 67, 69, 76],
  [41, 65, 69, 72, 77],
  [43, 62, 67, 71, 74],
  [48, 67, 72, 76, 79],
  [40, 67, 71, 74, 79],
  [41, 65, 69, 72, 76],
  [43, 62, 67, 72, 74],
] as const

function frequencyOf(note: number): number {
  return 440 * 2 ** ((note - 69) / 12)
}

/** The loop as 16-bit samples; nothing in it is above 2 kHz. */
export function composeMusic(sampleRateHz: number): Int16Array {
  const mix = new Float64Array(musicLoopSeconds * sampleRateHz)
  for (const frequencyHz of musicDroneHz) addTone(mix, sampleRateHz, 0, mix.length, frequencyHz, droneLevel, false)
  for (const [bar, notes] of bars.entries()) {
    for (const [index, note] of notes.entries()) {
      const startSeconds = bar * barSeconds + index * 0.5
      const start = Math.round(startSeconds * sampleRateHz)
      const frequencyHz = frequencyOf(note)
      addTone(mix, sampleRateHz, start, noteSeconds * sampleRateHz, frequencyHz, noteLevel, true)
      addTone(mix, sampleRateHz, start, noteSeconds * sampleRateHz, 2 * frequencyHz, noteLevel / 6, true)
    }
  }
  return Int16Array.from(mix, Math.round)
}

/** Adds a sine, plucked if `fades`; what lasts beyond the end of the loop comes in at its beginning. */
function addTone(
  mix: Float64Array,
  sampleRateHz: number,
  start: number,
  length: number,
  frequencyHz: number,
  level: number,
  fades: boolean,
): void {
  const step = (2 * Math.PI * frequencyHz) / sampleRateHz
  const attack = 0.03 * sampleRateHz
  const release = length / 4
  // A rotating pointer gives the sine at two multiplications a sample.
  const turnCos = Math.cos(step)
  const turnSin = Math.sin(step)
  const decay = fades ? Math.exp(-1.2 / sampleRateHz) : 1
  let cosine = level
  let sine = 0
  let at = start
  for (let index = 0; index < length; index++) {
    let envelope = 1
    if (fades && index < attack) envelope = index / attack
    else if (fades && length - index < release) envelope = (length - index) / release
    mix[at] = (mix[at] ?? 0) + sine * envelope
    if (++at === mix.length) at = 0
    const next = (cosine * turnCos - sine * turnSin) * decay
    sine = (sine * turnCos + cosine * turnSin) * decay
    cosine = next
  }
}
