/** A simulation's result as text for a terminal: a table with intervals of confidence, and plots over time. */
import { complaintLines } from './complaints.ts'
import type { Estimate } from './confidence.ts'
import type { SimulatedInterval, SimulationResult, VisitFigures } from './simulate.ts'

const barWidth = 40
/** More lines than a screen has are drawn together. */
const mostLines = 24

export function reportText(result: SimulationResult): string {
  const { name, calls, replications, seed, intervals, queues, all, occupancy, series, confidence } = result
  const runs = replications === 1 ? `one run, ${intervals} batches` : `${replications} runs`
  const rows = queues.length === 1 ? queues : [...queues, { queueId: 'all', ...all }]
  return [
    `${name === '' ? 'Simulation' : name}: ${calls} calls, ${runs}, seed ${seed}; ± is half of the ${confidence * 100} % confidence interval`,
    '',
    ...table([
      ['queue', 'offered', 'answered', 'abandoned', 'other', 'service level', 'ASA', 'waited', 'abandonment'],
      ...rows.map(rowOf),
    ]),
    '',
    `occupancy ${share(occupancy)}`,
    ...plot('service level', series, ({ serviceLevel }) => serviceLevel, percent, 1),
    ...plot('ASA', series, ({ asaSec }) => asaSec, seconds, null),
    ...plot('abandonment', series, ({ abandonment }) => abandonment, percent, null),
    ...plot('occupancy', series, interval => interval.occupancy, percent, 1),
    '',
    ...complaintLines(result.complaints),
  ].join('\n')
}

function rowOf(figures: VisitFigures & { readonly queueId: string }): string[] {
  const { queueId, offered, answered, abandoned, other, serviceLevel, asaSec, waitProbability, abandonment } = figures
  return [
    queueId,
    ...[offered, answered, abandoned, other].map(String),
    share(serviceLevel),
    asaSec === null ? '–' : `${seconds(asaSec.value)} ± ${((asaSec.high - asaSec.low) / 2).toFixed(1)}`,
    share(waitProbability),
    share(abandonment),
  ]
}

export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map(row => row[column]?.length ?? 0))) ?? []
  return rows.map(row =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}

function plot(
  title: string,
  series: readonly SimulatedInterval[],
  valueAt: (interval: SimulatedInterval) => number | null,
  words: (value: number) => string,
  full: number | null,
): string[] {
  const every = Math.ceil(series.length / mostLines)
  const shown = series.filter((_, index) => index % every === 0)
  const values = shown.map(valueAt)
  const top = full ?? Math.max(...values.map(value => value ?? 0))
  const lines = shown.map((interval, index) => {
    const value = values[index] ?? null
    const bar = value === null || top === 0 ? '' : '█'.repeat(Math.round((Math.min(value, top) / top) * barWidth))
    const at = clock(interval.fromMin).padStart(8)
    return `${at}  ${bar.padEnd(barWidth, '·')}  ${value === null ? '–' : words(value)}`
  })
  return ['', `${title}, by hours:minutes since the start${every === 1 ? '' : ` (each ${every}th part)`}`, ...lines]
}

/** Hours and minutes since the start. */
function clock(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(Math.floor(minutes % 60)).padStart(2, '0')}`
}

function share(estimate: Estimate | null): string {
  if (estimate === null) return '–'
  return `${percent(estimate.value)} ± ${(((estimate.high - estimate.low) / 2) * 100).toFixed(1)}`
}

export function percent(value: number): string {
  return `${(value * 100).toFixed(1)} %`
}

export function seconds(value: number): string {
  return `${value.toFixed(1)} s`
}
