/** A replayed day as text for a terminal: what was, beside what would have been. */
import { complaintLines } from './complaints.ts'
import type { Estimate } from './confidence.ts'
import type { LeftOut } from './history.ts'
import type { ReplayResult } from './replay.ts'
import { percent, seconds, table } from './report.ts'
import type { SimulationResult, VisitFigures } from './simulate.ts'

export function replayText({ recorded, simulated, leftOut }: ReplayResult): string {
  const { name, calls, replications, seed, confidence, queues } = simulated
  const title = `${name === '' ? 'Replay' : name}: ${recorded.calls} recorded calls, ${replications} runs, seed ${seed}`
  const known = new Map(recorded.queues.map(queue => [queue.queueId, queue]))
  const rows = queues.flatMap(queue => rowsOf(queue.queueId, known.get(queue.queueId), queue, replications))
  return [
    `${title} (${calls} calls simulated); ± is half of the ${confidence * 100} % confidence interval`,
    '',
    ...table([
      ['queue', 'figure', 'recorded', 'simulated', 'change'],
      ...rows,
      ...(queues.length === 1 ? [] : rowsOf('all', recorded.all, simulated.all, replications)),
      row('', 'occupancy', occupancy(recorded), occupancy(simulated), percent, 100),
    ]),
    '',
    ...leftOutWords(leftOut),
    ...complaintLines(simulated.complaints),
  ].join('\n')
}

/** What the recorded day had beside, so that nobody looks for it in the simulated one. */
function leftOutWords({ calls, talks, busyMs }: LeftOut): string[] {
  const ended = calls === 0 ? [] : [`${calls} ${calls === 1 ? 'call' : 'calls'} that never entered a queue`]
  const minutes = `${Math.round(busyMs / 60_000)} min`
  const talked =
    talks === 0
      ? []
      : [`${talks} ${talks === 1 ? 'talk' : 'talks'} that no queue gave its agent (${minutes} of their recorded work)`]
  const words = [...ended, ...talked].join(', and ')
  return words === '' ? [] : [`Not simulated: ${words}.`, '']
}

function rowsOf(
  queueId: string,
  recorded: VisitFigures | undefined,
  simulated: VisitFigures,
  runs: number,
): string[][] {
  const counts = (figures: VisitFigures | undefined, of: (figures: VisitFigures) => number, by: number) =>
    figures === undefined ? null : { value: of(figures) / by, half: null }
  const count = (what: string, of: (figures: VisitFigures) => number) =>
    row('', what, counts(recorded, of, 1), counts(simulated, of, runs), value => value.toFixed(0), 1)
  const [offered = [], ...others] = [
    count('offered', ({ offered }) => offered),
    count('answered', ({ answered }) => answered),
    count('abandoned', ({ abandoned }) => abandoned),
    row('', 'service level', shown(recorded?.serviceLevel), shown(simulated.serviceLevel), percent, 100),
    row('', 'ASA', shown(recorded?.asaSec), shown(simulated.asaSec), seconds, 1),
    row('', 'waited', shown(recorded?.waitProbability), shown(simulated.waitProbability), percent, 100),
    row('', 'abandonment', shown(recorded?.abandonment), shown(simulated.abandonment), percent, 100),
  ]
  return [[queueId, ...offered.slice(1)], ...others]
}

interface Shown {
  readonly value: number
  /** Of the interval; null: there is none. */
  readonly half: number | null
}

function shown(estimate: Estimate | null | undefined): Shown | null {
  return estimate == null ? null : { value: estimate.value, half: (estimate.high - estimate.low) / 2 }
}

function occupancy(result: SimulationResult): Shown | null {
  return shown(result.occupancy)
}

function row(
  queueId: string,
  what: string,
  recorded: Shown | null,
  simulated: Shown | null,
  words: (value: number) => string,
  scale: number,
): string[] {
  const cell = (one: Shown | null) =>
    one === null ? '–' : `${words(one.value)}${one.half === null ? '' : ` ± ${(one.half * scale).toFixed(1)}`}`
  const by = recorded === null || simulated === null ? null : (simulated.value - recorded.value) * scale
  // The calls are the same; what is drawn anew makes the interval of the simulation.
  const isChance = by !== null && simulated?.half != null && Math.abs(by) <= simulated.half * scale
  const change = by === null ? '–' : `${by > 0 ? '+' : ''}${by.toFixed(1)}${isChance ? ' (within chance)' : ''}`
  return [queueId, what, cell(recorded), cell(simulated), change]
}
