/** What the clocks on the wall show in a zone, as somebody types it, and the instant that it stands for. */

/**
 * @param local `2026-03-05T15:00`, as a date field of a page has it
 * @param timeZone one that there is
 * @returns RFC 3339; null if it is no time. One that is skipped when clocks go forward is as much later.
 */
export function instantOnWall(local: string, timeZone: string): string | null {
  const wallMs = Date.parse(`${local}Z`)
  if (Number.isNaN(wallMs)) return null
  const first = wallMs - aheadMs(wallMs, timeZone)
  const second = wallMs - aheadMs(first, timeZone)
  // Near a change of the clocks the first is wrong by it, and for a skipped time both are: the later of them is past the gap.
  const isShown = second + aheadMs(second, timeZone) === wallMs
  return new Date(isShown ? second : Math.max(first, second)).toISOString()
}

/** What the clocks are ahead of UTC at an instant. */
function aheadMs(atMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(atMs)
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find(one => one.type === type)?.value)
  const shown = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'))
  return shown - Math.floor(atMs / 1000) * 1000
}
