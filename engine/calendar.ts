/** The tenant's calendar day: where "today" begins for its figures. */

export interface Calendar {
  /** The day of an instant (milliseconds since the epoch), e.g. `2026-11-22`: equal strings, same day. */
  dayKey(atMs: number): string
  /** When the day of `atMs` began. */
  startOfDay(atMs: number): number
}

/** @param timeZone an IANA name */
export function createCalendar(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' })
  const dayKey = (atMs: number) => format.format(atMs)
  return {
    dayKey,
    startOfDay(atMs) {
      // Zones are whole minutes from UTC and days 23 to 25 hours long: the first minute of the day is found by halving.
      const day = dayKey(atMs)
      const minute = 60_000
      let inside = Math.floor(atMs / minute)
      let outside = inside - 26 * 60
      while (inside - outside > 1) {
        const middle = Math.floor((inside + outside) / 2)
        if (dayKey(middle * minute) === day) inside = middle
        else outside = middle
      }
      return inside * minute
    },
  }
}
