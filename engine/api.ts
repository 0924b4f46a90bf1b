/** The public face of an engine: what an embedder, the server and the tests hold in their hands. Interfaces only. */
import type { Actor, AgentCommands, DeviceView } from './api-agents.ts'
import type { CallbackCommands, CallbackExplanation } from './api-callbacks.ts'
import type { InboundCall, LookupFunction } from './api-inbound.ts'
import type { VoicemailCommands } from './api-voicemail.ts'
import type { CenterConfig, CenterInput } from './config.ts'
import type {
  AnyEvent,
  Attributes,
  EventEnvelope,
  EventType,
  Explanation,
  QueueMetrics,
  ScreenPop,
  WaitEstimate,
} from './events.ts'
import type { Clock } from './ports/clock.ts'
import type { HttpPort } from './ports/http.ts'
import type { LoadProbe } from './ports/load.ts'
import type { Logger } from './ports/logger.ts'
import type { MediaPort } from './ports/media.ts'
import type { Network, SipSocket, SipSocketPeer, TlsIdentity } from './ports/network.ts'
import type { PasswordHash } from './ports/password-hash.ts'
import type { Random } from './ports/random.ts'
import type { CallQuery, Store } from './ports/store.ts'
import type { CallRecord, FlowStepRecord, LegRecord, TransferRecord } from './records.ts'

export type { Actor, AgentView, Availability, DeviceView, WrapUpView } from './api-agents.ts'
export type {
  GatherReply,
  GatherRequest,
  InboundCall,
  LookupAnswer,
  LookupFacts,
  LookupFunction,
  LookupReply,
  LookupRequest,
  NamedAgent,
  RoutingRequest,
} from './api-inbound.ts'

