/** Callers' messages in memory. Their mailboxes are bounded, and so is this. */
import type { MailboxTotals, VoicemailStore } from '../ports/store.ts'
import type { VoicemailRecord } from '../records.ts'

export function createMemoryVoicemail(): VoicemailStore {
  const messages = new Map<string, VoicemailRecord>()
  return {
    async save(records) {
      for (const record of records) messages.set(record.messageId, record)
    },
    async list({ limit, before, mailboxIds, unheard }) {
      return [...messages.values()]
        .filter(({ messageId }) => before === undefined || messageId < before)
        .filter(({ mailboxId }) => mailboxIds === undefined || mailboxIds.includes(mailboxId))
        .filter(({ heardAt }) => unheard === undefined || (heardAt === null) === unheard)
        .sort((a, b) => (a.messageId < b.messageId ? 1 : -1))
        .slice(0, limit)
    },
    get: async messageId => messages.get(messageId) ?? null,
    async remove(messageIds) {
      for (const messageId of messageIds) messages.delete(messageId)
    },
    async totals() {
      const totals = new Map<string, MailboxTotals>()
      for (const { mailboxId, heardAt, bytes } of messages.values()) {
        const before = totals.get(mailboxId)
        totals.set(mailboxId, {
          mailboxId,
          messages: (before?.messages ?? 0) + 1,
          unheard: (before?.unheard ?? 0) + (heardAt === null ? 1 : 0),
          bytes: (before?.bytes ?? 0) + bytes,
        })
      }
      return [...totals.values()]
    },
  }
}
