/** The document that `npm run proof` writes. */
import { type Comparison, confidence, type Point, targetSec } from './points.ts'

export interface ProofRow {
  readonly point: Point
  readonly calls: number
  readonly batches: number
  readonly comparisons: readonly Comparison[]
}

export interface Proof {
  readonly rows: readonly ProofRow[]
  /** Wall time of all simulations. */
  readonly ms: number
  /** Calls that each point is meant to have. */
  readonly wanted: number
}

export function proofDocument({ rows, ms, wanted }: Proof): string {
  const all = rows.flatMap(({ comparisons }) => comparisons)
  const calls = rows.reduce((sum, row) => sum + row.calls, 0)
  const fewest = Math.min(...rows.map(row => row.calls))
  return `# The simulation against theory

Written by \`npm run proof\`; do not edit. The same engine that takes calls (dispatcher, roster, machines, journal) runs on a
virtual clock with virtual legs; its events are counted and held against Erlang C, Erlang A (callers wait two thirds of a
handling time on average) and the formula for priorities without interruption (Cobham; Kella and Yechiali). The target of
the service level is ${targetSec} s. A figure agrees if theory lies within its ${confidence * 100} % confidence interval by batch means, and if
it is within 2 % of theory wherever half the interval is narrower than that.

**${all.filter(({ agrees }) => agrees).length} of ${all.length} figures agree.** ${calls.toLocaleString('en')} measured calls in ${(ms / 1_000).toFixed(0)} s of wall time, warm-up included in the time; each point is
meant to have ${wanted.toLocaleString('en')} and has at least ${fewest.toLocaleString('en')}. A batch has at least five times as many calls as the queue
takes to forget how it was; where few batches fit, the interval is wide and says little.

${['M/M/c', 'M/M/c+M', 'priority'].map(model => section(model, rows)).join('\n')}`
}

const titles: Readonly<Record<string, string>> = {
  'M/M/c': 'M/M/c against Erlang C',
  'M/M/c+M': 'M/M/c+M against Erlang A',
  priority: 'Priorities against their formula',
}

function section(model: string, rows: readonly ProofRow[]): string {
  const lines = rows
    .filter(({ point }) => point.model === model)
    .flatMap(({ point, calls, batches, comparisons }) =>
      comparisons.map(({ what, theory, measured, agrees }, index) => {
        const head = index === 0 ? [point.agents, point.load, calls.toLocaleString('en'), batches] : ['', '', '', '']
        const found =
          measured === null
            ? ['–', '–', '–']
            : [
                figure(measured.value),
                `${figure(measured.low)} … ${figure(measured.high)}`,
                `${theory === 0 ? '–' : ((measured.value / theory - 1) * 100).toFixed(2)} %`,
              ]
        return `| ${[...head, what, figure(theory), ...found, verdict(agrees, measured)].join(' | ')} |`
      }),
    )
  return `## ${titles[model]}

| agents | load | calls | batches | figure | theory | simulated | ${confidence * 100} % interval | off by | agrees |
|---|---|---|---|---|---|---|---|---|---|
${lines.join('\n')}
`
}

/** With fewer than two batches there is no interval yet. */
function verdict(agrees: boolean, measured: Comparison['measured']): string {
  return agrees ? 'yes' : measured === null ? 'open' : '**no**'
}

function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(4)
}
