/** Hands events to listeners. A listener that throws harms nobody but itself. */
import type { AnyEvent, EventEnvelope, EventType } from './events.ts'
import type { Logger } from './ports/logger.ts'

type Listener = (event: AnyEvent) => void

export class EventBus {
  readonly #logger: Logger
  readonly #byType = new Map<EventType, Set<Listener>>()
  readonly #any = new Set<Listener>()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  on<T extends EventType>(type: T, listener: (event: EventEnvelope<T>) => void): () => void {
    const listeners = this.#byType.get(type) ?? new Set<Listener>()
    this.#byType.set(type, listeners)
    const own: Listener = event => listener(event as unknown as EventEnvelope<T>)
    listeners.add(own)
    return () => {
      listeners.delete(own)
    }
  }

  onAny(listener: Listener): () => void {
    const own: Listener = event => listener(event)
    this.#any.add(own)
    return () => {
      this.#any.delete(own)
    }
  }

  publish(event: AnyEvent): void {
    for (const listener of this.#byType.get(event.type) ?? []) this.#call(listener, event)
    for (const listener of this.#any) this.#call(listener, event)
  }

  #call(listener: Listener, event: AnyEvent): void {
    try {
      listener(event)
    } catch (error) {
      this.#logger.error({ err: error, type: event.type }, 'an event listener failed')
    }
  }
}
