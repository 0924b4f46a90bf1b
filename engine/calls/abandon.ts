/** The last resort after a fault in the ending of a call: nobody may stay on it, whatever else fails. */
import { type CallerDecision, callerResponses } from '../outcomes.ts'
import type { Logger } from '../ports/logger.ts'
import type { CallCore } from './call-core.ts'
import type { Offer } from './offer-book.ts'
import type { QueueVisit } from './queue-visit.ts'
import type { Segment } from './segment.ts'

export interface Held {
  readonly offers: readonly Offer[]
  readonly segment: Segment | null
  readonly visit: QueueVisit | null
  /** The end has been told, or was about to be. */
  readonly ended: boolean
}

/** A step that fails is logged, and the next one is taken. */
export function attempt(step: () => void, logger: Logger): void {
  try {
    step()
  } catch (err) {
    logger.error({ err }, 'a fault in the ending of a call')
  }
}

/** Each step by itself: legs, place in the queue, agents, and the end of the call in the journal. */
export function abandon(core: CallCore, held: Held, decision: CallerDecision): void {
  const { services, bridge, callId, record } = core
  const { logger, roster, clock } = services
  const { offers, segment, visit } = held
  attempt(() => bridge.releaseCustomer(callerResponses[decision]), logger)
  attempt(() => visit?.leave(), logger)
  if (!held.ended) {
    const durationMs = Math.max(0, clock.now() - Date.parse(record.arrivedAt))
    const totals = { durationMs, waitMs: 0, talkMs: 0, holdMs: 0 }
    const sipCode = callerResponses[decision]
    attempt(
      () => core.emit('call.ended', { callId, ending: 'failed', endedBy: 'system', cause: decision, sipCode, totals }),
      logger,
    )
  }
  for (const { offerId, agentId } of offers) {
    attempt(() => bridge.withdraw(offerId, false), logger)
    attempt(() => roster.offerEnded(agentId, offerId, { kind: 'canceled' }), logger)
  }
  if (segment === null) return
  attempt(() => bridge.withdraw(segment.offerId, false), logger)
  attempt(() => roster.callEnded(segment.agentId, segment.segmentId, 0), logger)
}
