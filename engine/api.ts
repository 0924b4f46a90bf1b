/** The public face of an engine: what an embedder, the server and the tests hold in their hands. Interfaces only. */
import type { CenterConfig, CenterInput } from './config.ts'
import type {
  AgentLabel,
  Ani,
  AnyEvent,
  Attributes,
  EventEnvelope,
  EventType,
  Explanation,
  QueueMetrics,
  ScreenPop,
} from './events.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { MediaPort } from './ports/media.ts'
import type { Network } from './ports/network.ts'
import type { Random } from './ports/random.ts'
import type { CallQuery, Store } from './ports/store.ts'
import type { CallRecord } from './records.ts'

export interface EngineOptions {
  /** The contact center to apply at start. Without it the store's last one is used, or an empty one. */
  readonly center?: CenterInput
  readonly sip?: {
    /** Default: `udp://0.0.0.0:5060` and `tcp://0.0.0.0:5060`. Port 0 picks a free one. */
    readonly listen?: readonly string[]
    /** Hosts to put into Via, Contact and SDP, at most one per address family. Default: the address of the socket in use. */
    readonly advertise?: readonly string[]
  }
  /** RTP port range, inclusive. Default 10000–20000. */
  readonly rtp?: { readonly minPort: number; readonly maxPort: number }
  /** Default `default`. */
  readonly tenant?: string
  /** Default: memory. */
  readonly store?: Store
  readonly logger?: Logger
  readonly clock?: Clock
  readonly random?: Random
  readonly network?: Network
  readonly media?: MediaPort
}

/** A call that waits for a decision of {@link Engine.onInbound}. Exactly one of its commands takes effect; without one the `numbers` table decides. */
export interface InboundCall {
  readonly callId: string
  readonly ani: Ani
  /** User part of the Request-URI, decoded. */
  readonly dnis: string
  readonly trunkId: string | null
  readonly fromAgentId: string | null
  readonly attributes: Readonly<Attributes>
  setAttributes(changed: Attributes): void
  /** @throws EngineError `queue.unknown`, `call.conflict` if it is already decided or gone. */
  enqueue(queueId: string, options?: { priority?: number; attributes?: Attributes }): void
  /** Rings one agent without a queue. @throws EngineError `agent.unknown`, `call.conflict` */
  ring(agentId: string): void
  /** @throws EngineError `call.conflict` */
  reject(sipCode: number, reason?: string): void
}

export type Availability = 'available' | 'notReady'

/** An agent as shown to people. Instants are RFC 3339. */
export interface AgentView {
  readonly id: string
  readonly name: string
  readonly queues: readonly string[]
  readonly skills: Readonly<Record<string, number>>
  readonly label: AgentLabel
  /** Since when the label holds. */
  readonly since: string
  readonly session: 'offline' | 'online'
  readonly availability: Availability
  readonly reason: string | null
  readonly next: { readonly availability: Availability | 'signOut'; readonly reason: string | null } | null
  readonly endpoint: 'unreachable' | 'reachable' | 'inUse'
  readonly slot: 'idle' | 'reserved' | 'ringing' | 'engaged' | 'wrapping'
  readonly callId: string | null
  readonly queueId: string | null
  /** End of timed wrap-up. */
  readonly deadline: string | null
  readonly routable: boolean
  /** Why not, in a word; null when routable. */
  readonly notRoutableBecause: string | null
  readonly devices: readonly string[]
  readonly today: { readonly handled: number; readonly missed: number }
}

export interface QueueView {
  readonly id: string
  readonly name: string
  readonly strategy: string
  readonly targetMs: number
  readonly metrics: QueueMetrics
}

/** Why a call went where it went. */
export interface CallExplanation {
  readonly callId: string
  readonly state: string
  /** One sentence about the present or final state. */
  readonly summary: string
  readonly visits: readonly {
    readonly visitId: string
    readonly queueId: string
    readonly enqueuedAt: string
    readonly outcome: string | null
    /** What keeps it waiting now; null when it does not wait. */
    readonly waitingBecause: string | null
    readonly offers: readonly {
      readonly offerId: string
      readonly agentId: string
      readonly createdAt: string
      readonly outcome: string | null
      readonly reason: string | null
      readonly explanation: Explanation
    }[]
  }[]
}

