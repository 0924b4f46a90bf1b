/**
 * The opening hours of the center: the calendar's word, unless a supervisor, or an emergency in the definition, says
 * otherwise. What a supervisor says outlives a restart.
 */
import type { Actor, HoursView } from '../api.ts'
import type { CenterConfig } from '../config.ts'
import type { HoursConfig, HoursState } from '../config-intake.ts'
import { EngineError } from '../errors.ts'
import type { EventData } from '../events.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { Checkpoint } from '../ports/store.ts'
import { type HoursVerdict, inEmergency, OpeningHours } from './opening-hours.ts'

export interface HoursBookOptions {
  readonly clock: Clock
  emit(data: EventData<'hours.override_set'>): void
  checkpoint(checkpoint: Checkpoint): void
}

interface Override {
  readonly state: HoursState
  readonly reason: string
  readonly actor: Actor
  readonly sinceMs: number
  /** Null: until it is taken back. */
  readonly untilMs: number | null
}

interface Entry {
  readonly config: HoursConfig
  readonly timeZone: string
  readonly calendar: OpeningHours
  /** The calendar's last word, and the time for which it holds. */
  known: { readonly verdict: HoursVerdict; readonly fromMs: number; readonly untilMs: number } | null
}

/** How long a word is kept when no change is in sight. */
const longestKeptMs = 86_400_000
/** Timers hold no longer delays than this. */
const longestTimerMs = 2_147_483_647

export class HoursBook {
  readonly #options: HoursBookOptions
  readonly #entries = new Map<string, Entry>()
  readonly #overrides = new Map<string, Override>()
  readonly #timers = new Map<string, TimerHandle>()

  constructor(options: HoursBookOptions) {
    this.#options = options
  }

  configure({ hours, timeZone }: Pick<CenterConfig, 'hours' | 'timeZone'>): void {
    this.#entries.clear()
    for (const config of hours) {
      const zone = config.timeZone ?? timeZone
      this.#entries.set(config.id, { config, timeZone: zone, calendar: new OpeningHours(config, zone), known: null })
    }
    for (const hoursId of [...this.#overrides.keys()]) if (!this.#entries.has(hoursId)) this.#forget(hoursId)
  }

  /** What the last process knew. Before {@link configure}. */
  restore(checkpoints: readonly Checkpoint[]): void {
    for (const { kind, id, state } of checkpoints) {
      if (kind !== 'hours' || state === null) continue
      const override = state as Override
      this.#overrides.set(id, override)
      this.#armEnd(id, override)
    }
  }

  list(): readonly HoursView[] {
    return [...this.#entries.keys()].map(hoursId => this.view(hoursId))
  }

  /** @throws EngineError `hours.unknown`, as all methods that take an id */
  view(hoursId: string): HoursView {
    const { config, timeZone } = this.#known(hoursId)
    const verdict = this.verdict(hoursId)
    const override = this.#overrides.get(hoursId)
    return {
      id: config.id,
      timeZone,
      open: verdict.open,
      because: verdict.because,
      name: verdict.name,
      nextChangeAt: instant(verdict.nextChangeMs),
      emergency: config.emergency,
      override:
        override === undefined
          ? null
          : {
              state: override.state,
              reason: override.reason,
              actor: override.actor,
              since: new Date(override.sinceMs).toISOString(),
              until: instant(override.untilMs),
            },
    }
  }

  /** Whether somebody is there now. */
  verdict(hoursId: string): HoursVerdict {
    const entry = this.#known(hoursId)
    const override = this.#overrides.get(hoursId)
    if (override !== undefined) return inEmergency(override.state, override.untilMs)
    if (entry.config.emergency !== null) return inEmergency(entry.config.emergency, null)
    const nowMs = this.#options.clock.now()
    const { known } = entry
    if (known !== null && known.fromMs <= nowMs && nowMs < known.untilMs) return known.verdict
    const verdict = entry.calendar.at(nowMs)
    entry.known = { verdict, fromMs: nowMs, untilMs: verdict.nextChangeMs ?? nowMs + longestKeptMs }
    return verdict
  }

  /** The same, for those who may outlive the hours; null: there are none. */
  verdictIf(hoursId: string): HoursVerdict | null {
    return this.#entries.has(hoursId) ? this.verdict(hoursId) : null
  }

  /** What the calendar says of another time; overrides are of now. */
  calendarAt(hoursId: string, atMs: number): HoursVerdict {
    return this.#known(hoursId).calendar.at(atMs)
  }

  /** When it will have been open for so long since an instant, by the calendar; null: not within a year. */
  openedFor(hoursId: string, fromMs: number, openMs: number): number | null {
    return this.#known(hoursId).calendar.openedFor(fromMs, openMs)
  }

  /** How long it is open between two instants by the calendar; milliseconds. */
  openBetween(hoursId: string, fromMs: number, toMs: number): number {
    return this.#known(hoursId).calendar.openBetween(fromMs, toMs)
  }

  /** @param state null: the calendar, and the definition's emergency, hold again */
  override(
    hoursId: string,
    state: HoursState | null,
    { untilMs = null, reason = '', actor }: { untilMs?: number | null; reason?: string; actor: Actor },
  ): HoursView {
    this.#known(hoursId)
    const { clock } = this.#options
    if (untilMs !== null && untilMs <= clock.now())
      throw new EngineError('request.invalid', 'The override would end before it begins', {
        problems: [{ path: 'until', value: instant(untilMs), allowed: 'an instant to come' }],
      })
    if (state === null) {
      if (this.#forget(hoursId)) this.#tell(hoursId, null, null, reason, actor)
      return this.view(hoursId)
    }
    this.#forget(hoursId)
    const override: Override = { state, reason, actor, sinceMs: clock.now(), untilMs }
    this.#overrides.set(hoursId, override)
    this.#options.checkpoint({ kind: 'hours', id: hoursId, state: override })
    this.#armEnd(hoursId, override)
    this.#tell(hoursId, state, untilMs, reason, actor)
    return this.view(hoursId)
  }

  stop(): void {
    for (const timer of this.#timers.values()) this.#options.clock.clearTimeout(timer)
    this.#timers.clear()
  }

  #armEnd(hoursId: string, { untilMs }: Override): void {
    if (untilMs === null) return
    const { clock } = this.#options
    const leftMs = Math.max(0, untilMs - clock.now())
    const timer = clock.setTimeout(
      () => {
        this.#timers.delete(hoursId)
        const override = this.#overrides.get(hoursId)
        if (override === undefined) return
        if (leftMs > longestTimerMs) this.#armEnd(hoursId, override)
        else if (this.#forget(hoursId)) this.#tell(hoursId, null, null, 'ended', 'system')
      },
      Math.min(leftMs, longestTimerMs),
    )
    this.#timers.set(hoursId, timer)
  }

  #forget(hoursId: string): boolean {
    const timer = this.#timers.get(hoursId)
    if (timer !== undefined) this.#options.clock.clearTimeout(timer)
    this.#timers.delete(hoursId)
    if (!this.#overrides.delete(hoursId)) return false
    this.#options.checkpoint({ kind: 'hours', id: hoursId, state: null })
    return true
  }

  #tell(hoursId: string, state: HoursState | null, untilMs: number | null, reason: string, actor: Actor): void {
    this.#options.emit({ hoursId, state, until: instant(untilMs), reason, actor })
  }

  #known(hoursId: string): Entry {
    const entry = this.#entries.get(hoursId)
    if (entry === undefined) throw new EngineError('hours.unknown', `There are no opening hours ${hoursId}`)
    return entry
  }
}

function instant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
