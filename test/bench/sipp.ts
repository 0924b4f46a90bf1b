/** SIPp as the load of the bench: how it is called and what its statistics files say. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bound, startOn } from './process.ts'

export interface LoadResult {
  readonly successful: number
  readonly failed: number
  /** Why the failed did, in words, and how many: a request without an answer, however often it was sent again, or what came instead of what was expected. */
  readonly failures: ReadonlyMap<string, number>
  /** Until the last call was begun, to the second after it: what is left of calls may take half a minute more. */
  readonly offeredSec: number
  /** Answers 503, copies of them not counted. */
  readonly refused: number
  /**
   * Milliseconds from INVITE to 180, or to what else the scenario has as its response time 1; ascending. SIPp writes them down by five
   * hundreds, and keeps what is left of the last ones to itself.
   */
  readonly ringTimesMs: readonly number[]
}

const folder = new URL('.', import.meta.url).pathname

/** As every phone does: we ask by OPTIONS who is still there when no media tell (DESIGN §7). */
const answersOptions = ['-aa']

export function startAgents(core: number, port: number): Bound {
  return startOn(core, 'sipp', [
    '-sf',
    `${folder}uas.xml`,
    '-i',
    '127.0.0.1',
    '-p',
    String(port),
    '-nostdin',
    ...answersOptions,
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
  /** False: how long each took is not written down. */
  readonly keepTimes?: boolean
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
      ...['-i', '127.0.0.1', '-p', String(load.port), '-nostdin', ...answersOptions],
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
        '-trace_counts',
        '-trace_err',
        ...(load.keepTimes === false ? [] : ['-trace_rtt', '-rtt_freq', '500']),
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
  const text = (suffix: string) => {
    const name = files.find(file => file.endsWith(suffix))
    return name === undefined ? '' : readFileSync(join(cwd, name), 'utf8')
  }
  const rows = (suffix: string) =>
    text(suffix)
      .trim()
      .split('\n')
      .map(line => line.split(';'))
  const [header = [], ...stats] = rows('_.csv')
  const last = stats.at(-1) ?? []
  const figure = (name: string) => Number(last[header.indexOf(name)] ?? 0)
  const [, ...rtts] = rows('_rtt.csv')
  const counts = rows('_counts.csv')
  return {
    successful: figure('SuccessfulCall(C)'),
    failed: figure('FailedCall(C)'),
    offeredSec: offeredIn(counts),
    refused: countOf(counts, /^\d+_503_Recv$/),
    failures: new Map([...unansweredIn(counts), ...unexpectedIn(text('_errors.log'))]),
    ringTimesMs: rtts.map(row => Number(row[1])).sort((a, b) => a - b),
  }
}

/** Seconds to the first row in which as many INVITEs have been sent as in the last one. */
function offeredIn([header = [], ...counts]: readonly (readonly string[])[]): number {
  const column = header.findIndex(name => name.endsWith('_INVITE_Sent'))
  const done = counts.find(row => row[column] === counts.at(-1)?.[column])
  // Hours, minutes, seconds, microseconds.
  const [hours = 0, minutes = 0, seconds = 0, micros = 0] = (done?.[1] ?? '').split(':').map(Number)
  return hours * 3_600 + minutes * 60 + seconds + micros / 1e6
}

/** Of the last row. */
function countOf([header = [], ...counts]: readonly (readonly string[])[], column: RegExp): number {
  const last = counts.at(-1) ?? []
  return header.reduce((sum, name, index) => sum + (column.test(name) ? Number(last[index]) : 0), 0)
}

/** Columns are named after the messages of the scenario: `8_BYE_Timeout`. */
function unansweredIn([header = [], ...counts]: readonly (readonly string[])[]): (readonly [string, number])[] {
  const last = counts.at(-1) ?? []
  return header.flatMap((column, index) => {
    const [, method] = /^\d+_([A-Z]+)_Timeout$/.exec(column) ?? []
    const count = Number(last[index])
    return method === undefined || !(count > 0) ? [] : [[`${method} unanswered`, count] as const]
  })
}

function unexpectedIn(log: string): ReadonlyMap<string, number> {
  const seen = new Map<string, number>()
  for (const [, state, first] of log.matchAll(
    /unexpected message for Call-Id '[^']*': (while [^(]*) \(.*?received '(\S+ \S+)/g,
  )) {
    // Of a request only its method: the address is another one each time.
    const what = first?.startsWith('SIP/2.0 ') ? first.slice(8) : first?.split(' ')[0]
    const words = `${what} ${state}`
    seen.set(words, (seen.get(words) ?? 0) + 1)
  }
  return seen
}

export function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
