/** Formulas and simulation side by side: one row for each number of agents. */
import type { SimulatedStaffingReply, StaffingReply } from '../../server/api/staffing.ts'

type Level = StaffingReply['levels'][number]
type Simulated = SimulatedStaffingReply['levels'][number]

export interface StaffingRow extends Level {
  /** Null while it runs, and where it can't be simulated. */
  readonly simulated: Simulated | null
}

export const figures = [
  { name: 'serviceLevel', title: 'Service level', unit: '%' },
  { name: 'asaSec', title: 'Average speed of answer', unit: 's' },
  { name: 'abandonment', title: 'Abandonment', unit: '%' },
  { name: 'occupancy', title: 'Occupancy', unit: '%' },
] as const
export type Figure = (typeof figures)[number]

export function rowsOf(plan: StaffingReply, simulation: SimulatedStaffingReply | null): readonly StaffingRow[] {
  const byAgents = new Map(simulation?.levels.map(level => [level.agents, level]))
  return plan.levels.map(level => ({ ...level, simulated: byAgents.get(level.agents) ?? null }))
}

export interface ChartPoint {
  readonly agents: number
  readonly erlangC: number | null
  readonly erlangA: number | null
  readonly simulated: number | null
}

/** For a chart, in its unit. */
export function pointsOf(rows: readonly StaffingRow[], { name, unit }: Figure): ChartPoint[] {
  const scaled = (value: number | undefined) =>
    value === undefined ? null : Math.round(value * (unit === '%' ? 1_000 : 10)) / 10
  return rows.map(({ agents, erlangC, erlangA, simulated }) => ({
    agents,
    erlangC: scaled(erlangC?.[name]),
    erlangA: scaled(erlangA?.[name]),
    simulated: scaled(simulated?.[name]?.value),
  }))
}

export function inWords(value: number, { unit }: Pick<Figure, 'unit'>): string {
  return unit === '%' ? `${(value * 100).toFixed(1)} %` : `${value.toFixed(1)} s`
}

/** Half of the confidence interval, in the unit of the figure. */
export function spreadOf(
  estimate: { readonly low: number; readonly high: number },
  { unit }: Pick<Figure, 'unit'>,
): string {
  return `± ${(((estimate.high - estimate.low) / 2) * (unit === '%' ? 100 : 1)).toFixed(1)}`
}
