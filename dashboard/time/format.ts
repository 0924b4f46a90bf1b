/** Durations as m:ss and instants in the tenant's time zone. */
import { instantOnWall } from './wall-clock.ts'

/** `0:07`, `12:40`, `1:02:03`; below zero counts as zero. */
export function formatDuration(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000))
  const seconds = String(total % 60).padStart(2, '0')
  const minutes = Math.floor(total / 60) % 60
  const hours = Math.floor(total / 3600)
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`
}

/** `PT45S`, for the dateTime attribute of a time element. */
export function isoDuration(ms: number): string {
  return `PT${Math.max(0, Math.floor(ms / 1000))}S`
}

/** `87 %`; a dash without data. */
export function formatShare(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`
}

export interface TimeFormat {
  /** `12:04:31` */
  time(instant: string | number): string
  /** `12:04:31` today, else `5 Mar, 12:04:31` */
  dateTime(instant: string | number, nowMs: number): string
  /** The way back: the instant at which the clocks show `2026-03-05T15:00`. @returns null if it is no time */
  instantOnWall(local: string): string | null
}

/** An unknown zone falls back to UTC rather than to the reader's own, which would be wrong without a sign of it. */
export function createTimeFormat(timeZone: string): TimeFormat {
  const zone = isTimeZone(timeZone) ? timeZone : 'UTC'
  const base = { timeZone: zone, hourCycle: 'h23' } as const
  const clock = new Intl.DateTimeFormat('en-GB', { ...base, hour: '2-digit', minute: '2-digit', second: '2-digit' })
  const day = new Intl.DateTimeFormat('en-GB', { ...base, day: 'numeric', month: 'short' })
  const fullDay = new Intl.DateTimeFormat('en-GB', { ...base, day: 'numeric', month: 'short', year: 'numeric' })
  return {
    time: instant => clock.format(new Date(instant)),
    dateTime(instant, nowMs) {
      const date = new Date(instant)
      const sameDay = fullDay.format(date) === fullDay.format(nowMs)
      return sameDay ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`
    },
    instantOnWall: local => instantOnWall(local, zone),
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone }) !== null
  } catch {
    return false
  }
}
