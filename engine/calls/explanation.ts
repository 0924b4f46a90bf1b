/** Why a call went where it went, from its record. */
import type { CallExplanation } from '../api.ts'
import type { AnyEvent } from '../events.ts'
import type { CallRecord, RecordingRecord } from '../records.ts'
import { type NameOf, waitMoments } from './wait-moments.ts'

export function explainCall(
  record: CallRecord,
  waiting: { visitId: string | null; because: string | null },
  events: readonly AnyEvent[],
  nameOf: NameOf,
): CallExplanation {
  const moments = waitMoments(events, nameOf)
  return {
    callId: record.callId,
    state: record.state,
    summary: summaryOf(record, waiting.because, nameOf),
    ...(record.flowPath === undefined ? {} : { flow: record.flowPath }),
    ...(record.transfers === undefined ? {} : { transfers: record.transfers }),
    sipCallId: record.sipCallId,
    legs: record.legs ?? [],
    visits: record.visits.map(visit => ({
      visitId: visit.visitId,
      queueId: visit.queueId,
      enqueuedAt: visit.enqueuedAt,
      outcome: visit.outcome,
      waitingBecause: visit.visitId === waiting.visitId ? waiting.because : null,
      moments: moments.get(visit.visitId) ?? [],
      offers: visit.offers.map(({ offerId, agentId, createdAt, outcome, reason, redirectedTo, explanation }) => ({
        offerId,
        agentId,
        createdAt,
        outcome,
        reason,
        ...(redirectedTo === undefined ? {} : { redirectedTo }),
        explanation,
      })),
    })),
  }
}

function summaryOf(record: CallRecord, because: string | null, nameOf: NameOf): string {
  const agent = record.agentId === null ? 'nobody' : nameOf(record.agentId)
  const visit = record.visits.at(-1)
  // Whoever talks to an agent again, or was called by one who has handed him on, is not outside any more.
  const dialled = record.outside?.at(-1)
  const isInside = (record.segments.at(-1)?.startedAt ?? '') > (dialled?.dialledAt ?? '')
  const outside = isInside ? undefined : dialled
  const seconds = (ms: number) => `${Math.round(ms / 1000)} s`
  switch (record.state) {
    case 'queued':
    case 'offered':
      return because ?? `Waiting in ${visit?.queueId}.`
    case 'screening':
      if (record.recordings?.at(-1)?.outcome === null)
        return `Speaks into the mailbox ${record.recordings.at(-1)?.mailboxId}.`
      return `In a menu${stepWords(record)}.`
    case 'connecting':
      if (outside !== undefined) return `Calling ${outside.number} by the trunk ${outside.trunkId}.`
      return 'An agent has answered; audio is being connected.'
    case 'connected':
      if (outside !== undefined) return `Connected with ${outside.number} by the trunk ${outside.trunkId}.`
      return `Talking to ${agent} after ${seconds(visit?.waitMs ?? 0)} of waiting${transferWords(record)}.`
    case 'diverted':
    case 'completed': {
      const message = record.recordings?.at(-1)
      if (record.state === 'diverted' && message !== undefined) return messageWords(record, message)
      if (outside !== undefined)
        return `Went out to ${outside.number} by the trunk ${outside.trunkId}; ended by ${record.endedBy} (${record.cause}).`
      return `Handled by ${agent} after ${seconds(visit?.waitMs ?? 0)} of waiting; ended by ${record.endedBy} (${record.cause}).`
    }
    case 'abandoned':
      if (visit === undefined) return `The caller left in a menu${stepWords(record)}.`
      return `The caller left after ${seconds(visit?.waitMs ?? 0)}; ${offersWords(visit?.offers.length ?? 0)}.`
    case 'rejected':
      return `Refused with ${record.sipCode}: ${record.cause}.`
    case 'failed':
      return `Failed: ${record.cause}.`
    default:
      return `The call is ${record.state}.`
  }
}

function messageWords({ visits, endedBy, cause }: CallRecord, message: RecordingRecord): string {
  const { outcome, mailboxId, durationMs } = message
  const from = visits.length === 0 ? '' : ` after ${visits.at(-1)?.queueId} (${visits.at(-1)?.reason})`
  const what =
    outcome === 'available'
      ? `Left a message of ${Math.round(durationMs / 1000)} s in the mailbox ${mailboxId}`
      : outcome === 'tooShort'
        ? `Said nothing in the mailbox ${mailboxId}`
        : `Spoke into the mailbox ${mailboxId}, but nothing of it was kept`
  return `${what}${from}; ended by ${endedBy} (${cause}).`
}

function transferWords({ transfers }: CallRecord): string {
  const last = transfers?.at(-1)
  if (last === undefined) return ''
  return last.outcome === 'failed' ? `, back from ${last.to} (${last.reason})` : `, transferred by ${last.from}`
}

function stepWords({ flowPath }: CallRecord): string {
  const last = flowPath?.at(-1)
  return last === undefined ? '' : `, after ${last.step} (${last.action}: ${last.result})`
}

function offersWords(count: number): string {
  if (count === 0) return 'no agent was rung for it'
  return count === 1 ? 'it was offered once' : `it was offered ${count} times`
}
