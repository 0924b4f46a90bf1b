/**
 * A G.722 decoder at 64 kbit/s (ITU-T G.722) for the lower half of the band: one octet to one sample at 8 kHz. That half is
 * a telephone's whole band, so recordings of 8 kHz need no filter. Names in brackets are those of the recommendation.
 */
import { lowInverse, lowScaleSteps, SubBand } from './g722.ts'

/** Inverse quantiser of all 6 bits of the lower band [QM6]. */
const lowOutput = [
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, 24808,
  21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008,
  3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
]

export class G722Decoder {
  readonly #low = new SubBand(32, 18_432, 8)

  /** The 16-bit sample of the next octet; the state carries over to the one after it. */
  decode(octet: number): number {
    const band = this.#low
    const code = octet & 0x3f
    const coarse = code >> 2
    const sample = band.prediction + ((band.step * (lowOutput[code] ?? 0)) >> 15)
    band.adapt((band.step * (lowInverse[coarse] ?? 0)) >> 15, lowScaleSteps[coarse] ?? 0)
    // The sub-band has 15 bits [LIMIT].
    return Math.max(-16_384, Math.min(16_383, sample)) * 2
  }
}
