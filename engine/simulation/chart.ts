/**
 * A simulation as one self-contained SVG: service level, wait, abandonment and occupancy over the day, each with its band of
 * confidence, and beside them, when a day was replayed, what was recorded. It follows the reader's light or dark.
 */
import type { Estimate } from './confidence.ts'
import type { SimulatedInterval, SimulationResult } from './simulate.ts'

const width = 960
const left = 64
const right = 24
const headHeight = 72
const plotHeight = 130
const plotGap = 54
const plotWidth = width - left - right
/** Labels along the time. */
const mostTicks = 12

interface Panel {
  readonly title: string
  readonly figureOf: (interval: SimulatedInterval) => number | null
  readonly bandOf: (interval: SimulatedInterval) => Estimate | null
  /** Of the axis; null: the greatest value that is shown. */
  readonly top: number | null
  readonly words: (value: number) => string
}

const percent = (value: number) => `${Math.round(value * 100)} %`
const seconds = (value: number) => `${value >= 10 ? Math.round(value) : Number(value.toFixed(1))} s`
const panels: readonly Panel[] = [
  {
    title: 'Service level: answered within the target',
    figureOf: ({ serviceLevel }) => serviceLevel,
    bandOf: ({ bands }) => bands.serviceLevel,
    top: 1,
    words: percent,
  },
  {
    title: 'ASA: mean wait of those answered',
    figureOf: ({ asaSec }) => asaSec,
    bandOf: ({ bands }) => bands.asaSec,
    top: null,
    words: seconds,
  },
  {
    title: 'Abandonment',
    figureOf: ({ abandonment }) => abandonment,
    bandOf: ({ bands }) => bands.abandonment,
    top: null,
    words: percent,
  },
  {
    title: 'Occupancy: ring, talk, hold and wrap-up ÷ time there',
    figureOf: ({ occupancy }) => occupancy,
    bandOf: ({ bands }) => bands.occupancy,
    top: 1,
    words: percent,
  },
]

/** @param recorded the day that was replayed, if one was */
export function chartSvg(result: SimulationResult, recorded: SimulationResult | null = null): string {
  const { name, calls, replications, confidence, series } = result
  const height = headHeight + panels.length * (plotHeight + plotGap)
  const hasBands = series.some(({ bands }) => bands.serviceLevel !== null)
  const runs = replications === 1 ? 'one run' : `${replications} runs`
  const band = hasBands
    ? `band: ${confidence * 100} % confidence for each part of the time`
    : 'no bands: they need two runs or more (replications)'
  const about = `${calls.toLocaleString('en')} calls, ${runs}; ${band}${recorded === null ? '' : '; dashed: recorded'}`
  const title = name === '' ? 'Simulation' : name
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title about">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="about">${escaped(about)}</desc>`,
    style,
    `<rect class="page" width="${width}" height="${height}"/>`,
    `<text class="head" x="${left}" y="30">${escaped(title)}</text>`,
    `<text x="${left}" y="50">${escaped(about)}</text>`,
    ...panels.map((panel, index) => panelSvg(panel, headHeight + index * (plotHeight + plotGap), series, recorded)),
    '</svg>',
    '',
  ].join('\n')
}

