/** SIPp as the load of the bench: how it is called and what its statistics files say. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bound, startOn } from './process.ts'

export interface LoadResult {
  readonly successful: number
  readonly failed: number
  /** Sorted milliseconds from INVITE to 180. */
  readonly ringTimesMs: readonly number[]
}

const folder = new URL('.', import.meta.url).pathname

export function startAgents(core: number, port: number): Bound {
  return startOn(core, 'sipp', [
    '-sf',
    `${folder}uas.xml`,
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    '-nostdin',
    '-buff_size',
    '4194304',
    '127.0.0.1',
  ])
}

export interface Load {
  readonly core: number
  readonly service: string
  readonly sipPort: number
  readonly port: number
  readonly callsPerSecond: number
  readonly calls: number
  readonly pauseMs: number
}

export function startLoad(load: Load): { readonly bound: Bound; readonly result: Promise<LoadResult> } {
  const cwd = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const bound = startOn(
    load.core,
    'sipp',
    [
      ...['-sf', `${folder}uac.xml`, '-s', load.service, '-i', '127.0.0.1', '-p', String(load.port), '-nostdin'],
      ...[
        '-r',
        String(load.callsPerSecond),
        '-m',
        String(load.calls),
        '-l',
        String(Math.max(load.calls, 1000)),
        '-d',
        String(load.pauseMs),
      ],
      ...[
        '-trace_stat',
        '-fd',
        '1',
        '-trace_rtt',
        '-rtt_freq',
        '500',
        '-buff_size',
        '4194304',
        '-timeout',
        '300',
        `127.0.0.1:${load.sipPort}`,
      ],
    ],
    { cwd },
  )
  return { bound, result: bound.exited.then(() => readResult(cwd)) }
}

function readResult(cwd: string): LoadResult {
  const files = readdirSync(cwd)
  const rows = (suffix: string) => {
    const name = files.find(file => file.endsWith(suffix))
    return name === undefined
      ? []
      : readFileSync(join(cwd, name), 'utf8')
          .trim()
          .split('\n')
          .map(line => line.split(';'))
  }
  const [header = [], ...stats] = rows('_.csv')
  const last = stats.at(-1) ?? []
  const figure = (name: string) => Number(last[header.indexOf(name)] ?? 0)
  const [, ...rtts] = rows('_rtt.csv')
  return {
    successful: figure('SuccessfulCall(C)'),
    failed: figure('FailedCall(C)'),
    ringTimesMs: rtts.map(row => Number(row[1])).sort((a, b) => a - b),
  }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
