/** Who leaves a line and is back at once keeps his place: what is remembered of whom. Never of one who withholds his number. */
import type { QueueConfig } from '../config.ts'
import type { Ani } from '../events.ts'
import type { LeftPlace, ReEntries } from '../queues/re-entries.ts'
import type { CallRecord } from '../records.ts'
import type { CallCore } from './call-core.ts'
import { priorityOf } from './routing-request.ts'

/** The caller has hung up, or was cut off, while he waited. */
export function rememberLeaving(
  { services, facts }: CallCore,
  { id, reentryGraceMs = 0 }: QueueConfig,
  { enqueuedAt, priority }: Pick<LeftPlace, 'enqueuedAt' | 'priority'>,
): void {
  const number = numberOf(facts.ani)
  if (reentryGraceMs === 0 || number === null) return
  const now = services.clock.now()
  services.reEntries.remember(id, number, { enqueuedAt, priority, untilMs: now + reentryGraceMs }, now)
}

/** The process was killed under the caller's feet. He can call again from now on. */
export function rememberCutOff(
  reEntries: ReEntries,
  queues: readonly QueueConfig[],
  { ani, visits, attributes }: CallRecord,
  now: number,
): void {
  const number = numberOf(ani)
  const cut = visits.find(({ outcome, reason }) => outcome !== 'answered' && reason === 'restart')
  const { reentryGraceMs = 0 } = queues.find(({ id }) => id === cut?.queueId) ?? {}
  // Whose place a callback had waits on as that.
  if (cut === undefined || cut.callbackId !== undefined || number === null || reentryGraceMs === 0) return
  const { queueId, enqueuedAt, priority } = cut
  const place = { enqueuedAt: Date.parse(enqueuedAt), priority: priorityOf(attributes) ?? priority }
  reEntries.remember(queueId, number, { ...place, untilMs: now + reentryGraceMs }, now)
}

/** The place that the caller has left a moment ago; null: he did not, or is too late. */
export function placeLeft({ services, facts }: CallCore, { id, reentryGraceMs = 0 }: QueueConfig): LeftPlace | null {
  const number = numberOf(facts.ani)
  if (reentryGraceMs === 0 || number === null) return null
  return services.reEntries.take(id, number, services.clock.now())
}

function numberOf({ e164, raw, withheld }: Ani): string | null {
  const number = e164 ?? raw
  return withheld || number === '' ? null : number
}
