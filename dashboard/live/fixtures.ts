/** Events and records for the tests of the live state, with only what a test names differing from plain defaults. */
import type { AnyEvent, EventData, EventType } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'
import type { QueueReply } from '../../server/api/queues.ts'

const start = Date.parse('2026-03-05T12:00:00.000Z')

/** An instant, `sec` seconds after the fixtures' noon. */
export function at(sec: number): string {
  return new Date(start + sec * 1000).toISOString()
}

let count = 0

export function eventOf<T extends EventType>(type: T, sec: number, data: EventData<T>, durable?: false): AnyEvent {
  count += 1
  const cursor = type === 'queue.snapshot' ? {} : { cursor: String(count), sequence: String(count) }
  return {
    specversion: '1.0',
    id: `event-${count}`,
    source: '/tenants/default',
    type,
    subject: 'any/1',
    time: at(sec),
    datacontenttype: 'application/json',
    ...cursor,
    ...(durable === false ? { durable } : {}),
    data,
  } as AnyEvent
}

export function agentOf(change: Partial<AgentReply> = {}): AgentReply {
  return {
    id: 'ada',
    name: 'Ada Byron',
    queues: ['support'],
    queuesLeft: [],
    skills: {},
    label: 'available',
    since: at(0),
    session: 'online',
    availability: 'available',
    reason: null,
    next: null,
    endpoint: 'reachable',
    slot: 'idle',
    callId: null,
    queueId: null,
    deadline: null,
    routable: true,
    notRoutableBecause: null,
    wrapUp: null,
    devices: ['sip:ada@127.0.0.1:5090'],
    acting: 'ada',
    misses: 0,
    missesInARow: { noAnswer: 0, declined: 0, unreachable: 0 },
    today: { handled: 0, missed: 0 },
    missedBy: { noAnswer: 0, declined: 0, unreachable: 0 },
    ...change,
  }
}

export function metricsOf(change: Partial<QueueReply['metrics']> = {}): QueueReply['metrics'] {
  return {
    queueId: 'support',
    waiting: 0,
    callbacks: 0,
    oldestEnqueuedAt: null,
    offering: 0,
    talking: 0,
    agents: { signedIn: 1, available: 1, ringing: 0, busy: 0, wrapUp: 0, notReady: 0, unreachable: 0 },
    today: {
      offered: 0,
      answered: 0,
      abandoned: 0,
      shortAbandoned: 0,
      flowOut: 0,
      callbackAccepted: 0,
      rejected: 0,
      serviceLevel: null,
      serviceLevelVariant: 'shortAsMet',
      asaMs: null,
      longestWaitMs: 0,
    },
    ewtMs: null,
    ewt: null,
    ...change,
  }
}

export function queueOf(change: Partial<QueueReply> = {}): QueueReply {
  return {
    id: 'support',
    name: 'Support',
    strategy: 'longest-idle',
    targetMs: 20_000,
    metrics: metricsOf(),
    ...change,
  }
}

export const explanation: EventData<'offer.created'>['explanation'] = {
  strategy: 'longest-idle',
  reason: 'idle the longest',
  candidates: [{ agentId: 'ada', score: 12, chosen: true, reason: 'idle for 12 s' }],
  candidateCount: 1,
  excluded: [],
  notFree: {},
  waiting: 1,
  position: 1,
  step: null,
}

const offerRef = { callId: 'c1', visitId: 'v1', offerId: 'o1', agentId: 'ada', queueId: 'support' }

/** The steps of one call through `support` to Ada, to be strung together by a test. */
export const step = {
  arrived: (sec: number) =>
    eventOf('call.arrived', sec, {
      callId: 'c1',
      direction: 'inbound',
      ani: { e164: '+442071234567', raw: '02071234567', name: 'Grace Hopper', withheld: false },
      dnis: 'support',
      trunkId: 'carrier',
      fromAgentId: null,
      sipCallId: 'abc@127.0.0.1',
      uui: null,
    }),
  queued: (sec: number, visit: { visitId?: string; queueId?: string; enqueuedAt?: string } = {}) =>
    eventOf('call.queued', sec, {
      callId: 'c1',
      visitId: 'v1',
      queueId: 'support',
      priority: 0,
      position: 1,
      ewtMs: null,
      enqueuedAt: at(sec),
      cause: 'inbound',
      ...visit,
    }),
  offered: (sec: number, offerId = 'o1', agentId = 'ada') =>
    eventOf('offer.created', sec, {
      ...offerRef,
      offerId,
      agentId,
      expiresAt: at(sec + 15),
      explanation,
      sipCallIds: [`of-${agentId}s-phone`],
    }),
  ringing: (sec: number) => eventOf('offer.ringing', sec, { ...offerRef, device: 'sip:ada@127.0.0.1:5090' }),
  timedOut: (sec: number, offerId = 'o1', agentId = 'ada') =>
    eventOf('offer.timed_out', sec, {
      ...offerRef,
      offerId,
      agentId,
      reason: 'noAnswer',
      sipCode: null,
      ringMs: 15_000,
    }),
  requeued: (sec: number, enqueuedSec: number) =>
    eventOf('call.requeued', sec, {
      callId: 'c1',
      visitId: 'v1',
      queueId: 'support',
      position: 1,
      enqueuedAt: at(enqueuedSec),
      cause: 'noAnswer',
    }),
  accepted: (sec: number, offerId = 'o1', agentId = 'ada') =>
    eventOf('offer.accepted', sec, {
      ...offerRef,
      offerId,
      agentId,
      reason: 'answered',
      sipCode: 200,
      ringMs: 2_000,
    }),
  connected: (sec: number, waitMs: number) =>
    eventOf('call.connected', sec, {
      callId: 'c1',
      visitId: 'v1',
      queueId: 'support',
      waitMs,
      agentId: 'ada',
      offerId: 'o1',
      segmentId: 's1',
    }),
  segmentEnded: (sec: number, talkMs: number) =>
    eventOf('call.segment_ended', sec, {
      callId: 'c1',
      segmentId: 's1',
      visitId: 'v1',
      queueId: 'support',
      agentId: 'ada',
      ringMs: 2_000,
      talkMs,
      holdMs: 0,
    }),
  ended: (sec: number, ending: 'completed' | 'abandoned' = 'completed') =>
    eventOf('call.ended', sec, {
      callId: 'c1',
      ending,
      endedBy: 'customer',
      cause: 'hangup',
      sipCode: null,
      totals: { durationMs: sec * 1000, waitMs: 0, talkMs: 0, holdMs: 0 },
    }),
}
