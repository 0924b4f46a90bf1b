/** Prometheus metrics of one app: read from the engine when they are scraped, kept nowhere else. */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Registry } from 'prom-client'
import type { Engine, EngineCounters } from '../engine/api.ts'
import type { QueueMetrics } from '../engine/events.ts'

export interface Metrics {
  readonly contentType: string
  text(): Promise<string>
  close(): void
}

export function createMetrics(engine: Engine): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const loopDelay = monitorEventLoopDelay({ resolution: 20 })
  loopDelay.enable()

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  /** A counter whose truth is elsewhere: set anew at each scrape. */
  function total(name: string, help: string, read: (counters: EngineCounters) => number): void {
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read(engine.counters()))
      },
    })
  }

  function totals(
    name: string,
    help: string,
    label: string,
    read: (counters: EngineCounters) => Readonly<Record<string, number>>,
  ): void {
    new Counter({
      name,
      help,
      registers,
      labelNames: [label],
      collect() {
        this.reset()
        for (const [value, count] of Object.entries(read(engine.counters()))) this.inc({ [label]: value }, count)
      },
    })
  }

  function perQueue(name: string, help: string, read: (metrics: QueueMetrics) => number | null): void {
    new Gauge({
      name,
      help,
      registers,
      labelNames: ['queue'],
      collect() {
        this.reset()
        for (const { id, metrics } of engine.queues.list()) {
          const value = read(metrics)
          if (value !== null) this.set({ queue: id }, value)
        }
      },
    })
  }

  total('strowger_calls_total', 'Calls that have arrived', counters => counters.callsArrived)
  gauge('strowger_calls_active', 'Calls in progress', () => engine.counters().callsActive)
  gauge('strowger_calls_waiting', 'Calls waiting in a queue', () => engine.counters().callsWaiting)
  totals('strowger_offers_total', 'Offers to agents by outcome', 'outcome', counters => counters.offers)
  totals('strowger_sip_requests_total', 'SIP requests received by method', 'method', counters => counters.sipRequests)
  total('strowger_sip_messages_invalid_total', 'SIP messages that could not be read', c => c.sipMessagesInvalid)
  gauge('strowger_sip_dialogs', 'SIP dialogs alive', () => engine.counters().sipDialogs)
  gauge('strowger_sip_transactions', 'SIP transactions alive', () => engine.counters().sipTransactions)
  gauge('strowger_journal_cursor', 'Position in the journal', () => engine.counters().journalCursor)
  gauge('strowger_journal_backlog', 'Events that wait to be written', () => engine.counters().journalBacklog)
  gauge('strowger_rtp_sessions', 'Audio sessions', () => engine.counters().rtpSessions)
  total('strowger_sip_auth_failures_total', 'Wrong SIP credentials', counters => counters.door.authFailures)
  total(
    'strowger_sip_auth_throttled_total',
    'SIP credentials not looked at: too many were wrong',
    c => c.door.authThrottled,
  )
  total(
    'strowger_sip_unanswered_total',
    'Requests of unknown addresses left unanswered',
    c => c.door.strangersUnanswered,
  )
  total('strowger_sip_bans_total', 'Addresses banned for wrong credentials', counters => counters.door.sourcesBanned)
  gauge('strowger_sip_banned', 'Addresses banned now', () => engine.counters().door.sourcesBannedNow)
  total('strowger_calls_shed_total', 'New calls sent away with 503 for overload', counters => counters.door.callsShed)
  gauge('strowger_overloaded', '1 while new calls are sent away', () => (engine.counters().door.overloaded ? 1 : 0))
  gauge('strowger_outside_calls', 'Calls to outside numbers now', () => engine.counters().outside.active)
  total('strowger_outside_refused_total', 'Calls to outside numbers refused by a bound', c => c.outside.refused)
  new Gauge({
    name: 'strowger_trunk_registered',
    help: '1 while we are registered at the trunk',
    registers,
    labelNames: ['trunk'],
    collect() {
      this.reset()
      for (const [trunk, is] of Object.entries(engine.counters().outside.registered)) this.set({ trunk }, is ? 1 : 0)
    },
  })
  gauge('strowger_registrations', 'Registered phones', () => engine.counters().registrations)
  gauge('strowger_degraded', '1 while something is degraded', () => (engine.health().status === 'ok' ? 0 : 1))

  perQueue('strowger_queue_waiting', 'Visits waiting', metrics => metrics.waiting)
  perQueue('strowger_queue_callbacks', 'Places in line kept for callbacks', metrics => metrics.callbacks)
  perQueue('strowger_queue_oldest_wait_seconds', 'Longest present wait', metrics =>
    metrics.oldestEnqueuedAt === null ? 0 : Math.max(0, (Date.now() - Date.parse(metrics.oldestEnqueuedAt)) / 1000),
  )
  perQueue('strowger_queue_talking', 'Visits with an agent', metrics => metrics.talking)
  perQueue('strowger_queue_agents_available', 'Agents free now', metrics => metrics.agents.available)
  perQueue('strowger_queue_agents_signed_in', 'Agents signed in', metrics => metrics.agents.signedIn)
  perQueue('strowger_queue_offered_today', 'Visits since the start of the day', metrics => metrics.today.offered)
  perQueue('strowger_queue_answered_today', 'Visits answered today', metrics => metrics.today.answered)
  perQueue('strowger_queue_abandoned_today', 'Visits abandoned today', metrics => metrics.today.abandoned)
  perQueue('strowger_queue_service_level_today', 'Service level, 0 to 1', metrics => metrics.today.serviceLevel)

  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss())
  gauge('nodejs_heap_size_used_bytes', 'Heap of the signalling thread in use', () => process.memoryUsage().heapUsed)
  gauge('process_cpu_seconds_total', 'CPU time used', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  })
  gauge('nodejs_eventloop_lag_p99_seconds', 'Event loop delay since the last scrape, 99th percentile', () => {
    const p99Ns = loopDelay.percentile(99)
    loopDelay.reset()
    return p99Ns / 1e9
  })

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    close: () => loopDelay.disable(),
  }
}
