/**
 * The store port: the journal, its projections, the applied center and its secrets. Three implementations pass one
 * contract suite: memory, embedded PGlite, PostgreSQL.
 *
 * Every method rejects with EngineError `store.unavailable` when the database can't be reached; the caller retries.
 */
import type { CenterConfig } from '../config.ts'
import type { AnyEvent } from '../events.ts'
import type { AgentSessionRecord, CallRecord, QueueTotals, VoicemailRecord } from '../records.ts'

/** State that must survive a killed process, by kind and id. */
export interface Checkpoint {
  /**
   * `journal`: the mark of a running process, see `engine/process-mark.ts`; `outside` and `outsideNumber`: what calls to outside
   * numbers have used up of their bounds, see `engine/routing/outbound-limits.ts`; `agentDay` and `handleTimes`: what an agent has
   * done today, and how long calls of a queue take, see `engine/day-log.ts` and `engine/queues/estimate.ts`; `reEntry`: who has just
   * left a line and may come back, see `engine/queues/re-entries.ts`.
   */
  readonly kind:
    | 'call'
    | 'agent'
    | 'agentDay'
    | 'membership'
    | 'seat'
    | 'registration'
    | 'journal'
    | 'hours'
    | 'callback'
    | 'handleTimes'
    | 'recording'
    | 'outside'
    | 'outsideNumber'
    | 'reEntry'
  readonly id: string
  /** JSON; null deletes. */
  readonly state: object | null
}

/** What one tick produced. Committed as one transaction. */
export interface JournalGroup {
  /** Ascending cursors, gap-free within the life of a process. */
  readonly events: readonly AnyEvent[]
  readonly checkpoints: readonly Checkpoint[]
}

/** Where the previous process stopped. */
export interface StoreHead {
  /** Highest cursor in the journal; 0 when it is empty. */
  readonly cursor: number
  readonly checkpoints: readonly Checkpoint[]
  /** The highest `sequence` of every subject that begins with `agent/`. */
  readonly agentSequences: ReadonlyMap<string, number>
}

export interface EventQuery {
  /** Events with a greater cursor. */
  readonly after: number
  readonly limit: number
  /** Only events of this call: its `correlationid`. */
  readonly callId?: string
  /** Only events of this subject: nothing finds them but to look through the journal, so the stretch is to be bounded. */
  readonly subject?: string
  /** None after this cursor. */
  readonly upTo?: number
}

export interface CallQuery {
  readonly limit: number
  /** Only calls that arrived before this one (the `callId` of the last item of the previous page; ids sort by time). */
  readonly before?: string
  readonly queueId?: string
  readonly agentId?: string
  /** Only with a leg of this SIP Call-ID. */
  readonly sipCallId?: string
}

export interface VoicemailQuery {
  readonly limit: number
  /** Only messages that were received before this one, or before the instant that an id stands for. */
  readonly before?: string
  /** Only of these mailboxes. */
  readonly mailboxIds?: readonly string[]
  readonly unheard?: boolean
}

export interface MailboxTotals {
  readonly mailboxId: string
  readonly messages: number
  readonly unheard: number
  readonly bytes: number
}

/** The messages that callers have left; their sound is elsewhere. */
export interface VoicemailStore {
  /** Upserts. */
  save(records: readonly VoicemailRecord[]): Promise<void>
  /** Newest first. */
  list(query: VoicemailQuery): Promise<readonly VoicemailRecord[]>
  get(messageId: string): Promise<VoicemailRecord | null>
  remove(messageIds: readonly string[]): Promise<void>
  /** Of mailboxes that hold something. */
  totals(): Promise<readonly MailboxTotals[]>
}

/** HA1 by digest algorithm, lower-case hex (RFC 7616 §3.4.2), and the realm that it is for. */
export interface DigestSecret {
  readonly realm: string
  readonly ha1: Readonly<Record<string, string>>
}

export interface CenterSecrets {
  readonly agents: Readonly<Record<string, DigestSecret>>
  /** Trunk passwords by trunk id: plain, because a carrier's realm is not known beforehand. */
  readonly trunks: Readonly<Record<string, string>>
  /** Hashes of the agents' PINs. */
  readonly pins: Readonly<Record<string, string>>
}

/** The applied center (without secrets in `center`) and its secrets. */
export interface StoredCenter {
  readonly center: CenterConfig
  readonly secrets: CenterSecrets
}

/** What is older goes; RFC 3339. Null keeps everything. */
export interface Expiry {
  readonly eventsBefore: string | null
  /** By their end; agent sessions too. */
  readonly callsBefore: string | null
}

/** A journal event that has no row for its cursor is not an error: it was never written. */
export interface Store {
  readonly kind: 'memory' | 'pglite' | 'postgres'
  /** Connects, migrates, takes the lock. Called once. @throws EngineError `store.unavailable`, `store.locked` */
  open(): Promise<StoreHead>
  /** Writes a group atomically. Writing the same cursors again is harmless (a retry after a lost answer). */
  append(group: JournalGroup): Promise<void>
  readEvents(query: EventQuery): Promise<readonly AnyEvent[]>
  /** The lowest cursor still kept, 0 when the journal is empty. */
  oldestCursor(): Promise<number>
  /** Upserts call records with visits, offers and segments, and deletes the calls' checkpoints, atomically. */
  saveCalls(records: readonly CallRecord[]): Promise<void>
  /** Upserts agent sessions. */
  saveSessions(records: readonly AgentSessionRecord[]): Promise<void>
  /** Ended calls, newest first. */
  listCalls(query: CallQuery): Promise<readonly CallRecord[]>
  getCall(callId: string): Promise<CallRecord | null>
  /** Sums of visits that were enqueued at or after `since` and have ended. `targets`: service level target by queue id. */
  queueTotals(since: string, targetsMs: Readonly<Record<string, number>>): Promise<readonly QueueTotals[]>
  /**
   * Deletes some of what is older, the oldest first: so little at a time that nobody has to wait for it. The last event
   * stays whatever its age, because the next process counts from it. Resolves to whether there may be more.
   */
  forget(expiry: Expiry): Promise<boolean>
  readonly voicemail: VoicemailStore
  loadCenter(): Promise<StoredCenter | null>
  saveCenter(stored: StoredCenter): Promise<void>
  close(): Promise<void>
}
