/** Who leaves a line and is back at once keeps his place: what is remembered of whom. Never of one who withholds his number. */
import type { QueueConfig } from '../config.ts'
import type { CallCore } from './call-core.ts'

/** The caller has hung up, or was cut off, while he waited. */
export function rememberLeaving({ services, facts }: CallCore, queue: QueueConfig, enqueuedAt: number): void {
  const { reentryGraceMs = 0 } = queue
  const number = numberOf(facts.ani)
  if (reentryGraceMs === 0 || number === null) return
  services.reEntries.remember(queue.id, number, enqueuedAt, services.clock.now() + reentryGraceMs)
}

/** When the wait began that the caller broke off a moment ago; null: he did not, or is too late. */
export function placeLeft({ services, facts }: CallCore, queue: QueueConfig): number | null {
  const { reentryGraceMs = 0 } = queue
  const number = numberOf(facts.ani)
  if (reentryGraceMs === 0 || number === null) return null
  return services.reEntries.take(queue.id, number, services.clock.now())
}

function numberOf({ e164, raw, withheld }: CallCore['facts']['ani']): string | null {
  const number = e164 ?? raw
  return withheld || number === '' ? null : number
}
