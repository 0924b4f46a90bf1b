/** The way out to one socket, with a count of what has not left yet. */
import type { AnyEvent } from '../../engine/events.ts'
import type { Snapshot } from '../api/realtime.ts'

export interface Outbox {
  /** Packets handed over since the connection was last able to take them all. */
  queued(): number
  event(event: AnyEvent): void
  resync(reply: { cursor: string; snapshot: Snapshot }): void
  /** Calls back once, when everything has left; at once if nothing is queued. */
  whenDrained(callback: () => void): void
}

/** What an outbox needs of a Socket.IO socket. */
export interface OutgoingConnection {
  emit(type: string, payload: unknown): void
  /** Calls back whenever the connection has taken all queued packets. */
  onDrain(callback: () => void): void
}

export function createOutbox(connection: OutgoingConnection): Outbox {
  let queued = 0
  let waiting: (() => void)[] = []
  connection.onDrain(() => {
    queued = 0
    const callbacks = waiting
    waiting = []
    for (const callback of callbacks) callback()
  })
  function emit(type: string, payload: unknown): void {
    // Counted first: a connection that is free drains within `emit`.
    queued += 1
    connection.emit(type, payload)
  }
  return {
    queued: () => queued,
    event: event => emit(event.type, event),
    resync: reply => emit('resync', reply),
    whenDrained(callback) {
      if (queued === 0) callback()
      else waiting.push(callback)
    },
  }
}
