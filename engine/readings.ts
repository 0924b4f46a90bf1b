/** What an engine says of itself to those who keep it running: its health and its counters. */
import type { EngineCounters, Health } from './api.ts'
import type { Gateway } from './b2bua/gateway.ts'
import type { Phones } from './b2bua/phones.ts'
import type { CallDesk } from './calls/call-desk.ts'
import type { EventBus } from './event-bus.ts'
import type { Journal } from './journal.ts'
import type { OutsideCalls } from './outside-calls.ts'
import type { MediaPort } from './ports/media.ts'
import type { Dispatcher } from './queues/dispatcher-types.ts'
import type { UserAgent } from './sip/index.ts'

export type Phase = 'new' | 'starting' | 'running' | 'draining' | 'stopped'

export interface ReadingsOptions {
  readonly bus: EventBus
  readonly desk: CallDesk
  readonly dispatcher: Dispatcher
  readonly gateway: Gateway
  readonly journal: Journal
  readonly media: MediaPort
  readonly outside: OutsideCalls
  readonly phones: Phones
  readonly userAgent: UserAgent
  phase(): Phase
  queueIds(): Iterable<string>
}

export interface Readings {
  health(): Health
  counters(): EngineCounters
}

/** Counts offers from now on; everything else is read from its owner when asked. */
export function createReadings(parts: ReadingsOptions): Readings {
  const { bus, desk, dispatcher, gateway, journal, media, outside, phones, userAgent } = parts
  const offers: Record<string, number> = {}

  bus.onAny(({ type }) => {
    if (type.startsWith('offer.')) offers[type] = (offers[type] ?? 0) + 1
  })

  return {
    health() {
      const phase = parts.phase()
      const notes: string[] = []
      if (!journal.healthy) notes.push(`the store does not take events; ${journal.backlog} wait in memory`)
      if (journal.lost > 0) notes.push(`${journal.lost} events were lost while the store was dead`)
      notes.push(...outside.notes)
      const status =
        phase === 'draining' ? 'draining' : phase !== 'running' ? 'stopped' : notes.length > 0 ? 'degraded' : 'ok'
      return {
        status,
        sip: userAgent.listening.length > 0,
        store: phase !== 'new' && phase !== 'stopped' && journal.healthy,
        notes,
      }
    },
    counters: () => ({
      callsArrived: desk.arrived,
      callsActive: desk.active,
      callsWaiting: [...parts.queueIds()].reduce((sum, queueId) => sum + dispatcher.metrics(queueId).waiting, 0),
      offers: { ...offers },
      sipRequests: { ...userAgent.counters.requests },
      sipMessagesInvalid: userAgent.counters.invalid,
      journalCursor: journal.cursor,
      journalBacklog: journal.backlog,
      rtpSessions: media.openSessions,
      sipDialogs: userAgent.load.dialogs,
      sipTransactions: userAgent.load.transactions,
      registrations: phones.registrar.size,
      door: gateway.door.counters,
      outside: outside.counters,
    }),
  }
}
