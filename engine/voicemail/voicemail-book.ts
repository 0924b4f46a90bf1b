/**
 * The mailboxes of a center: what there is room for, which messages they hold, who may hear them, and what becomes of them.
 * Counts are kept in memory, by mailbox; the messages are in the store, their sound among the recordings.
 */
import type { Actor } from '../api.ts'
import type { MailboxView } from '../api-voicemail.ts'
import { type CenterConfig, membershipsOf } from '../config.ts'
import type { MailboxConfig } from '../config-voicemail.ts'
import { EngineError } from '../errors.ts'
import type { EventData, RecordingEnding } from '../events.ts'
import { idsFrom } from '../ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Recordings } from '../ports/recordings.ts'
import type { Checkpoint, MailboxTotals, Store, VoicemailQuery } from '../ports/store.ts'
import type { VoicemailRecord } from '../records.ts'
import { MailboxCounts } from './mailbox-counts.ts'
import { MessageLog } from './message-log.ts'

/** Messages that retention deletes at a time. */
const forgottenAtOnce = 50

export type VoicemailEventType = 'voicemail.received' | 'voicemail.heard' | 'voicemail.deleted'

export interface VoicemailBookOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly store: Pick<Store, 'voicemail'>
  /** Null: recordings are kept elsewhere, or nowhere; there is nothing to hear then. */
  readonly recordings: Recordings | null
  readonly tenant: string
  tell<T extends VoicemailEventType>(type: T, data: EventData<T>): void
  checkpoint(checkpoint: Checkpoint): void
}

/** A message as it is begun; what its recording becomes is told by {@link VoicemailBook.close}. */
export type NewMessage = Pick<
  VoicemailRecord,
  'messageId' | 'mailboxId' | 'callId' | 'queueId' | 'ani' | 'dnis' | 'receivedAt'
>

/** What was recorded of it; null: nothing that is kept. */
export interface Recorded {
  readonly durationMs: number
  readonly bytes: number
  readonly endedBy: RecordingEnding
}

export class VoicemailBook {
  readonly #options: VoicemailBookOptions
  readonly #log: MessageLog
  readonly #counts = new MailboxCounts()
  #mailboxes: ReadonlyMap<string, MailboxConfig> = new Map()
  /** Who may hear, by mailbox. */
  #listeners: ReadonlyMap<string, readonly string[]> = new Map()

