/** Events and records as the engine makes them, for the contract suites. */
import type { AnyEvent, Explanation, VisitOutcome } from '../../engine/events.ts'
import type { AgentSessionRecord, CallRecord, SegmentRecord, VisitRecord } from '../../engine/records.ts'

/** A sortable id of 26 characters; the number is its time. */
export function idOf(time: number): string {
  return `01J${String(time).padStart(23, '0')}`
}

/** An instant so many milliseconds into the test's day. */
export function instant(ms: number): string {
  return new Date(Date.parse('2031-05-06T00:00:00.000Z') + ms).toISOString()
}

interface Position {
  readonly cursor: number
  readonly sequence?: number
}

export function callEvent(
  { cursor, sequence = 1 }: Position,
  callId = idOf(1),
  name: string | null = "O'Hara",
): AnyEvent {
  return {
    specversion: '1.0',
    id: idOf(cursor),
    source: '/tenants/default',
    type: 'call.arrived',
    subject: `call/${callId}`,
    time: instant(cursor),
    datacontenttype: 'application/json',
    sequence: String(sequence),
    cursor: String(cursor),
    correlationid: callId,
    data: {
      callId,
      direction: 'inbound',
      ani: { e164: '+442012345678', raw: '"\\%;--', name, withheld: false },
      dnis: 'support',
      trunkId: null,
      fromAgentId: null,
      sipCallId: 'a@b',
      uui: null,
    },
  }
}

export function agentEvent({ cursor, sequence = 1 }: Position, agentId = 'ada'): AnyEvent {
  return {
    specversion: '1.0',
    id: idOf(cursor),
    source: '/tenants/default',
    type: 'agent.state_changed',
    subject: `agent/${agentId}`,
    time: instant(cursor),
    datacontenttype: 'application/json',
    sequence: String(sequence),
    cursor: String(cursor),
    data: {
      agentId,
      from: 'available',
      to: 'notReady',
      reason: null,
      since: instant(cursor),
      actor: 'agent/ada',
      callId: null,
    },
  }
}

export const explanation: Explanation = {
  strategy: 'longest-idle',
  reason: 'idle for the longest time',
  candidates: [{ agentId: 'ada', score: 1.5, chosen: true, reason: 'idle for 12 s' }],
  candidateCount: 1,
  excluded: [],
  notFree: { talking: 2 },
  waiting: 1,
  position: 1,
  step: null,
}

export interface VisitSketch {
  readonly queueId: string
  readonly outcome: VisitOutcome | null
  readonly waitMs: number
  readonly enqueuedMs: number
  /** Who was offered the call, in order; the last one took it if the outcome is `answered`. */
  readonly offeredTo?: readonly string[]
  readonly callbackId?: string
}

/** A call whose visits are as sketched; `number` is its time and makes all its ids. */
export function callRecord(
  number: number,
  sketches: readonly VisitSketch[],
  fromAgentId: string | null = null,
): CallRecord {
  const callId = idOf(number)
  const visits = sketches.map((sketch, index) => visitRecord(idOf(number * 100 + index), sketch))
  const answered = visits.find(visit => visit.outcome === 'answered')
  return {
    callId,
    tenant: 'default',
    direction: fromAgentId === null ? 'inbound' : 'internal',
    state: answered === undefined ? 'abandoned' : 'completed',
    since: instant(number + 900),
    ani: { e164: null, raw: 'anonymous', name: '', withheld: true },
    dnis: 'support',
    trunkId: 'carrier',
    fromAgentId,
    sipCallId: `${number}@127.0.0.1`,
    queueId: visits.at(-1)?.queueId ?? null,
    agentId: answered?.agentId ?? null,
    arrivedAt: instant(number),
    connectedAt: answered?.endedAt ?? null,
    endedAt: instant(number + 900),
    endedBy: 'customer',
    cause: '',
    sipCode: 200,
    attributes: { tier: 'gold', note: "it's\n\u001f\u001e odd" },
    visits,
    segments: answered?.agentId ? [segmentRecord(idOf(number * 100 + 50), answered, answered.agentId)] : [],
  }
}

function visitRecord(visitId: string, sketch: VisitSketch): VisitRecord {
  const { queueId, outcome, waitMs, enqueuedMs, offeredTo = [] } = sketch
  const endedAt = outcome === null ? null : instant(enqueuedMs + waitMs)
  return {
    visitId,
    queueId,
    priority: 0,
    enqueuedAt: instant(enqueuedMs),
    endedAt,
    waitMs,
    outcome,
    reason: null,
    agentId: outcome === 'answered' ? (offeredTo.at(-1) ?? null) : null,
    ...(sketch.callbackId === undefined ? {} : { callbackId: sketch.callbackId }),
    offers: offeredTo.map((agentId, index) => ({
      offerId: `${visitId}-${index}`,
      agentId,
      createdAt: instant(enqueuedMs),
      ringingAt: null,
      endedAt,
      outcome: outcome === 'answered' && index === offeredTo.length - 1 ? 'accepted' : 'timed_out',
      reason: '',
      sipCode: null,
      ringMs: 17,
      explanation,
    })),
  }
}

function segmentRecord(segmentId: string, visit: VisitRecord, agentId: string): SegmentRecord {
  return {
    segmentId,
    agentId,
    visitId: visit.visitId,
    queueId: visit.queueId,
    startedAt: visit.endedAt ?? visit.enqueuedAt,
    endedAt: null,
    ringMs: 17,
    talkMs: 60_000,
    holdMs: 0,
    wrapMs: 0,
    disposition: null,
    notes: null,
  }
}

export function sessionRecord(number: number, endedAt: string | null): AgentSessionRecord {
  return {
    sessionId: idOf(number),
    tenant: 'default',
    agentId: 'ada',
    startedAt: instant(number),
    endedAt,
    endReason: endedAt === null ? null : 'agent',
  }
}
