/** Tells a waiting caller his place and what is left to wait, never more than he was told before. */
import type { QueueConfig } from '../config.ts'
import type { PromptLanguage } from '../config-intake.ts'
import type { RecipeActions } from '../config-recipes.ts'
import { positionPrompts, waitPrompts } from '../queues/announcement.ts'
import { provenMs } from '../queues/estimate.ts'
import type { CallCore } from './call-core.ts'
import { languageOf } from './language.ts'

type Announcement = NonNullable<RecipeActions['announce']>

export class PlaceAnnouncer {
  readonly #core: CallCore
  readonly #queue: QueueConfig
  /** The last position that the caller was told: an increase is never announced. */
  #announced = Number.POSITIVE_INFINITY
  #announcedMinutes = Number.POSITIVE_INFINITY

  constructor(core: CallCore, queue: QueueConfig) {
    this.#core = core
    this.#queue = queue
  }

  /** @param place 1 for the first */
  announce(place: number, { say, position, wait }: Announcement): void {
    const { bridge, services, record } = this.#core
    this.#announced = Math.min(this.#announced, place)
    const language = languageOf(record.attributes, this.#queue.language ?? null)
    const names = [
      ...[say ?? []].flat(),
      ...(position ? positionPrompts(this.#announced, language) : []),
      ...(wait ? this.#waitPrompts(place, language) : []),
      ...(say === undefined ? ['thank-you-for-waiting'] : []),
    ]
    bridge.playPrompts(
      names.flatMap(name => services.promptName(name, language) ?? []),
      'announcement',
    )
  }

  /** Nothing without an estimate that something stands behind, and nothing when it is longer than the one that the caller was told. */
  #waitPrompts(place: number, language: PromptLanguage): readonly string[] {
    const waitMs = provenMs(this.#core.services.dispatcher.waitAt(this.#queue.id, place))
    if (waitMs === null) return []
    const minutes = Math.ceil(waitMs / 60_000)
    if (minutes > this.#announcedMinutes) return []
    this.#announcedMinutes = minutes
    return waitPrompts(minutes, language)
  }
}
