/**
 * What is heard before an answer: what an outside party plays (RFC 3960), announcements and ringing of the network, is passed
 * on to the caller; and an agent hears ours while his customer is called.
 */

import { takesAudio } from '../media/sdp/direct-hold.ts'
import type { DirectOrigin } from '../media/sdp/direct-origin.ts'
import type { RtpFormat } from '../ports/media.ts'
import type { BridgeCustomer } from './bridge-options.ts'
import type { CallMedia } from './call-media.ts'
import type { CallerLeg } from './customer-leg.ts'
import type { LegMedia } from './leg-media.ts'

export interface EarlyCall {
  readonly customer: CallerLeg
  readonly media: CallMedia
  readonly customerOrigin: DirectOrigin
  /** The call still waits for this party's answer. */
  isWanted(): boolean
}

/**
 * A 183 of the outside party carried `sdp`. If it is of no use the caller goes on hearing what he heard.
 * @param media the party's; null in direct mode
 */
export async function passEarlyMedia(call: EarlyCall, sdp: string, media: LegMedia | null): Promise<void> {
  const { customer, customerOrigin } = call
  if (media === null) {
    // By a refusal of his audio the caller would have had his answer, and the one to come would be none (RFC 3261 §13.2.1).
    if (takesAudio(sdp, customer.offer ?? '')) customer.progress(customerOrigin.pass(sdp))
    return
  }
  // It is in force already if the party has come from another call.
  if (!media.negotiated && !media.accept(sdp).ok) return
  // Who makes no offer of his own hears the network only once he is answered.
  if (!customer.answered && customer.offer === null) return
  const customerMedia = await call.media.openCustomer()
  if (customerMedia === null || !call.isWanted()) return
  if (!customer.answered && customer.offer !== null) {
    const answer = customerMedia.answer(customer.offer, media.formats)
    if (!answer.ok) return
    customer.progress(answer.sdp)
  }
  customerMedia.stopPlaying()
  // Nobody talks yet, so silence says nothing.
  customerMedia.join(media, 0)
}

/** Takes the description of the answer, after that of a 183 if there was one. False if it doesn't fit. */
export function acceptFinal(
  media: LegMedia,
  { sdp, earlySdp }: { readonly sdp: string; readonly earlySdp: string | null },
  offered: readonly RtpFormat[],
): boolean {
  if (earlySdp === null || !media.negotiated) return media.accept(sdp).ok
  if (sdp === '' || sdp === earlySdp) return true
  // Another branch of a fork has answered (RFC 3261 §13.2.2.4): its answer is to the same offer.
  media.offer(offered)
  return media.accept(sdp).ok
}

/** An agent who has accepted before the customer hears that he is being called. */
export function ringBack(media: LegMedia, customer: BridgeCustomer, isGone: boolean): void {
  if (customer.kind === 'called' && !isGone)
    media.play({ kind: 'prompts', names: customer.ringback, playId: 'ringback' })
}