export interface Health {
  readonly status: 'ok' | 'degraded' | 'draining' | 'stopped'
  readonly sip: boolean
  readonly store: boolean
  /** Words about what is degraded. */
  readonly notes: readonly string[]
}

export interface EngineCounters {
  readonly callsArrived: number
  readonly callsActive: number
  readonly callsWaiting: number
  readonly offers: Readonly<Record<string, number>>
  readonly sipRequests: Readonly<Record<string, number>>
  readonly sipMessagesInvalid: number
  readonly journalCursor: number
  readonly journalBacklog: number
  readonly rtpSessions: number
  /** SIP dialogs and transactions alive; transactions outlive their exchange by up to 32 s (RFC 3261 §17). */
  readonly sipDialogs: number
  readonly sipTransactions: number
  readonly registrations: number
}

/** Who asks for a change: `user:ada`, `key:crm`, `embedder`. Goes into events as `actor`. */
export type Actor = string

export interface Engine {
  /** Opens the store, applies the center, binds the sockets. @throws EngineError `sip.listen_failed`, `store.*`, `config.invalid` */
  start(): Promise<void>
  /** Refuses new calls (503), waits at most `drainMs` for running ones (default 0), ends what is left, flushes, closes. */
  stop(options?: { drainMs?: number }): Promise<void>
  /** Decides what happens to each new call. One handler; setting it replaces the `numbers` table where it decides. */
  onInbound(handler: (call: InboundCall) => void | Promise<void>): void
  /** Listens to one type of event; the result stops listening. Events come after their commit, in order per subject. */
  on<T extends EventType>(type: T, listener: (event: EventEnvelope<T>) => void): () => void
  /** Listens to every event. */
  onAny(listener: (event: AnyEvent) => void): () => void
  /** Replaces the center. Running calls go on. @throws EngineError `config.invalid`; nothing is applied then. */
  applyCenter(input: CenterInput, options?: { file?: string; actor?: Actor }): Promise<void>
  /** The center in force, without secrets. */
  center(): CenterConfig
  /** The addresses that SIP listens on, e.g. `udp://127.0.0.1:5060`. */
  listening(): readonly string[]
  health(): Health
  counters(): EngineCounters

  readonly agents: {
    list(): readonly AgentView[]
    /** @throws EngineError `agent.unknown`, as all methods here. */
    get(agentId: string): AgentView
    /** @throws EngineError `agent.conflict` */
    signIn(agentId: string, options?: { availability?: Availability; actor?: Actor }): AgentView
    /** While on a call: stored and done when the work ends. */
    signOut(agentId: string, options?: { actor?: Actor; reason?: string }): AgentView
    /** While working: stored as next status; the latest request wins. */
    setAvailability(
      agentId: string,
      availability: Availability,
      options?: { reason?: string; actor?: Actor },
    ): AgentView
    /** Ends wrap-up. @throws EngineError `agent.conflict` if the agent isn't in wrap-up. */
    completeWrapUp(agentId: string, options?: { disposition?: string; notes?: string; actor?: Actor }): AgentView
  }

  readonly queues: {
    list(): readonly QueueView[]
    /** @throws EngineError `queue.unknown` */
    get(queueId: string): QueueView
  }

  readonly calls: {
    /** Calls in progress, oldest first. */
    live(): readonly CallRecord[]
    /** Live ones from memory, ended ones from the store. */
    get(callId: string): Promise<CallRecord | null>
    ended(query: CallQuery): Promise<readonly CallRecord[]>
    explain(callId: string): Promise<CallExplanation | null>
    /** @throws EngineError `call.unknown` */
    hangup(callId: string, options?: { actor?: Actor; reason?: string }): void
    /** @throws EngineError `call.unknown` */
    setAttributes(callId: string, changed: Attributes, options?: { actor?: Actor }): void
  }

  readonly screenpops: {
    /** Pops that are neither acknowledged, withdrawn nor expired. */
    open(): readonly ScreenPop[]
    /** @throws EngineError `screenpop.unknown` */
    acknowledge(popId: string, result: string, options?: { actor?: Actor }): void
  }

  readonly journal: {
    /** Highest cursor that listeners have been given. */
    cursor(): number
    /** Events after a cursor, oldest first. */
    read(after: number, limit: number, callId?: string): Promise<readonly AnyEvent[]>
    oldestCursor(): Promise<number>
  }
}
