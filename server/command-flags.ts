/** Flags that belong to one command, beside the settings that all share. */
import type { Problem } from '../engine/errors.ts'

export interface CommandFlags {
  /** `simulate` prints JSON. */
  readonly json: boolean
  /** `simulate`: the journal that is replayed, a file or the address of a running server; null: none. */
  readonly replay: string | null
  /** `simulate`: the file that the chart is written to, `.svg` or `.html`; null: none. */
  readonly plot: string | null
  /** `simulate`: in place of what the scenario says; null: as that says. */
  readonly through: 'legs' | 'sip' | null
  /** `export` prints the journal in place of the center. */
  readonly journal: boolean
  /** `export --journal`: instants in milliseconds since the epoch; null: open. */
  readonly from: number | null
  readonly to: number | null
}

interface FlagRow {
  readonly type: 'string' | 'boolean'
  readonly command: 'simulate' | 'export'
  /** Needs this flag as well. */
  readonly beside?: string
  readonly allowed: string
  /** Undefined: refused. */
  parse(value: unknown): unknown
}

const isOn = (value: unknown) => value === true
const instant = (value: unknown) => {
  const ms = Date.parse(String(value))
  return Number.isNaN(ms) ? undefined : ms
}
const anInstant = 'an RFC 3339 instant such as 2026-01-05T09:00:00Z'

const rows: Readonly<Record<keyof CommandFlags, FlagRow>> = {
  json: { type: 'boolean', command: 'simulate', allowed: 'no value', parse: isOn },
  replay: {
    type: 'string',
    command: 'simulate',
    allowed: 'a file that `strowger export --journal` wrote, or http://… of a running server',
    parse: value => (value === '' ? undefined : value),
  },
  plot: {
    type: 'string',
    command: 'simulate',
    allowed: 'a file whose name ends with .svg or .html',
    parse: value => (/\.(svg|html)$/.test(String(value)) ? value : undefined),
  },
  through: {
    type: 'string',
    command: 'simulate',
    allowed: 'legs | sip',
    parse: value => (value === 'legs' || value === 'sip' ? value : undefined),
  },
  journal: { type: 'boolean', command: 'export', allowed: 'no value', parse: isOn },
  from: { type: 'string', command: 'export', beside: 'journal', allowed: anInstant, parse: instant },
  to: { type: 'string', command: 'export', beside: 'journal', allowed: anInstant, parse: instant },
}

export const noFlags: CommandFlags = {
  ...{ json: false, replay: null, plot: null, through: null, journal: false, from: null, to: null },
}

/** For the parser of the command line. */
export const commandFlagTypes: Readonly<Record<string, { type: 'string' | 'boolean' }>> = Object.fromEntries(
  Object.entries(rows).map(([name, { type }]) => [name, { type }]),
)

/** @param problems is given what is wrong */
export function readCommandFlags(
  given: Readonly<Record<string, string | boolean | undefined>>,
  command: string | undefined,
  problems: Problem[],
): CommandFlags {
  const flags: Record<string, unknown> = { ...noFlags }
  for (const [name, row] of Object.entries(rows)) {
    const value = given[name]
    if (value === undefined) continue
    const beside = row.beside === undefined ? '' : ` --${row.beside}`
    const fits = row.command === command && (row.beside === undefined || given[row.beside] !== undefined)
    const parsed = row.parse(value)
    if (!fits) problems.push({ path: `--${name}`, value, allowed: `with ${row.command}${beside} only` })
    else if (parsed === undefined) problems.push({ path: `--${name}`, value, allowed: row.allowed })
    else flags[name] = parsed
  }
  return flags as unknown as CommandFlags
}
