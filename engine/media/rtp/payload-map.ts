/**
 * What becomes of a payload number on its way from one leg to the other: another number, another companding law, or
 * nothing. Computed once per exchange and join, so that a packet costs one look into a table.
 */
import type { RtpFormat } from '../../ports/media.ts'
import { carriesVoice, findFormat, isTelephoneEvent, sameEncoding } from '../sdp/format.ts'

export type Conversion = 'none' | 'ulawToAlaw' | 'alawToUlaw'

export interface PayloadRoute {
  /** The number that the receiver expects. */
  readonly payloadType: number
  readonly clockRateHz: number
  readonly conversion: Conversion
}

/** Routes by incoming payload number (0–127); null: the receiver could not understand it. */
export type PayloadMap = readonly (PayloadRoute | null)[]

const emptyMap: PayloadMap = new Array<PayloadRoute | null>(128).fill(null)

/** `from`: formats with the numbers that arrive; `to`: formats with the numbers that the receiver expects. */
export function mapPayloads(from: readonly RtpFormat[], to: readonly RtpFormat[]): PayloadMap {
  const map = emptyMap.slice()
  for (const format of from) map[format.payloadType & 0x7f] = routeOf(format, to)
  return map
}

function routeOf(format: RtpFormat, to: readonly RtpFormat[]): PayloadRoute | null {
  // The receiver's choice comes first: an exact match further down its list is taken only if that can't be met.
  const chosen = to.find(carriesVoice)
  const exact =
    chosen !== undefined && sameEncoding(chosen, format) && carriesVoice(format) ? chosen : findFormat(to, format)
  if (exact !== undefined) return route(exact, format.clockRateHz, 'none')
  const other = format.encoding === 'PCMU' ? 'PCMA' : format.encoding === 'PCMA' ? 'PCMU' : null
  if (other !== null) {
    const counterpart = to.find(candidate => sameEncoding(candidate, { ...format, encoding: other }))
    if (counterpart === undefined) return null
    return route(counterpart, format.clockRateHz, other === 'PCMA' ? 'ulawToAlaw' : 'alawToUlaw')
  }
  // A digit with a duration in the wrong clock is worth more than no digit.
  const event = isTelephoneEvent(format) ? to.find(isTelephoneEvent) : undefined
  return event === undefined ? null : route(event, format.clockRateHz, 'none')
}

function route(to: RtpFormat, clockRateHz: number, conversion: Conversion): PayloadRoute {
  return { payloadType: to.payloadType, clockRateHz, conversion }
}
