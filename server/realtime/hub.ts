/**
 * The one listener to the engine: hands each event to the subscribers of its topics, and keeps the latest ones, so that
 * a replay can meet the present without a gap even while the store lags behind.
 */
import type { Engine } from '../../engine/api.ts'
import type { AnyEvent } from '../../engine/events.ts'
import { keysOf } from './interest.ts'

/** Enough for who was away for a moment; the store has the rest. Each one kept is work for the garbage collector. */
const recentMax = 1_000
/** The oldest are dropped in lumps, because dropping one at a time from an array costs its whole length. */
const recentSlack = 500

const nobody: ReadonlySet<EventSink> = new Set()

export interface EventSink {
  take(event: AnyEvent): void
}

export interface Hub {
  /** Highest cursor that was handed out. */
  cursor(): number
  /** The kept events after a cursor, oldest first, at most `limit`; null if some of them are no longer kept. */
  recent(after: number, limit: number): readonly AnyEvent[] | null
  /** The lowest cursor kept; one more than {@link cursor} when there is none. */
  oldestKept(): number
  add(sink: EventSink, keys: ReadonlySet<string>): void
  remove(sink: EventSink): void
  /** Listens to everything, before any subscriber. */
  tap(listener: (event: AnyEvent) => void): void
  /** Everyone subscribed to a topic of this event. */
  sinksOf(event: AnyEvent): ReadonlySet<EventSink>
  close(): void
}

export function createHub(engine: Engine): Hub {
  const sinks = new Map<string, Set<EventSink>>()
  const keysOfSink = new Map<EventSink, ReadonlySet<string>>()
  const taps: ((event: AnyEvent) => void)[] = []
  let kept: AnyEvent[] = []

  function keep(event: AnyEvent): void {
    if (event.cursor === undefined) return
    const last = kept.at(-1)?.cursor
    if (last !== undefined && Number(last) + 1 !== Number(event.cursor)) kept = []
    kept.push(event)
    if (kept.length >= recentMax + recentSlack) kept = kept.slice(-recentMax)
  }

  function sinksOf(event: AnyEvent): ReadonlySet<EventSink> {
    if (sinks.size === 0) return nobody
    const [bare, withId] = keysOf(event)
    const ofTopic = sinks.get(bare)
    const ofId = sinks.get(withId)
    return new Set([...(ofTopic ?? []), ...(ofId ?? [])])
  }

  const stopListening = engine.onAny(event => {
    keep(event)
    for (const tap of taps) tap(event)
    for (const sink of sinksOf(event)) sink.take(event)
  })

  const oldestKept = () => (kept[0] === undefined ? engine.journal.cursor() + 1 : Number(kept[0].cursor))

  const hub: Hub = {
    cursor: () => engine.journal.cursor(),
    recent(after, limit) {
      const oldest = oldestKept()
      if (after + 1 < oldest) return null
      const start = after + 1 - oldest
      return kept.slice(start, start + limit)
    },
    oldestKept,
    add(sink, keys) {
      hub.remove(sink)
      keysOfSink.set(sink, keys)
      for (const key of keys) {
        const ofKey = sinks.get(key) ?? new Set()
        ofKey.add(sink)
        sinks.set(key, ofKey)
      }
    },
    remove(sink) {
      for (const key of keysOfSink.get(sink) ?? []) {
        const ofKey = sinks.get(key)
        ofKey?.delete(sink)
        if (ofKey?.size === 0) sinks.delete(key)
      }
      keysOfSink.delete(sink)
    },
    tap: listener => {
      taps.push(listener)
    },
    sinksOf,
    close: () => stopListening(),
  }
  return hub
}
