/** From the payload of a packet to samples at 8 kHz, for the encodings that can be recorded. */
import type { RtpFormat } from '../../ports/media.ts'
import { decodeAlaw, decodeUlaw } from '../audio/g711.ts'
import { G722Decoder } from '../audio/g722-decoder.ts'

/** One octet is one sample, in all of them. */
export type OctetReader = (octet: number) => number

/** Null: nothing that can be recorded. */
export function octetReaderOf({ encoding, channels }: RtpFormat): OctetReader | null {
  if (channels !== 1) return null
  if (encoding === 'PCMU') return decodeUlaw
  if (encoding === 'PCMA') return decodeAlaw
  if (encoding !== 'G722') return null
  const decoder = new G722Decoder()
  return octet => decoder.decode(octet)
}
