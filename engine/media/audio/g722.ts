/**
 * A G.722 encoder at 64 kbit/s (ITU-T G.722): 16 kHz samples to one octet per two samples. A quadrature mirror filter
 * splits the band; the lower half is coded with 6 bits, the upper with 2, both by adaptive differences. Names in
 * brackets are those of the recommendation. All arithmetic is the 16-bit fixed point that it prescribes.
 */

/** One half of the symmetric 24-tap filter (table 11). */
const mirrorFilter = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11]

/** Decision levels of the 6-bit quantiser [Q6] and its codes for negative and positive differences [ILN, ILP]. */
const lowLevels = [
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
  1458, 1612, 1765, 1980, 2195, 2557, 2919,
]
const lowCodesNegative = [
  0, 63, 62, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4,
]
const lowCodesPositive = [
  0, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, 35, 34, 33,
  32,
]
/** Inverse quantiser for the 4 leading bits of the lower band [QM4], and for the upper band [QM2]. */
export const lowInverse = [
  0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0,
]
const highInverse = [-7408, -1616, 7408, 1616]
/** Logarithmic scale factor multipliers, by code [WL, RL42; WH, RH2]. */
export const lowScaleSteps = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60]
const highScaleSteps = [798, -214, 798, -214]
/** 2048 · 2^(i/32) [ILB]. */
const antilog = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
  3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
]

function saturate(value: number): number {
  return Math.max(-32_768, Math.min(32_767, value))
}

/** The adaptive part of one sub-band: a predictor with two poles and six zeros, and the quantiser's scale. */
export class SubBand {
  /** The predicted sample [S]. */
  prediction = 0
  /** The quantiser's step [DET]. */
  step: number
  #logScale = 0
  #zeroPart = 0
  #reconstructed = 0
  #partial1 = 0
  #partial2 = 0
  #pole1 = 0
  #pole2 = 0
  readonly #zeros = new Int32Array(6)
  readonly #differences = new Int32Array(6)
  readonly #maxLogScale: number
  readonly #scaleShift: number

  constructor(initialStep: number, maxLogScale: number, scaleShift: number) {
    this.step = initialStep
    this.#maxLogScale = maxLogScale
    this.#scaleShift = scaleShift
  }

  /** Takes the quantised difference of the present sample and its scale multiplier; predicts the next sample. */
  adapt(difference: number, scaleStep: number): void {
    this.#scale(scaleStep)
    this.#predict(difference)
  }

  #scale(scaleStep: number): void {
    const log = ((this.#logScale * 127) >> 7) + scaleStep
    this.#logScale = Math.max(0, Math.min(this.#maxLogScale, log))
    const shift = this.#scaleShift - (this.#logScale >> 11)
    const mantissa = antilog[(this.#logScale >> 6) & 31] ?? 0
    this.step = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2
  }

  #predict(difference: number): void {
    const reconstructed = saturate(this.prediction + difference)
    const partial = saturate(this.#zeroPart + difference)
    this.#adaptPoles(partial)
    this.#adaptZeros(difference)
    this.#partial2 = this.#partial1
    this.#partial1 = partial

    const first = (this.#pole1 * saturate(reconstructed * 2)) >> 15
    const second = (this.#pole2 * saturate(this.#reconstructed * 2)) >> 15
    this.#reconstructed = reconstructed
    let zeroPart = 0
    for (let tap = 0; tap < 6; tap++) {
      zeroPart += ((this.#zeros[tap] ?? 0) * saturate((this.#differences[tap] ?? 0) * 2)) >> 15
    }
    this.#zeroPart = saturate(zeroPart)
    this.prediction = saturate(saturate(first + second) + this.#zeroPart)
  }

  /** [UPPOL2, UPPOL1] */
  #adaptPoles(partial: number): void {
    const sameAsPrevious = (partial ^ this.#partial1) >= 0
    const sameAsBefore = (partial ^ this.#partial2) >= 0
    const slope = saturate(this.#pole1 * 4)
    let pole2 = (Math.min(sameAsPrevious ? -slope : slope, 32_767) >> 7) + (sameAsBefore ? 128 : -128)
    pole2 += (this.#pole2 * 32_512) >> 15
    pole2 = Math.max(-12_288, Math.min(12_288, pole2))
    const limit = 15_360 - pole2
    const pole1 = ((this.#pole1 * 32_640) >> 15) + (sameAsPrevious ? 192 : -192)
    this.#pole2 = pole2
    this.#pole1 = Math.max(-limit, Math.min(limit, pole1))
  }

  /** [UPZERO, DELAYA] */
  #adaptZeros(difference: number): void {
    const gain = difference === 0 ? 0 : 128
    for (let tap = 5; tap >= 0; tap--) {
      const past = this.#differences[tap] ?? 0
      const leaked = ((this.#zeros[tap] ?? 0) * 32_640) >> 15
      this.#zeros[tap] = leaked + ((difference ^ past) >= 0 ? gain : -gain)
    }
    this.#differences.copyWithin(1, 0, 5)
    this.#differences[0] = difference
  }
}

export class G722Encoder {
  readonly #low = new SubBand(32, 18_432, 8)
  readonly #high = new SubBand(8, 22_528, 10)
  /** The last 24 samples, oldest first. */
  readonly #window = new Int32Array(24)

  /** Encodes an even number of samples; the state carries over to the next call. */
  encode(samples: Int16Array): Uint8Array {
    const out = new Uint8Array(samples.length >> 1)
    for (let index = 0; index < out.length; index++) {
      out[index] = this.#encodePair(samples[index * 2] ?? 0, samples[index * 2 + 1] ?? 0)
    }
    return out
  }

  #encodePair(earlier: number, later: number): number {
    const window = this.#window
    window.copyWithin(0, 2)
    window[22] = earlier
    window[23] = later
    let even = 0
    let odd = 0
    for (let tap = 0; tap < 12; tap++) {
      odd += (window[tap * 2] ?? 0) * (mirrorFilter[tap] ?? 0)
      even += (window[tap * 2 + 1] ?? 0) * (mirrorFilter[11 - tap] ?? 0)
    }
    const low = this.#encodeLow(saturate((even + odd) >> 14))
    const high = this.#encodeHigh(saturate((even - odd) >> 14))
    return (high << 6) | low
  }

  /** [QUANTL] */
  #encodeLow(sample: number): number {
    const band = this.#low
    const difference = saturate(sample - band.prediction)
    const magnitude = difference >= 0 ? difference : -(difference + 1)
    let level = 1
    while (level < 30 && magnitude >= ((lowLevels[level] ?? 0) * band.step) >> 12) level++
    const code = (difference < 0 ? lowCodesNegative[level] : lowCodesPositive[level]) ?? 0
    const coarse = code >> 2
    band.adapt((band.step * (lowInverse[coarse] ?? 0)) >> 15, lowScaleSteps[coarse] ?? 0)
    return code
  }

  /** [QUANTH] */
  #encodeHigh(sample: number): number {
    const band = this.#high
    const difference = saturate(sample - band.prediction)
    const magnitude = difference >= 0 ? difference : -(difference + 1)
    const isLarge = magnitude >= (564 * band.step) >> 12
    const code = difference < 0 ? (isLarge ? 0 : 1) : isLarge ? 2 : 3
    band.adapt((band.step * (highInverse[code] ?? 0)) >> 15, highScaleSteps[code] ?? 0)
    return code
  }
}
