/** Wires what decides about calls before they wait: opening hours, lookups, flows. */
import type { LookupFunction } from './api.ts'
import type { LookUp } from './calls/call-services.ts'
import type { Journal } from './journal.ts'
import type { Clock } from './ports/clock.ts'
import type { HttpPort } from './ports/http.ts'
import type { Ids } from './ports/ids.ts'
import type { Logger } from './ports/logger.ts'
import { FlowBook } from './routing/flow-runner.ts'
import { HoursBook } from './routing/hours-book.ts'
import { lookUp } from './routing/look-up.ts'
import { Lookups } from './routing/lookups.ts'

export interface IntakeOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly ids: Ids
  readonly journal: Journal
  readonly http: HttpPort
  readonly functions: Readonly<Record<string, LookupFunction>>
  /** Private addresses that may be asked. */
  allow(): readonly string[]
}

export function createIntake({ clock, logger, ids, journal, http, functions, allow }: IntakeOptions) {
  const hours = new HoursBook({
    clock,
    emit(data) {
      // A subject of its own for each: they are few, and far between.
      const subject = `hours/${ids.ulid()}`
      journal.emit('hours.override_set', subject, data, null)
      journal.closeSubject(subject)
    },
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  const lookups = new Lookups({ clock, logger, http, functions, allow })
  const lookUpWith: LookUp = (...asked) => lookUp(lookups, ...asked)
  return { hours, lookups, lookUp: lookUpWith, flows: new FlowBook(hours, lookups) }
}
