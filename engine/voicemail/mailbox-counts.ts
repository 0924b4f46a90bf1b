/** How much each mailbox holds, and how much is being said into it at this moment. */
import type { MailboxConfig } from '../config-voicemail.ts'
import type { MailboxTotals } from '../ports/store.ts'
import type { VoicemailRecord } from '../records.ts'

const bytesPerMegabyte = 1_000_000
/** 16 bits, 8 kHz. */
const bytesPerMs = 16

interface Counts {
  messages: number
  unheard: number
  bytes: number
}

type Held = Pick<VoicemailRecord, 'mailboxId' | 'heardAt' | 'bytes'>

export class MailboxCounts {
  readonly #counts = new Map<string, Counts>()
  /** Bytes that messages under way may need at most, by id. */
  readonly #reserved = new Map<string, Map<string, number>>()

  restore(totals: readonly MailboxTotals[]): void {
    for (const { mailboxId, ...counts } of totals) this.#counts.set(mailboxId, { ...counts })
  }

  of(mailboxId: string): Readonly<Counts> {
    return this.#counts.get(mailboxId) ?? { messages: 0, unheard: 0, bytes: 0 }
  }

  hasRoom({ id, maxMessages, maxMegabytes }: Pick<MailboxConfig, 'id' | 'maxMessages' | 'maxMegabytes'>): boolean {
    const { messages, bytes } = this.of(id)
    const reserved = [...(this.#reserved.get(id)?.values() ?? [])]
    const reservedBytes = reserved.reduce((sum, each) => sum + each, 0)
    return messages + reserved.length < maxMessages && bytes + reservedBytes < maxMegabytes * bytesPerMegabyte
  }

  reserve(mailboxId: string, messageId: string, maxMs: number): void {
    const reserved = this.#reserved.get(mailboxId) ?? new Map<string, number>()
    this.#reserved.set(mailboxId, reserved)
    reserved.set(messageId, maxMs * bytesPerMs)
  }

  release(mailboxId: string, messageId: string): void {
    const reserved = this.#reserved.get(mailboxId)
    reserved?.delete(messageId)
    if (reserved?.size === 0) this.#reserved.delete(mailboxId)
  }

  add(held: Held): void {
    this.#change(held, 1)
  }

  remove(held: Held): void {
    this.#change(held, -1)
  }

  heard(mailboxId: string, heard: boolean): void {
    const counts = this.#counts.get(mailboxId)
    if (counts !== undefined) counts.unheard = Math.max(0, counts.unheard + (heard ? -1 : 1))
  }

  #change({ mailboxId, heardAt, bytes }: Held, by: 1 | -1): void {
    const { messages, unheard, bytes: before } = this.of(mailboxId)
    const counts = {
      messages: Math.max(0, messages + by),
      unheard: Math.max(0, unheard + (heardAt === null ? by : 0)),
      bytes: Math.max(0, before + by * bytes),
    }
    if (counts.messages === 0) this.#counts.delete(mailboxId)
    else this.#counts.set(mailboxId, counts)
  }
}
