/** Halves and doubles the sample rate: 16 kHz prompts for the 8 kHz codecs, and 8 kHz ones for G.722. */

const halfLength = 24
const cutoff = 0.23

/** A windowed sinc (Blackman): flat to 3.4 kHz, at least 60 dB down where 16 kHz audio would fold over at 8 kHz. */
const filter = Float64Array.from({ length: 2 * halfLength + 1 }, (_, index) => {
  const x = index - halfLength
  const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x)
  const phase = (2 * Math.PI * index) / (2 * halfLength)
  return sinc * (0.42 - 0.5 * Math.cos(phase) + 0.08 * Math.cos(2 * phase))
})

/** Every second sample of the low-passed input. */
export function halveRate(samples: Int16Array): Int16Array {
  const padded = new Float64Array(samples.length + 2 * halfLength)
  padded.set(samples, halfLength)
  const out = new Int16Array(samples.length >> 1)
  for (let index = 0; index < out.length; index++) {
    let sum = 0
    for (let tap = 0; tap < filter.length; tap++) sum += (padded[index * 2 + tap] ?? 0) * (filter[tap] ?? 0)
    out[index] = Math.max(-32_768, Math.min(32_767, Math.round(sum)))
  }
  return out
}

/** A sample between each two, halfway: what is mirrored above 4 kHz by that is weak, and speech has little there. */
export function doubleRate(samples: Int16Array): Int16Array {
  const out = new Int16Array(samples.length * 2)
  for (let index = 0; index < samples.length; index++) {
    const sample = samples[index] ?? 0
    out[index * 2] = sample
    out[index * 2 + 1] = Math.round((sample + (samples[index + 1] ?? sample)) / 2)
  }
  return out
}
