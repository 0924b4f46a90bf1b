/** Lengths of time as people write settings: `1 h 30 min`, `15 s`, `500 ms`. */
const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

export function spanText(ms: number): string {
  let rest = ms
  const parts = units.flatMap(([name, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? [] : [`${count} ${name}`]
  })
  return parts.length === 0 ? '0 s' : parts.join(' ')
}

/** A number alone is seconds, `1:30` minutes and seconds. @returns null if it is no length of time */
export function parseSpan(text: string): number | null {
  const clean = text.trim().toLowerCase()
  if (/^\d+(\.\d+)?$/.test(clean)) return Math.round(Number(clean) * 1_000)
  const [, minutes, seconds] = /^(\d+):([0-5]\d)$/.exec(clean) ?? []
  if (minutes !== undefined && seconds !== undefined) return (Number(minutes) * 60 + Number(seconds)) * 1_000
  if (!/^(\d+(\.\d+)?\s*(ms|sec|s|min|m|h|d)\s*)+$/.test(clean)) return null
  let sum = 0
  for (const [, count, unit = ''] of clean.matchAll(/(\d+(?:\.\d+)?)\s*(ms|sec|s|min|m|h|d)/g))
    sum += Number(count) * (unitMs[unit] ?? 0)
  return Math.round(sum)
}
