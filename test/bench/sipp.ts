/** SIPp as the load of the bench: how it is called and what its statistics files say. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bound, startOn } from './process.ts'

export interface LoadResult {
  readonly successful: number
  readonly failed: number
  /** Those of the failed that had no answer to a request, however often it was sent again. */
  readonly unanswered: number
  /** Milliseconds from INVITE to 180, or to what else the scenario has as its response time 1; ascending. */
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
  /** Calls at one time, at most; without it there is no bound. */
  readonly atOnce?: number
  /** A file; by default a caller who hangs up after the pause. */
  readonly scenario?: string
  /** It is given up after that. */
  readonly timeoutSec?: number
}

export function startLoad(load: Load): { readonly bound: Bound; readonly result: Promise<LoadResult> } {
  const cwd = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  const bound = startOn(
    load.core,
    'sipp',
    [
      ...['-sf', load.scenario ?? `${folder}uac.xml`, '-s', load.service, '-key', 'rtp_port', '6000'],
      ...['-i', '127.0.0.1', '-p', String(load.port), '-nostdin'],
      ...[
        '-r',
        String(load.callsPerSecond),
        '-m',
        String(load.calls),
        '-l',
        String(load.atOnce ?? Math.max(load.calls, 1000)),
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
        String(load.timeoutSec ?? 300),
        `127.0.0.1:${load.sipPort}`,
      ],
    ],
    { cwd },
  )
  return { bound, result: bound.exited.then(() => readResult(cwd, bound)) }
}

/** @throws Error with its output if it did not begin */
function readResult(cwd: string, { output }: Bound): LoadResult {
  const files = readdirSync(cwd)
  if (files.length === 0) throw new Error(`SIPp did not begin:\n${output()}`)
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
    unanswered: figure('FailedMaxUDPRetrans(C)'),
    ringTimesMs: rtts.map(row => Number(row[1])).sort((a, b) => a - b),
  }
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
