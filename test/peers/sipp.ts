/** SIPp as caller and as agents. Its own judgement counts: exit code 0, or its error log says why not. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, hosts, portTaken, type Transport } from './loopback.ts'
import { findProgram, runProgram, scratchFolder } from './program.ts'

export const sippPath = findProgram('sipp')

const excerptLength = 4000
const scenarioFolder = fileURLToPath(new URL('../scenarios/sipp/', import.meta.url))

export interface SippOptions {
  /** A file of `test/scenarios/sipp`, without `.xml`. */
  readonly scenario: string
  readonly host: string
  readonly transport?: Transport
  /** Calls after which it exits. */
  readonly calls?: number
  /** Length of the pauses in the scenario. Default: 100 for an agent, 400 for a caller. */
  readonly pauseMs?: number
  /** UDP port that SIPp names in its SDP. It binds none itself: who wants the audio opens it. */
  readonly rtpPort?: number
  /** Replaces `@name@` in the scenario, and `@name=default@`: what SIPp has no keyword for, such as the status that it expects. */
  readonly values?: Readonly<Record<string, string>>
  /** So many calls that what they say is not written down. */
  readonly terse?: boolean
  /** Further arguments. */
  readonly args?: readonly string[]
}

export interface SippResult {
  readonly exitCode: number | null
  /** SIPp's error log and, if it failed, the messages that it exchanged. */
  readonly report: string
}

export interface Sipp {
  readonly host: string
  readonly port: number
  /** Resolves when it has exited. */
  readonly done: Promise<SippResult>
  kill(): Promise<void>
}

/**
 * What a test expects of SIPp: `await expectSuccess(caller, agent)`.
 * @throws an Error with the report of the first one that fails: the others may wait for it until their time-out
 */
export async function expectSuccess(...peers: readonly Sipp[]): Promise<void> {
  const judged = peers.map(async ({ done }) => {
    const { exitCode, report } = await done
    if (exitCode !== 0) throw new Error(`SIPp exited with ${exitCode}\n${report}`)
  })
  await Promise.all(judged)
}

/** Starts SIPp as one who is called; resolves when it listens. */
export async function sippAgent(options: SippOptions): Promise<Sipp> {
  const started = await start({ pauseMs: 100, ...options }, [])
  await portTaken(options.transport ?? 'udp', started.host, started.port)
  return started
}

/** Starts SIPp as one who calls `to` at `address`. */
export function sippCaller(options: SippOptions & { readonly address: string; readonly to?: string }): Promise<Sipp> {
  return start({ pauseMs: 400, ...options }, ['-s', options.to ?? 'support', options.address])
}

async function start(options: SippOptions & { readonly pauseMs: number }, target: readonly string[]): Promise<Sipp> {
  const { host, transport = 'udp', calls = 1, pauseMs, rtpPort, values = {}, terse = false, args = [] } = options
  const folder = scratchFolder()
  // It is commanded over IPv4 only.
  const controlHost = isIPv6(host) ? hosts.engine : host
  const [port, audioPort, idlePort, controlPort] = await Promise.all([
    freePort(host),
    rtpPort ?? freePort(host),
    freePort(host),
    freePort(controlHost),
  ])
  const scenario = join(folder, 'scenario.xml')
  writeFileSync(scenario, fill(readFileSync(join(scenarioFolder, `${options.scenario}.xml`), 'utf8'), values))
  const run = runProgram(
    sippPath ?? 'sipp',
    [
      ...['-sf', scenario, '-i', host, '-p', String(port), '-t', transport === 'tcp' ? 't1' : 'u1'],
      ...['-mi', host, '-mp', String(idlePort), '-ci', controlHost, '-cp', String(controlPort)],
      ...['-key', 'rtp_port', String(audioPort), '-m', String(calls), '-d', String(pauseMs)],
      ...['-nostdin', '-timeout', '200s', '-timeout_error', '-trace_err', '-bind_local'],
      ...(terse ? ['-buff_size', '4194304'] : ['-trace_msg']),
      ...args,
      ...target,
    ],
    folder,
  )
  const done = run.exited.then(exitCode => ({ exitCode, report: exitCode === 0 ? '' : reportOf(folder, run.output()) }))
  return { host, port, done, kill: run.kill }
}

function fill(text: string, values: Readonly<Record<string, string>>): string {
  const filled = text.replaceAll(
    /@(\w+)(?:=([^@]*))?@/g,
    (placeholder, name: string, otherwise?: string) => values[name] ?? otherwise ?? placeholder,
  )
  const left = /="@\w+@"/.exec(filled)
  if (left !== null) throw new Error(`The scenario wants a value for ${left[0]}`)
  return filled
}

function reportOf(folder: string, output: string): string {
  const logs = readdirSync(folder).filter(name => name.endsWith('.log'))
  const texts = logs.map(name => `${name}:\n${excerptOf(readFileSync(join(folder, name), 'utf8'))}`)
  return texts.length > 0 ? texts.join('\n') : output.slice(-4000)
}

/** The beginning, where things went wrong first, and the end. */
function excerptOf(text: string): string {
  return text.length <= 2 * excerptLength ? text : `${text.slice(0, excerptLength)}\n…\n${text.slice(-excerptLength)}`
}
