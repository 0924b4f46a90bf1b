/**
 * Looks through the journal for what is told of something else than a call. Only whoever asks for an explanation pays for it, and a
 * stretch is bounded, so that nobody reads a year.
 */
import type { AnyEvent } from './events.ts'
import type { Journal } from './journal.ts'
import type { Store } from './ports/store.ts'

/** Events that are looked through at most. */
const longestStretch = 100_000
/** Between them others have their turn. */
const pageLength = 5_000

export interface JournalLookBack {
  /**
   * What is told of a subject after a cursor and up to another one, oldest first.
   * @param isOver whether the rest may be left
   */
  of(
    subject: string,
    after: number,
    options?: { readonly upTo?: number; isOver?(event: AnyEvent): boolean },
  ): Promise<readonly AnyEvent[]>
  /** The highest cursor of what was told before an instant, in milliseconds since the epoch; 0: there is nothing. */
  cursorAt(timeMs: number): Promise<number>
}

export function createJournalLookBack(
  journal: Pick<Journal, 'cursor' | 'unwritten'>,
  store: Pick<Store, 'readEvents' | 'oldestCursor'>,
): JournalLookBack {
  return {
    async of(subject, after, { upTo = journal.cursor, isOver = () => false } = {}) {
      const found: AnyEvent[] = []
      const end = Math.min(upTo, after + longestStretch)
      for (let from = after; from < end && !found.some(isOver); from += pageLength) {
        const page = { after: from, upTo: Math.min(end, from + pageLength), limit: pageLength, subject }
        found.push(...(await store.readEvents(page)))
      }
      const last = Number(found.at(-1)?.cursor ?? after)
      const waiting = journal
        .unwritten()
        .filter(({ cursor, subject: of }) => of === subject && Number(cursor) > last && Number(cursor) <= end)
      return [...found, ...waiting]
    },

    async cursorAt(timeMs) {
      let [low, high] = [Math.max(0, (await store.oldestCursor()) - 1), journal.cursor]
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        const [event] = await store.readEvents({ after: middle, limit: 1 })
        if (event === undefined || Number(event.cursor) > high || Date.parse(event.time) >= timeMs) high = middle
        else low = Number(event.cursor)
      }
      return low
    },
  }
}
