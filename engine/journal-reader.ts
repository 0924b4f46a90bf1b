/** Reads the journal back, what the store has not taken yet included: the `journal` of an engine. */
import type { Engine } from './api.ts'
import type { Journal } from './journal.ts'
import type { Store } from './ports/store.ts'

export function createJournalReader(journal: Journal, store: Store): Engine['journal'] {
  return {
    cursor: () => journal.cursor,
    async read(after, limit, callId) {
      const events = await store.readEvents({ after, limit, ...(callId === undefined ? {} : { callId }) })
      if (events.length >= limit) return events
      // Nobody is to miss an event for a slow database.
      const last = Number(events.at(-1)?.cursor ?? after)
      const waiting = journal
        .unwritten()
        .filter(event => Number(event.cursor) > last && (callId === undefined || event.correlationid === callId))
      return [...events, ...waiting].slice(0, limit)
    },
    oldestCursor: () => store.oldestCursor(),
    missed: after => journal.missed(after),
  }
}
