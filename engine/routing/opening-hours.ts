/**
 * When somebody is there: weekly hours with dated exceptions, in the time of a place. Pure. A span is open for the whole
 * of the hours that it names: one that begins in the hour which clocks show twice begins with the first, one that ends
 * there ends with the last.
 */
import { type HoursConfig, type HoursState, weekdays } from '../config-intake.ts'
import { createZone, type LocalDay, parseDay, weekdayOf, type Zone } from './zone.ts'

export interface HoursVerdict {
  readonly open: boolean
  readonly because: 'emergency' | 'exception' | 'weekly'
  /** Of the exception, if it has one. */
  readonly name: string | null
  /** When the calendar will say otherwise, in milliseconds since the epoch; null: not within a year. */
  readonly nextChangeMs: number | null
}

interface Span {
  readonly fromMs: number
  readonly toMs: number
}

interface Minutes {
  readonly from: number
  /** Beyond 1440 for a span that goes on into the next day. */
  readonly to: number
}

interface DatedException {
  readonly first: LocalDay
  readonly last: LocalDay
  readonly name: string
  readonly spans: readonly Minutes[]
}

const minutesOfDay = 1440
const msOfDay = 86_400_000
/** Further ahead no change is looked for. */
const horizonDays = 370

export class OpeningHours {
  readonly #zone: Zone
  /** By weekday, Sunday first. */
  readonly #weekly: readonly (readonly Minutes[])[]
  readonly #exceptions: readonly DatedException[]

  /** @throws RangeError for a zone that there is not */
  constructor(config: Pick<HoursConfig, 'weekly' | 'exceptions'>, timeZone: string) {
    this.#zone = createZone(timeZone)
    this.#weekly = weekdays.map(day => config.weekly.filter(({ days }) => days.includes(day)).map(minutesOf))
    this.#exceptions = config.exceptions.flatMap(({ date, until, name, open }) => {
      const first = parseDay(date)
      const last = parseDay(until ?? date)
      return first === null || last === null ? [] : [{ first, last, name, spans: open.map(minutesOf) }]
    })
  }

  /** What the calendar says at an instant, in milliseconds since the epoch. */
  at(atMs: number): HoursVerdict {
    const today = this.#zone.dayAt(atMs)
    const exception = this.#exceptionOf(today)
    const spans = [today - 1, today, today + 1].flatMap(day => this.#spansOf(day))
    const open = spans.some(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
    return {
      open,
      because: exception === null ? 'weekly' : 'exception',
      name: exception === null || exception.name === '' ? null : exception.name,
      nextChangeMs: open ? this.#closesAfter(atMs, today) : this.#opensAfter(atMs, today),
    }
  }

  /** When it will have been open for so long since an instant; null: not within a year. */
  openedFor(fromMs: number, openMs: number): number | null {
    const horizonMs = fromMs + horizonDays * msOfDay
    let leftMs = openMs
    for (let atMs = fromMs; atMs < horizonMs; ) {
      const { open, nextChangeMs } = this.at(atMs)
      if (open && (nextChangeMs === null || atMs + leftMs <= nextChangeMs)) return atMs + leftMs
      if (nextChangeMs === null) return null
      if (open) leftMs -= nextChangeMs - atMs
      atMs = nextChangeMs
    }
    return null
  }

  /** How long it is open between two instants; milliseconds. */
  openBetween(fromMs: number, toMs: number): number {
    let openMs = 0
    for (let atMs = fromMs; atMs < toMs; ) {
      const { open, nextChangeMs } = this.at(atMs)
      const untilMs = Math.min(nextChangeMs ?? toMs, toMs)
      if (open) openMs += untilMs - atMs
      atMs = untilMs
    }
    return openMs
  }

  #closesAfter(atMs: number, today: LocalDay): number | null {
    let end = atMs
    for (let day = today - 1; day <= today + horizonDays; day += 1) {
      const before = end
      const spans = [...this.#spansOf(day)].sort((a, b) => a.fromMs - b.fromMs)
      for (const { fromMs, toMs } of spans) if (fromMs <= end) end = Math.max(end, toMs)
      if (day > today && end === before) return end
    }
    return null
  }

  #opensAfter(atMs: number, today: LocalDay): number | null {
    for (let day = today; day <= today + horizonDays; day += 1) {
      const begins = this.#spansOf(day).flatMap(({ fromMs, toMs }) => (fromMs > atMs && toMs > fromMs ? [fromMs] : []))
      if (begins.length > 0) return Math.min(...begins)
    }
    return null
  }

  #spansOf(day: LocalDay): readonly Span[] {
    const own = this.#exceptionOf(day)?.spans ?? this.#weekly[weekdayOf(day)] ?? []
    // A day with hours of its own does not go on with those of the night before.
    const cutAt = own.some(({ to }) => to > minutesOfDay) && this.#exceptionOf(day + 1) !== null ? minutesOfDay : null
    return own.map(({ from, to }) => ({
      fromMs: this.#zone.instantOf(day, from, 'first'),
      toMs: this.#zone.instantOf(day, cutAt === null ? to : Math.min(to, cutAt), 'last'),
    }))
  }

  /** Where several hold, the first in the list. */
  #exceptionOf(day: LocalDay): DatedException | null {
    return this.#exceptions.find(({ first, last }) => first <= day && day <= last) ?? null
  }
}

/** The verdict when an emergency holds whatever the calendar says. */
export function inEmergency(state: HoursState, untilMs: number | null): HoursVerdict {
  return { open: state === 'open', because: 'emergency', name: null, nextChangeMs: untilMs }
}

function minutesOf({ from, to }: { from: string; to: string }): Minutes {
  const [begin, end] = [minuteOf(from), minuteOf(to)]
  return { from: begin, to: end > begin ? end : end + minutesOfDay }
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number)
  return hours * 60 + minutes
}
