/** The center in force, and what is read from it again and again. */
import { type Calendar, createCalendar } from './calendar.ts'
import { noSecrets } from './center-secrets.ts'
import type { CenterConfig, QueueConfig } from './config.ts'
import { withoutSecrets } from './config-check.ts'
import type { CenterSecrets } from './ports/store.ts'

export class CurrentCenter {
  /** Without secrets. */
  center: CenterConfig
  secrets: CenterSecrets = noSecrets
  calendar: Calendar
  queues: ReadonlyMap<string, QueueConfig>

  constructor(center: CenterConfig) {
    this.center = center
    this.calendar = createCalendar(center.timeZone)
    this.queues = queuesOf(center)
  }

  replace(center: CenterConfig, secrets: CenterSecrets): void {
    this.center = withoutSecrets(center)
    this.secrets = secrets
    this.calendar = createCalendar(center.timeZone)
    this.queues = queuesOf(center)
  }
}

function queuesOf({ queues }: CenterConfig): ReadonlyMap<string, QueueConfig> {
  return new Map(queues.map(queue => [queue.id, queue]))
}