  constructor(options: VoicemailBookOptions) {
    const { clock, logger, store, checkpoint } = options
    this.#options = options
    this.#log = new MessageLog({
      clock,
      logger,
      store: store.voicemail,
      onSaved: messageId => checkpoint({ kind: 'recording', id: messageId, state: null }),
    })
  }

  configure({ mailboxes, agents }: Pick<CenterConfig, 'mailboxes' | 'agents'>): void {
    this.#mailboxes = new Map(mailboxes.map(mailbox => [mailbox.id, mailbox]))
    const serving = agents.map(agent => ({ id: agent.id, queues: membershipsOf(agent).map(({ id }) => id) }))
    this.#listeners = new Map(
      mailboxes.map(mailbox => [
        mailbox.id,
        serving
          .filter(
            ({ id, queues }) => mailbox.agents.includes(id) || queues.some(queue => mailbox.queues.includes(queue)),
          )
          .map(({ id }) => id),
      ]),
    )
  }

  restore(totals: readonly MailboxTotals[]): void {
    this.#counts.restore(totals)
  }

  // Taking messages.

  mailbox(mailboxId: string): MailboxConfig | null {
    return this.#mailboxes.get(mailboxId) ?? null
  }

  /** A mailbox is full with its messages, those that are just being left included. */
  hasRoom(mailboxId: string): boolean {
    const mailbox = this.mailbox(mailboxId)
    return mailbox !== null && this.#counts.hasRoom(mailbox)
  }

  /** Keeps room for a message that somebody is about to leave. */
  reserve(mailboxId: string, messageId: string, maxMs: number): void {
    this.#counts.reserve(mailboxId, messageId, maxMs)
  }

  /** He did not leave it after all. */
  release(mailboxId: string, messageId: string): void {
    this.#counts.release(mailboxId, messageId)
  }

  /** He speaks: a note of it is kept for the case that the process is killed. */
  begin(message: NewMessage): void {
    this.#options.checkpoint({ kind: 'recording', id: message.messageId, state: message })
  }

  /** The recording is over. */
  close(message: NewMessage, recorded: Recorded | null): void {
    const { tenant, tell, checkpoint } = this.#options
    this.#counts.release(message.mailboxId, message.messageId)
    if (recorded === null) {
      checkpoint({ kind: 'recording', id: message.messageId, state: null })
      return
    }
    const record = { ...message, tenant, ...recorded, heardAt: null, heardBy: null }
    this.#counts.add(record)
    this.#log.save(record)
    const { messageId, mailboxId, callId, queueId, ani, dnis, receivedAt } = message
    const { durationMs } = recorded
    tell('voicemail.received', { messageId, mailboxId, callId, queueId, ani, dnis, receivedAt, durationMs })
  }

  // Hearing them.

  views(): readonly MailboxView[] {
    return [...this.#mailboxes.values()].map(mailbox => {
      const { id, name, maxMessages } = mailbox
      const full = !this.#counts.hasRoom(mailbox)
      return { id, name, maxMessages, ...this.#counts.of(id), full, listeners: this.#listeners.get(id) ?? [] }
    })
  }

  async list(query: VoicemailQuery): Promise<readonly VoicemailRecord[]> {
    const { limit, before, mailboxIds, unheard } = query
    const unsaved = this.#log.unsaved.filter(
      ({ messageId, mailboxId, heardAt }) =>
        (before === undefined || messageId < before) &&
        (mailboxIds === undefined || mailboxIds.includes(mailboxId)) &&
        (unheard === undefined || (heardAt === null) === unheard),
    )
    const saved = await this.#options.store.voicemail.list(query)
    const newer = new Set(unsaved.map(({ messageId }) => messageId))
    return [...unsaved, ...saved.filter(({ messageId }) => !newer.has(messageId))]
      .sort((a, b) => (a.messageId < b.messageId ? 1 : -1))
      .slice(0, limit)
  }

  async get(messageId: string): Promise<VoicemailRecord | null> {
    return this.#log.find(messageId) ?? (await this.#options.store.voicemail.get(messageId))
  }

  /** @throws EngineError `voicemail.unknown` */
  async audio(messageId: string): Promise<{ readonly bytes: number; readonly content: AsyncIterable<Uint8Array> }> {
    await this.#demand(messageId)
    const found = (await this.#options.recordings?.read(messageId)) ?? null
    if (found === null) throw new EngineError('voicemail.unknown', `The recording of message ${messageId} is gone`)
    return found
  }

  /** @throws EngineError `voicemail.unknown` */
  async setHeard(messageId: string, heard: boolean, actor: Actor): Promise<VoicemailRecord> {
    const before = await this.#demand(messageId)
    if ((before.heardAt !== null) === heard) return before
    const { clock, store, tell } = this.#options
    const heardAt = heard ? new Date(clock.now()).toISOString() : null
    const record = { ...before, heardAt, heardBy: heard ? actor : null }
    if (this.#log.find(messageId) === null) await store.voicemail.save([record])
    else this.#log.save(record)
    this.#counts.heard(record.mailboxId, heard)
    tell('voicemail.heard', { messageId, mailboxId: record.mailboxId, callId: record.callId, heard, actor })
    return record
  }

  /** @throws EngineError `voicemail.unknown` */
  async remove(messageId: string, actor: Actor, reason: 'request' | 'retention' = 'request'): Promise<void> {
    const record = await this.#demand(messageId)
    // The sound first: a message without any can be removed again, but nobody would find a file that no message names.
    await this.#options.recordings?.remove(messageId)
    this.#log.drop(messageId)
    await this.#options.store.voicemail.remove([messageId])
    this.#counts.remove(record)
    const { mailboxId, callId } = record
    this.#options.tell('voicemail.deleted', { messageId, mailboxId, callId, reason, actor })
  }

  /** Deletes some messages that were left before an instant. Resolves to whether there may be more. */
  async forget(beforeMs: number): Promise<boolean> {
    const old = await this.#options.store.voicemail.list({ limit: forgottenAtOnce, before: idsFrom(beforeMs) })
    for (const { messageId } of old) await this.remove(messageId, 'system', 'retention')
    return old.length === forgottenAtOnce
  }

  /** Writes what is left, or gives up when the store fails. */
  flush(): Promise<void> {
    return this.#log.flush()
  }

  stop(): void {
    this.#log.stop()
  }

  async #demand(messageId: string): Promise<VoicemailRecord> {
    const record = await this.get(messageId)
    if (record === null) throw new EngineError('voicemail.unknown', `There is no message ${messageId}`)
    return record
  }
}
