/** Opening hours against the calendars of several zones. Instants are written with their offset. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'
import { OpeningHours } from './opening-hours.ts'

type HoursInput = NonNullable<CenterInput['hours']>[number]

function hoursOf(input: Omit<HoursInput, 'id'>, timeZone: string): OpeningHours {
  const [config] = parseCenter({ hours: [{ id: 'h', ...input }] }).hours
  if (config === undefined) throw new Error('no hours')
  return new OpeningHours(config, timeZone)
}

const allDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
const workdays = ['mon', 'tue', 'wed', 'thu', 'fri'] as const
const office = { weekly: [{ days: [...workdays], from: '09:00', to: '17:00' }] }
const instant = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
const at = (text: string) => Date.parse(text)

describe('weekly hours', () => {
  it.each([
    // Spring and autumn of each zone: the same wall clock, another instant.
    ['Europe/London', '2026-03-27T09:00:00Z', true, '2026-03-27T17:00:00.000Z'],
    ['Europe/London', '2026-03-30T08:00:00Z', true, '2026-03-30T16:00:00.000Z'],
    ['Europe/London', '2026-03-30T07:59:59Z', false, '2026-03-30T08:00:00.000Z'],
    ['Europe/London', '2026-10-23T16:00:00Z', false, '2026-10-26T09:00:00.000Z'],
    ['America/New_York', '2026-03-06T13:59:00Z', false, '2026-03-06T14:00:00.000Z'],
    ['America/New_York', '2026-03-06T22:00:00Z', false, '2026-03-09T13:00:00.000Z'],
    ['America/New_York', '2026-10-30T20:59:59Z', true, '2026-10-30T21:00:00.000Z'],
    ['America/New_York', '2026-10-30T21:00:00Z', false, '2026-11-02T14:00:00.000Z'],
    // Half an hour of summer time, and zones that are not whole hours from UTC.
    ['Australia/Lord_Howe', '2026-04-03T06:00:00Z', false, '2026-04-05T22:30:00.000Z'],
    ['Asia/Kathmandu', '2026-06-01T03:15:00Z', true, '2026-06-01T11:15:00.000Z'],
    ['Pacific/Chatham', '2026-04-03T03:14:59Z', true, '2026-04-03T03:15:00.000Z'],
    ['Pacific/Chatham', '2026-04-03T03:15:00Z', false, '2026-04-05T20:15:00.000Z'],
    ['Africa/Casablanca', '2026-02-16T08:00:00Z', false, '2026-02-16T09:00:00.000Z'],
  ])('%s at %s: open %s, next change %s', (zone, when, open, next) => {
    const verdict = hoursOf(office, zone).at(at(when))
    expect([verdict.open, instant(verdict.nextChangeMs)]).toEqual([open, next])
  })

  it.each([
    // The hour from 01:00 comes twice: who names a part of it is open from its first beginning to its last end.
    ['01:30', '02:30', '2026-10-25T00:30:00Z', '2026-10-25T02:30:00Z'],
    ['00:30', '01:30', '2026-10-24T23:30:00Z', '2026-10-25T01:30:00Z'],
  ])('goes on through the hour that comes twice: %s to %s', (from, to, first, last) => {
    const hours = hoursOf({ weekly: [{ days: ['sun'], from, to }] }, 'Europe/London')
    expect(hours.at(at(first) - 1).open).toBe(false)
    expect(hours.at(at(first))).toMatchObject({ open: true, nextChangeMs: at(last) })
    expect(hours.at(at(last)).open).toBe(false)
  })

  it('opens when clocks go forward over the time at which it should', () => {
    const hours = hoursOf({ weekly: [{ days: ['sun'], from: '01:30', to: '03:00' }] }, 'Europe/London')
    expect(hours.at(at('2026-03-29T00:59:59Z'))).toMatchObject({
      open: false,
      nextChangeMs: at('2026-03-29T01:00:00Z'),
    })
    expect(hours.at(at('2026-03-29T01:00:00Z'))).toMatchObject({ open: true, nextChangeMs: at('2026-03-29T02:00:00Z') })
  })

  it('knows a day that never was', () => {
    // Samoa left out 30 December 2011.
    const hours = hoursOf({ weekly: [{ days: ['fri'], from: '09:00', to: '17:00' }] }, 'Pacific/Apia')
    expect(hours.at(at('2011-12-29T12:00:00-10:00'))).toMatchObject({
      open: false,
      nextChangeMs: at('2012-01-06T09:00:00+14:00'),
    })
  })

  it('goes on after midnight, and joins what touches', () => {
    const night = hoursOf({ weekly: [{ days: ['fri'], from: '22:00', to: '06:00' }] }, 'Europe/Berlin')
    expect(night.at(at('2026-11-28T05:59:59+01:00'))).toMatchObject({
      open: true,
      nextChangeMs: at('2026-11-28T06:00:00+01:00'),
    })
    expect(night.at(at('2026-11-27T05:00:00+01:00')).open).toBe(false)
    const joined = hoursOf(
      {
        weekly: [
          { days: ['mon'], from: '08:00', to: '24:00' },
          { days: ['tue'], from: '00:00', to: '12:00' },
        ],
      },
      'Europe/Berlin',
    )
    expect(joined.at(at('2026-11-23T10:00:00+01:00')).nextChangeMs).toBe(at('2026-11-24T12:00:00+01:00'))
  })

  it('has no change in sight when it never opens or never closes', () => {
    expect(hoursOf({}, 'UTC').at(at('2026-11-22T12:00:00Z'))).toMatchObject({ open: false, nextChangeMs: null })
    const always = hoursOf({ weekly: [{ days: [...allDays], from: '00:00', to: '24:00' }] }, 'Europe/London')
    for (const when of ['2026-03-29T00:59:59Z', '2026-03-29T01:00:00Z', '2026-10-25T01:30:00Z', '2026-11-22T00:00:00Z'])
      expect(always.at(at(when))).toMatchObject({ open: true, nextChangeMs: null })
  })

  it.each([
    ['Europe/London', '2026-03-16T00:00:00Z'],
    ['America/St_Johns', '2026-10-19T00:00:00Z'],
    ['Australia/Lord_Howe', '2026-03-23T00:00:00Z'],
  ])('agrees with the wall clock of %s for four weeks, and with its own next change', (zone, first) => {
    const hours = hoursOf(office, zone)
    const wall = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      hourCycle: 'h23',
    })
    let expected: number | null = null
    let before = hours.at(at(first)).open
    const wrong: string[] = []
    for (let ms = at(first); ms < at(first) + 28 * 86_400_000; ms += 30 * 60_000) {
      const [day = '', hour = ''] = wall.format(ms).split(', ')
      const open = !['Sat', 'Sun'].includes(day) && Number(hour) >= 9 && Number(hour) < 17
      const verdict = hours.at(ms)
      if (verdict.open !== open || (open !== before && expected !== ms)) wrong.push(new Date(ms).toISOString())
      expected = verdict.nextChangeMs
      before = open
    }
    expect(wrong).toEqual([])
  })
})

describe('exceptions', () => {
  const hours = hoursOf(
    {
      weekly: [...office.weekly, { days: ['thu'], from: '22:00', to: '06:00' }],
      exceptions: [
        { date: '2026-12-24', name: 'Christmas Eve', open: [{ from: '09:00', to: '12:00' }] },
        { date: '2026-12-25', until: '2026-12-27', name: 'Christmas' },
        { date: '2026-12-26', open: [{ from: '10:00', to: '11:00' }] },
      ],
    },
    'Europe/London',
  )

  it.each([
    ['2026-12-24T11:59:59Z', true, 'exception', 'Christmas Eve', '2026-12-24T12:00:00.000Z'],
    ['2026-12-24T12:00:00Z', false, 'exception', 'Christmas Eve', '2026-12-28T09:00:00.000Z'],
    ['2026-12-25T10:00:00Z', false, 'exception', 'Christmas', '2026-12-28T09:00:00.000Z'],
    // The first one that fits holds.
    ['2026-12-26T10:30:00Z', false, 'exception', 'Christmas', '2026-12-28T09:00:00.000Z'],
    ['2026-12-28T09:00:00Z', true, 'weekly', null, '2026-12-28T17:00:00.000Z'],
  ] as const)('%s: open %s by the %s %s, until %s', (when, open, because, name, next) => {
    expect({ ...hours.at(at(when)), nextChangeMs: instant(hours.at(at(when)).nextChangeMs) }).toEqual({
      open,
      because,
      name,
      nextChangeMs: next,
    })
  })

  it('cuts the night before off', () => {
    const night = hoursOf(
      { weekly: [{ days: [...allDays], from: '22:00', to: '06:00' }], exceptions: [{ date: '2026-12-25' }] },
      'Europe/London',
    )
    expect(night.at(at('2026-12-24T23:00:00Z'))).toMatchObject({ open: true, nextChangeMs: at('2026-12-25T00:00:00Z') })
    expect(night.at(at('2026-12-25T01:00:00Z'))).toMatchObject({
      open: false,
      nextChangeMs: at('2026-12-26T22:00:00Z'),
    })
  })
})

describe('time that passes while it is open', () => {
  it.each([
    ['2026-03-27T16:00:00Z', 1, '2026-03-27T17:00:00.000Z'],
    // Over a weekend on which clocks are put forward.
    ['2026-03-27T16:00:00Z', 2, '2026-03-30T09:00:00.000Z'],
    ['2026-03-28T12:00:00Z', 8, '2026-03-30T16:00:00.000Z'],
    ['2026-03-26T09:00:00Z', 24, '2026-03-30T16:00:00.000Z'],
  ])('from %s on %i hours are over at %s', (from, hours, until) => {
    const london = hoursOf(office, 'Europe/London')
    const ms = hours * 3_600_000
    expect(instant(london.openedFor(at(from), ms))).toBe(until)
    expect(london.openBetween(at(from), at(until))).toBe(ms)
  })

  it('is none where nobody is ever there, and all of it where always somebody is', () => {
    const [never, always] = [
      hoursOf({}, 'UTC'),
      hoursOf({ weekly: [{ days: [...allDays], from: '00:00', to: '24:00' }] }, 'UTC'),
    ]
    const [from, dayMs] = [at('2026-03-26T09:00:00Z'), 86_400_000]
    expect([never.openedFor(from, 1), never.openBetween(from, from + dayMs)]).toEqual([null, 0])
    expect([always.openedFor(from, dayMs), always.openBetween(from, from + dayMs)]).toEqual([from + dayMs, dayMs])
  })
})
