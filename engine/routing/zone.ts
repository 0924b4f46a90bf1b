/** Local time in an IANA zone: what a wall clock shows at an instant, and when it shows a given time. Pure. */

const dayMs = 86_400_000
const minuteMs = 60_000

/** A day of the calendar as the number of days since 1970-01-01. */
export type LocalDay = number

export interface Zone {
  /** What a wall clock is ahead of UTC at an instant. */
  offsetMs(atMs: number): number
  /** The calendar's day at an instant. */
  dayAt(atMs: number): LocalDay
  /**
   * The instant at which a wall clock shows a time of a day; `minutes` may be 1440 and more. A time that is skipped when
   * clocks go forward is the moment of the change; of one that comes twice when they go back, the first or the last.
   */
  instantOf(day: LocalDay, minutes: number, which: 'first' | 'last'): number
}

/** @throws RangeError for a zone that there is not */
export function createZone(timeZone: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })

  function wallMs(atMs: number): number {
    const field: Record<string, number> = {}
    for (const { type, value } of format.formatToParts(atMs)) field[type] = Number(value)
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = field
    return Date.UTC(year, month - 1, day, hour, minute, second)
  }

  const offsetMs = (atMs: number) => wallMs(atMs) - Math.floor(atMs / 1000) * 1000

  /** The first instant in (from, to] at which the offset is that of `to`; there is one change in between. */
  function changeBetween(from: number, to: number): number {
    const after = offsetMs(to)
    let before = from
    let at = to
    while (at - before > 1000) {
      const middle = Math.floor((before + at) / 2000) * 1000
      if (offsetMs(middle) === after) at = middle
      else before = middle
    }
    return at
  }

  return {
    offsetMs,
    dayAt: atMs => Math.floor(wallMs(atMs) / dayMs),
    instantOf(day, minutes, which) {
      const wall = day * dayMs + minutes * minuteMs
      // No zone has changed twice within two days: the offsets around the time are all that it can have.
      const before = wall - offsetMs(wall - dayMs)
      const after = wall - offsetMs(wall + dayMs)
      if (before === after) return before
      const isBefore = before + offsetMs(before) === wall
      const isAfter = after + offsetMs(after) === wall
      if (isBefore && isAfter) return which === 'first' ? Math.min(before, after) : Math.max(before, after)
      if (isBefore) return before
      return isAfter ? after : changeBetween(wall - dayMs, wall + dayMs)
    },
  }
}

/** `2026-12-25` as a day; null if the calendar has no such date. */
export function parseDay(text: string): LocalDay | null {
  const ms = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(text) ? null : ms / dayMs
}

/** 0 is Sunday. 1970-01-01 was a Thursday. */
export function weekdayOf(day: LocalDay): number {
  return (((day + 4) % 7) + 7) % 7
}
