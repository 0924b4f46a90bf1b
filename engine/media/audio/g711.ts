/** G.711 companding (ITU-T G.711) by table: 16-bit samples to octets and octets of one law to the other. */

/** The octet that stands for silence. */
export const ulawSilence = 0xff
export const alawSilence = 0xd5

const ulawBias = 0x84
const ulawClip = 32_635

/** The 16-bit sample of a µ-law octet. */
export function decodeUlaw(octet: number): number {
  const bits = ~octet & 0xff
  const magnitude = ((((bits & 0x0f) << 3) + ulawBias) << ((bits & 0x70) >> 4)) - ulawBias
  return (bits & 0x80) === 0 ? magnitude : -magnitude
}

/** The 16-bit sample of an A-law octet. */
export function decodeAlaw(octet: number): number {
  const bits = octet ^ 0x55
  const exponent = (bits & 0x70) >> 4
  const mantissa = ((bits & 0x0f) << 4) + 8
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
  return (bits & 0x80) === 0 ? -magnitude : magnitude
}

// Negative samples are taken by one's complement, as in the reference (ITU-T G.191): each law has two zeros.
function magnitudeOf(sample: number): number {
  return sample < 0 ? ~sample : sample
}

function encodeUlaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0
  const magnitude = Math.min(magnitudeOf(sample), ulawClip) + ulawBias
  const exponent = 31 - Math.clz32(magnitude) - 7
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f
  return ~(sign | (exponent << 4) | mantissa) & 0xff
}

function encodeAlaw(sample: number): number {
  const sign = sample < 0 ? 0 : 0x80
  const magnitude = magnitudeOf(sample) >> 4
  // The lowest two segments are one straight line, so there the code is the magnitude itself.
  if (magnitude < 32) return (sign | magnitude) ^ 0x55
  const exponent = 31 - Math.clz32(magnitude) - 3
  return (sign | (exponent << 4) | ((magnitude >> (exponent - 1)) & 0x0f)) ^ 0x55
}

function tableOf(encode: (sample: number) => number): Uint8Array {
  const table = new Uint8Array(65_536)
  for (let sample = -32_768; sample <= 32_767; sample++) table[sample & 0xffff] = encode(sample)
  return table
}

const ulawOf = tableOf(encodeUlaw)
const alawOf = tableOf(encodeAlaw)
const octets = Array.from({ length: 256 }, (_, octet) => octet)

/** A-law octet by µ-law octet, and the reverse. */
export const ulawToAlaw = Uint8Array.from(octets, octet => alawOf[decodeUlaw(octet) & 0xffff] ?? 0)
export const alawToUlaw = Uint8Array.from(octets, octet => ulawOf[decodeAlaw(octet) & 0xffff] ?? 0)

/** Replaces each octet of a part of `bytes` by its entry in `table`. */
export function convertInPlace(bytes: Uint8Array, start: number, end: number, table: Uint8Array): void {
  for (let index = start; index < end; index++) bytes[index] = table[bytes[index] ?? 0] ?? 0
}

export function encodePcmu(samples: Int16Array): Uint8Array {
  return Uint8Array.from(samples, sample => ulawOf[sample & 0xffff] ?? 0)
}

export function encodePcma(samples: Int16Array): Uint8Array {
  return Uint8Array.from(samples, sample => alawOf[sample & 0xffff] ?? 0)
}
