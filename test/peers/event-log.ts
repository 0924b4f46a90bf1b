/** What an engine has said, in order, and waiting for what it has not said yet. */
import type { AnyEvent, EventEnvelope, EventType } from '../../engine/index.ts'

interface Waiter {
  readonly type: EventType
  see(event: AnyEvent): void
}

export class EventLog {
  readonly #events: AnyEvent[] = []
  readonly #waiters = new Set<Waiter>()

  add(event: AnyEvent): void {
    this.#events.push(event)
    for (const waiter of [...this.#waiters]) if (waiter.type === event.type) waiter.see(event)
  }

  /** Every event of a type so far. */
  all<T extends EventType>(type: T): readonly EventEnvelope<T>[] {
    return this.#events.filter(event => event.type === type) as readonly unknown[] as readonly EventEnvelope<T>[]
  }

  /** The types so far that begin with one of the prefixes, in order. */
  types(...prefixes: readonly string[]): readonly EventType[] {
    return this.#events.map(({ type }) => type).filter(type => prefixes.some(prefix => type.startsWith(prefix)))
  }

  /**
   * The first event of a type that fits, past or to come.
   * @throws an Error with everything that was said instead, after `timeoutMs`
   */
  waitFor<T extends EventType>(
    type: T,
    fits: (data: EventEnvelope<T>['data']) => boolean = () => true,
    timeoutMs = 30_000,
  ): Promise<EventEnvelope<T>> {
    const seen = this.all(type).find(event => fits(event.data))
    if (seen !== undefined) return Promise.resolve(seen)
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        type,
        see: event => {
          const candidate = event as unknown as EventEnvelope<T>
          if (!fits(candidate.data)) return
          this.#waiters.delete(waiter)
          clearTimeout(timer)
          resolve(candidate)
        },
      }
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter)
        reject(new Error(`No ${type} within ${timeoutMs} ms. Said so far:\n${this.describe()}`))
      }, timeoutMs)
      this.#waiters.add(waiter)
    })
  }

  describe(): string {
    return this.#events
      .filter(({ type }) => type !== 'queue.snapshot')
      .map(({ type, data }) => `${type} ${JSON.stringify(data).slice(0, 200)}`)
      .join('\n')
  }
}
