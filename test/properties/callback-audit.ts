/** What the event stream may say about callbacks: the place that one keeps is the one that it was asked for. */
import type { AnyEvent } from '../../engine/events.ts'

export class CallbackAudit {
  readonly #fault: (what: string) => void
  /** By callback: since when its place counts; null: it is over. */
  readonly #places = new Map<string, string | null>()

  constructor(fault: (what: string) => void) {
    this.#fault = fault
  }

  see(event: AnyEvent): void {
    switch (event.type) {
      case 'callback.requested':
        if (this.#places.has(event.data.callbackId)) this.#fault(`callback ${event.data.callbackId} began twice`)
        this.#places.set(event.data.callbackId, event.data.enqueuedAt)
        break
      case 'callback.attempted':
        if (!this.#isOpen(event.data.callbackId)) this.#fault(`${event.data.callbackId} was attempted, but is not open`)
        break
      case 'callback.failed':
        if (event.data.nextAt === null) this.#end(event.data.callbackId, event.type)
        break
      case 'callback.connected':
      case 'callback.expired':
      case 'callback.canceled':
        this.#end(event.data.callbackId, event.type)
        break
    }
  }

  /** Invariant 5: a call for it waits in its place, and in no other. */
  keeps(callbackId: string, enqueuedAt: string): void {
    const place = this.#places.get(callbackId)
    if (place == null) this.#fault(`a call waits for callback ${callbackId}, which is not open`)
    else if (place !== enqueuedAt) this.#fault(`callback ${callbackId} keeps ${place}, but its call ${enqueuedAt}`)
  }

  finish(): void {
    for (const [callbackId, place] of this.#places)
      if (place !== null) this.#fault(`callback ${callbackId} never ended`)
  }

  #isOpen(callbackId: string): boolean {
    return this.#places.get(callbackId) != null
  }

  #end(callbackId: string, how: string): void {
    if (!this.#isOpen(callbackId)) this.#fault(`${how} of ${callbackId}, which is not open`)
    this.#places.set(callbackId, null)
  }
}