/** The same as a page. */
export function chartHtml(result: SimulationResult, recorded: SimulationResult | null = null): string {
  const title = escaped(result.name === '' ? 'Simulation' : result.name)
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>`,
    '<style>:root{color-scheme:light dark}body{margin:0 auto;max-width:1200px}svg{display:block;width:100%;height:auto}</style>',
    `</head><body>${chartSvg(result, recorded)}</body></html>`,
    '',
  ].join('\n')
}

const style = `<style>
svg{font:13px system-ui,sans-serif;--page:#fff;--ink:#1a1b1e;--faint:#868e96;--grid:#dee2e6;--line:#1864ab;--other:#c2255c}
@media (prefers-color-scheme:dark){svg{--page:#1a1b1e;--ink:#e9ecef;--faint:#909296;--grid:#373a40;--line:#74c0fc;--other:#faa2c1}}
.page{fill:var(--page)}text{fill:var(--ink);font-variant-numeric:tabular-nums}.head{font-size:18px;font-weight:600}
.axis{fill:var(--faint);font-size:11px}.grid{stroke:var(--grid);stroke-width:1}.band{fill:var(--line);opacity:.2}
.line{fill:none;stroke:var(--line);stroke-width:2}.point{fill:var(--line)}
.recorded{fill:none;stroke:var(--other);stroke-width:2;stroke-dasharray:6 4}.recordedPoint{fill:var(--other)}
</style>`

type Point = readonly [x: number, y: number]

function panelSvg(
  { title, figureOf, bandOf, top, words }: Panel,
  y: number,
  series: readonly SimulatedInterval[],
  recorded: SimulationResult | null,
): string {
  const others = recorded?.series ?? []
  const shown = [...series.map(figureOf), ...series.map(one => bandOf(one)?.high ?? null), ...others.map(figureOf)]
  const full = top ?? niceTop(Math.max(0, ...shown.map(value => value ?? 0)))
  const [fromMin, toMin] = [series[0]?.fromMin ?? 0, series.at(-1)?.toMin ?? 1]
  const xOf = (minutes: number) => left + ((minutes - fromMin) / Math.max(1e-9, toMin - fromMin)) * plotWidth
  const yOf = (value: number) => y + 18 + plotHeight * (1 - Math.max(0, Math.min(full, value)) / full)
  const at = (one: SimulatedInterval, value: number | null): Point | null =>
    value === null ? null : [xOf((one.fromMin + one.toMin) / 2), yOf(value)]
  const own = series.map(one => at(one, figureOf(one)))
  const lows = series.map(one => at(one, bandOf(one)?.low ?? null))
  const highs = series.map(one => at(one, bandOf(one)?.high ?? null))
  const theirs = others.map(one => at(one, figureOf(one)))
  return [
    `<text x="${left}" y="${y + 8}">${escaped(title)}</text>`,
    ...[0, 0.5, 1].map(part => {
      const lineY = yOf(full * part).toFixed(1)
      return (
        `<line class="grid" x1="${left}" x2="${width - right}" y1="${lineY}" y2="${lineY}"/>` +
        `<text class="axis" x="${left - 8}" y="${Number(lineY) + 4}" text-anchor="end">${words(full * part)}</text>`
      )
    }),
    ...ticks(fromMin, toMin).map(
      minutes =>
        `<text class="axis" x="${xOf(minutes).toFixed(1)}" y="${y + 18 + plotHeight + 16}" text-anchor="middle">${clock(minutes)}</text>`,
    ),
    ...bands(lows, highs),
    ...lines('recorded', theirs),
    ...lines('line', own),
  ].join('\n')
}

/** A hole in the values is a hole in the band. */
function bands(lows: readonly (Point | null)[], highs: readonly (Point | null)[]): string[] {
  const parts: { low: Point; high: Point }[][] = [[]]
  lows.forEach((low, index) => {
    const high = highs[index] ?? null
    if (low === null || high === null) parts.push([])
    else parts.at(-1)?.push({ low, high })
  })
  return parts
    .filter(part => part.length > 1)
    .map(part => {
      const around = [...part.map(({ high }) => high), ...part.map(({ low }) => low).reverse()]
      return `<polygon class="band" points="${around.map(coordinates).join(' ')}"/>`
    })
}

function lines(kind: 'line' | 'recorded', points: readonly (Point | null)[]): string[] {
  const parts: Point[][] = [[]]
  for (const point of points) {
    if (point === null) parts.push([])
    else parts.at(-1)?.push(point)
  }
  const dot = kind === 'line' ? 'point' : 'recordedPoint'
  return parts.flatMap(part => {
    const [only] = part
    if (only === undefined) return []
    if (part.length > 1) return [`<polyline class="${kind}" points="${part.map(coordinates).join(' ')}"/>`]
    return [`<circle class="${dot}" cx="${only[0].toFixed(1)}" cy="${only[1].toFixed(1)}" r="3"/>`]
  })
}

function coordinates([x, y]: Point): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`
}

/** 1, 2 or 5 with zeros, and not below the value. */
function niceTop(value: number): number {
  if (value <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return (([1, 2, 5, 10].find(step => step * power >= value) ?? 10) * power) as number
}

function ticks(fromMin: number, toMin: number): number[] {
  const span = toMin - fromMin
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1_440].find(minutes => span / minutes <= mostTicks) ?? span / 10
  const first = Math.ceil(fromMin / step) * step
  return Array.from({ length: Math.floor((toMin - first) / step) + 1 }, (_, index) => first + index * step)
}

/** Hours and minutes since the start. */
function clock(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(Math.floor(minutes % 60)).padStart(2, '0')}`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
