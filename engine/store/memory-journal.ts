/** A bounded journal: events in the order of their cursors, the oldest dropped first. */
import type { AnyEvent } from '../events.ts'
import type { EventQuery } from '../ports/store.ts'

export interface MemoryJournal {
  /** Keeps every event whose cursor it doesn't have yet. */
  append(events: readonly AnyEvent[]): void
  read(query: EventQuery): readonly AnyEvent[]
  /** Drops what happened before an instant (RFC 3339), but for the last event. */
  forget(before: string): void
  lastCursor(): number
  /** 0 when it is empty. */
  oldestCursor(): number
  /** The highest sequence of every subject that begins with `agent/`. */
  agentSequences(): ReadonlyMap<string, number>
}

interface Entry {
  readonly cursor: number
  readonly event: AnyEvent
}

export function createMemoryJournal(tenant: string, limit: number): MemoryJournal {
  const source = `/tenants/${tenant}`
  let entries: Entry[] = []
  /** Entries before it are dropped already: the array is cut once in a while, not once per event. */
  let first = 0
  /** The highest cursor that was dropped. */
  let droppedTo = 0
  const sequences = new Map<string, number>()

  /** Index of the first kept entry with a greater cursor. */
  function after(cursor: number): number {
    let low = first
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((entries[middle]?.cursor ?? 0) <= cursor) low = middle + 1
      else high = middle
    }
    return low
  }

  function add(event: AnyEvent): void {
    const cursor = Number(event.cursor)
    // What was dropped as too old is not taken back.
    if (cursor <= droppedTo) return
    const place = after(cursor)
    if (place > first && entries[place - 1]?.cursor === cursor) return
    entries.splice(place, 0, { cursor, event: stored(event, source) })
    if (event.subject.startsWith('agent/')) {
      sequences.set(event.subject, Math.max(sequences.get(event.subject) ?? 0, Number(event.sequence)))
    }
  }

  function dropUpTo(index: number): void {
    if (index <= first) return
    first = index
    droppedTo = entries[first - 1]?.cursor ?? droppedTo
    if (first > limit) {
      entries = entries.slice(first)
      first = 0
    }
  }

  return {
    append(events) {
      for (const event of events) add(event)
      dropUpTo(entries.length - limit)
    },
    read(query) {
      const found: AnyEvent[] = []
      for (let index = after(query.after); index < entries.length && found.length < query.limit; index += 1) {
        const event = entries[index]?.event
        if (event === undefined || Number(event.cursor) > (query.upTo ?? Number.POSITIVE_INFINITY)) break
        if (query.subject !== undefined && event.subject !== query.subject) continue
        if (query.callId === undefined || event.correlationid === query.callId) found.push(event)
      }
      return found
    },
    forget(before) {
      let index = first
      while (index < entries.length - 1 && (entries[index]?.event.time ?? '') < before) index += 1
      dropUpTo(index)
    },
    lastCursor: () => entries.at(-1)?.cursor ?? 0,
    oldestCursor: () => entries[first]?.cursor ?? 0,
    agentSequences: () => new Map(sequences),
  }
}

/** As a database would give it back: `durable` tells of one publication, not of the event. */
function stored(event: AnyEvent, source: string): AnyEvent {
  if (event.durable === undefined && event.source === source) return event
  const { durable: _, ...rest } = event
  return { ...rest, source } as AnyEvent
}
