/** Why a call went where it went, from its record. */
import type { CallExplanation } from '../api.ts'
import type { CallRecord } from '../records.ts'

export function explainCall(
  record: CallRecord,
  waiting: { visitId: string | null; because: string | null },
): CallExplanation {
  return {
    callId: record.callId,
    state: record.state,
    summary: summaryOf(record, waiting.because),
    ...(record.flowPath === undefined ? {} : { flow: record.flowPath }),
    visits: record.visits.map(visit => ({
      visitId: visit.visitId,
      queueId: visit.queueId,
      enqueuedAt: visit.enqueuedAt,
      outcome: visit.outcome,
      waitingBecause: visit.visitId === waiting.visitId ? waiting.because : null,
      offers: visit.offers.map(({ offerId, agentId, createdAt, outcome, reason, explanation }) => ({
        offerId,
        agentId,
        createdAt,
        outcome,
        reason,
        explanation,
      })),
    })),
  }
}

function summaryOf(record: CallRecord, because: string | null): string {
  const visit = record.visits.at(-1)
  const outside = record.outside?.at(-1)
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
  switch (record.state) {
    case 'queued':
    case 'offered':
      return because ?? `Waiting in ${visit?.queueId}.`
    case 'screening':
      return `In a menu${stepWords(record)}.`
    case 'connecting':
      if (outside !== undefined) return `Calling ${outside.number} by the trunk ${outside.trunkId}.`
      return 'An agent has answered; audio is being connected.'
    case 'connected':
      if (outside !== undefined) return `Connected with ${outside.number} by the trunk ${outside.trunkId}.`
      return `Talking to ${record.agentId} after ${seconds(visit?.waitMs ?? 0)} of waiting.`
    case 'diverted':
    case 'completed':
      if (outside !== undefined)
        return `Went out to ${outside.number} by the trunk ${outside.trunkId}; ended by ${record.endedBy} (${record.cause}).`
      return `Handled by ${record.agentId} after ${seconds(visit?.waitMs ?? 0)} of waiting; ended by ${record.endedBy} (${record.cause}).`
    case 'abandoned':
      if (visit === undefined) return `The caller left in a menu${stepWords(record)}.`
      return `The caller left after ${seconds(visit?.waitMs ?? 0)}, with ${visit?.offers.length ?? 0} offers made.`
    case 'rejected':
      return `Refused with ${record.sipCode}: ${record.cause}.`
    case 'failed':
      return `Failed: ${record.cause}.`
    default:
      return `The call is ${record.state}.`
  }
}

function stepWords({ flowPath }: CallRecord): string {
  const last = flowPath?.at(-1)
  return last === undefined ? '' : `, after ${last.step} (${last.action}: ${last.result})`
}