export interface EngineOptions {
  /** The contact center to apply at start. Without it the store's last one is used, or an empty one. */
  readonly center?: CenterInput
  readonly sip?: {
    /** Default: `udp://0.0.0.0:5060` and `tcp://0.0.0.0:5060`. Port 0 picks a free one. */
    readonly listen?: readonly string[]
    /** Hosts to put into Via, Contact and SDP, at most one per address family. Default: the address of the socket in use. */
    readonly advertise?: readonly string[]
    /** Certificate and key, PEM texts: needed to listen on `tls://HOST:PORT`. `ca` turns on mutual TLS. */
    readonly tls?: TlsIdentity
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
  /** How busy the signalling thread is; it decides whether new calls are taken. Default: the thread of this process. */
  readonly load?: LoadProbe
  readonly media?: MediaPort
  /**
   * Recordings that take the place of the built-in prompts, or are further ones: `welcome.wav`, `de/we-are-closed.wav`; and
   * music: `music/jazz.wav`, of 1 s to 10 min. WAV files of 8 or 16 kHz, 16 bits, one channel. Not looked at where `media` is given.
   */
  readonly prompts?: { readonly folder: string }
  /**
   * Where what callers leave in mailboxes is kept, as WAV files; made if it isn't there. Needed where the center has mailboxes.
   * Default: none. With `media` of one's own, they write there too.
   */
  readonly recordings?: { readonly folder: string }
  /** Slow hashes of the agents' PINs. Default: scrypt. */
  readonly passwords?: PasswordHash
  /** Functions that flows may look callers up with, by name. */
  readonly lookups?: Readonly<Record<string, LookupFunction>>
  /**
   * How long the handler of {@link Engine.onInbound} may think about a call, counted anew after each step that it awaits: then the
   * `numbers` decide. Default 5,000; 1 to 600,000.
   */
  readonly inboundDeadlineMs?: number
  /** What flows look callers up with on the web. Default: Node's HTTP, with a guard against private addresses. */
  readonly http?: HttpPort
}

/** Whom a call is handed to. A number is one of the center's, or an outside one that the outbound rules permit. */
export type TransferTarget =
  | { readonly agent: string }
  | { readonly queue: string; readonly priority?: number }
  | { readonly number: string }

export interface QueueView {
  readonly id: string
  readonly name: string
  readonly strategy: string
  readonly targetMs: number
  readonly metrics: QueueMetrics
}

/** Opening hours as shown to people. Instants are RFC 3339. */
export interface HoursView {
  readonly id: string
  readonly timeZone: string
  readonly open: boolean
  readonly because: 'emergency' | 'exception' | 'weekly'
  /** Of the exception of today, if it has one. */
  readonly name: string | null
  /** Null: not within a year, or not before somebody says so. */
  readonly nextChangeAt: string | null
  /** What the definition says whatever the calendar. */
  readonly emergency: 'open' | 'closed' | null
  /** What somebody has said since; it goes before the definition. */
  readonly override: {
    readonly state: 'open' | 'closed'
    readonly reason: string
    readonly actor: Actor
    readonly since: string
    readonly until: string | null
  } | null
}

/** Why nobody is being rung for those who wait in a queue. */
export interface QueueExplanation {
  readonly queueId: string
  /** One or two sentences. */
  readonly summary: string
  readonly waiting: number
  /** Free agents of the queue. */
  readonly free: number
  /** How many agents are not free, by state. */
  readonly notFree: Readonly<Record<string, number>>
  /** What somebody who joined now would wait; null: nobody can tell. */
  readonly ewt: WaitEstimate | null
  /** Those at the head, at most five. */
  readonly visits: readonly {
    readonly visitId: string
    readonly callId: string
    /** Nobody is on the line: the place is kept for this callback. */
    readonly callbackId?: string
    readonly position: number
    readonly enqueuedAt: string
    /** What waiting has made of it. */
    readonly priority: number
    /** What it asks for now, where that changes with time. */
    readonly step: string | null
    readonly because: string
    /** Free agents who suit. */
    readonly candidateCount: number
    readonly excluded: Explanation['excluded']
  }[]
}

/** Why a call went where it went. */
export interface CallExplanation {
  readonly callId: string
  readonly state: string
  /** One sentence about the present or final state. */
  readonly summary: string
  /** The steps of its flows, and the opening hours that were looked at; absent: none. */
  readonly flow?: readonly FlowStepRecord[]
  /** Who handed the call to whom; absent: nobody. */
  readonly transfers?: readonly TransferRecord[]
  /** SIP Call-ID of the customer's leg, and the other legs: what traces of carriers and phones have of the call. */
  readonly sipCallId: string
  readonly legs: readonly LegRecord[]
  /** Of the callback that it asked for, or that it was made for; absent: none. */
  readonly callback?: CallbackExplanation
  /** Why it did not come to an agent who was asked about. */
  readonly agent?: {
    readonly agentId: string
    readonly name: string
    /** At each offer, at the end of the wait, and when he was given another call while this one waited. */
    readonly moments: readonly {
      readonly at: string
      /** Since the visit was enqueued. */
      readonly afterMs: number
      readonly visitId: string
      /** The offer of that moment; null: there was none. */
      readonly offerId: string | null
      readonly words: string
      /** The call that he was given then. */
      readonly otherCallId?: string
    }[]
  }
  readonly visits: readonly {
    readonly visitId: string
    readonly queueId: string
    readonly enqueuedAt: string
    readonly outcome: string | null
    /** What keeps it waiting now; null when it does not wait. */
    readonly waitingBecause: string | null
    /** The wait from its beginning, in words and numbers; empty where the journal is kept no longer. */
    readonly moments: readonly {
      readonly at: string
      /** Since it was enqueued. */
      readonly afterMs: number
      readonly words: string
    }[]
    readonly offers: readonly {
      readonly offerId: string
      readonly agentId: string
      readonly createdAt: string
      readonly outcome: string | null
      readonly reason: string | null
      /** Where devices sent the call, one after the other; absent: nowhere. */
      readonly redirectedTo?: readonly string[]
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

/** A trunk as an operator sees it. */
export interface TrunkView {
  readonly id: string
  /** Where calls go; null: it only brings some. */
  readonly host: string | null
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** Our registration there; null: none is asked for. */
  readonly registration: {
    readonly registered: boolean
    /** RFC 3339 */
    readonly since: string
    /** Why not; null while registered, and before the first try has ended. */
    readonly reason: string | null
    readonly sipCode: number | null
  } | null
}

export interface OutsideCounters {
  /** Dialled or talking now. */
  readonly active: number
  /** Refused by a bound of `outboundLimits` so far. */
  readonly refused: number
  /** By trunk that we register at: whether we are registered. */
  readonly registered: Readonly<Record<string, boolean>>
}

export interface DoorCounters {
  /** Credentials that were wrong, and those that were not even looked at. */
  readonly authFailures: number
  readonly authThrottled: number
  /** Requests of unknown addresses that got no answer. */
  readonly strangersUnanswered: number
  /** Addresses banned so far, and now. */
  readonly sourcesBanned: number
  readonly sourcesBannedNow: number
  /** New calls sent away with 503 so far, and whether that goes on. */
  readonly callsShed: number
  readonly overloaded: boolean
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
  /** What is kept out, and why (SIP.md §2 rows 6 and 13 to 15). */
  readonly door: DoorCounters
  /** Calls to outside numbers. */
  readonly outside: OutsideCounters
}

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
  /**
   * Takes an open WebSocket of subprotocol `sip` (RFC 7118), as the package `ws` has it. Whether its origin is welcome is
   * for the HTTP server to say. It is closed when its peer breaks the protocol or has too many connections.
   */
  acceptSipSocket(socket: SipSocket, peer: SipSocketPeer): void
  /** Takes another certificate for new TLS connections; open ones stay. @throws EngineError `config.invalid`: the old one stays */
  renewTls(identity: TlsIdentity): void
  health(): Health
  counters(): EngineCounters

  readonly agents: AgentCommands

  readonly devices: {
    /** The phones of the center that are no agent's own. */
    list(): readonly DeviceView[]
  }

  readonly trunks: {
    list(): readonly TrunkView[]
  }

  readonly queues: {
    list(): readonly QueueView[]
    /** @throws EngineError `queue.unknown` */
    get(queueId: string): QueueView
    /** @throws EngineError `queue.unknown` */
    explain(queueId: string): QueueExplanation
  }

  readonly hours: {
    list(): readonly HoursView[]
    /** @throws EngineError `hours.unknown`, as all methods here. */
    get(hoursId: string): HoursView
    /** Whether the calendar says open at an instant, in milliseconds since the epoch; without one: whether it is open now. */
    isOpen(hoursId: string, atMs?: number): boolean
    /** @param state null: the calendar holds again. @throws EngineError `request.invalid` if `until` is past */
    override(
      hoursId: string,
      state: 'open' | 'closed' | null,
      options?: { until?: string; reason?: string; actor?: Actor },
    ): HoursView
  }

  readonly calls: {
    /** Calls in progress, oldest first. */
    live(): readonly CallRecord[]
    /** Live ones from memory, ended ones from the store. */
    get(callId: string): Promise<CallRecord | null>
    ended(query: CallQuery): Promise<readonly CallRecord[]>
    /**
     * @param options.agentId also why the call did not come to this agent
     * @throws EngineError `agent.unknown`
     */
    explain(callId: string, options?: { agentId?: string }): Promise<CallExplanation | null>
    /** @throws EngineError `call.unknown` */
    hangup(callId: string, options?: { actor?: Actor; reason?: string }): void
    /**
     * Hands a call from its agent to somebody else, without asking them: the agent is out at once, and the caller hears music
     * until somebody answers, or waits in the queue. If nobody takes the call, the agent is rung for it, or it goes back to
     * its queue (`transferFailure` of the queue). An agent's own call to an outside party, too: the party is the caller then.
     * @throws EngineError `call.unknown`, `call.conflict` when no agent has it, or he has other work at hand, `agent.unknown`, `queue.unknown`,
     * `outbound.denied`
     */
    transfer(callId: string, target: TransferTarget, options?: { actor?: Actor }): void
    /** @throws EngineError `call.unknown` */
    setAttributes(callId: string, changed: Attributes, options?: { actor?: Actor }): void
  }

  readonly callbacks: CallbackCommands

  readonly voicemail: VoicemailCommands

  readonly screenpops: {
    /** Pops that are neither acknowledged, withdrawn nor expired. */
    open(): readonly ScreenPop[]
    /** A pop that is neither withdrawn nor expired, acknowledged or not. */
    find(popId: string): ScreenPop | null
    /**
     * While the pop lives it may be acknowledged again: `shown`, then `opened`. The last word counts, and the same one
     * again is no event. @throws EngineError `screenpop.unknown`
     */
    acknowledge(popId: string, result: string, options?: { actor?: Actor }): void
  }

  readonly journal: {
    /** Highest cursor that listeners have been given. */
    cursor(): number
    /** Events after a cursor, oldest first. */
    read(after: number, limit: number, callId?: string): Promise<readonly AnyEvent[]>
    oldestCursor(): Promise<number>
    /**
     * How many events listeners were given after a cursor. Null if this journal doesn't have it: it is of the future, or
     * of a process that told it as `durable: false` and was killed before it could write it (see `journal.skipped`).
     */
    missed(after: number): number | null
  }
}
