/** The built program as an operator runs it: a child process with an environment of its own, that never outlives its test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { freePort, hosts } from '../peers/loopback.ts'

export const programFile = fileURLToPath(new URL('../../dist/server/main.js', import.meta.url))
export const adminPassword = 'of-the-administrator'

/** A new data folder takes 3 s on an idle machine; one with ten other jobs needs far more than ten times that. */
const readyTimeoutMs = 120_000
const probeEveryMs = 50

export interface Program {
  readonly process: ChildProcess
  /** Resolves with the exit code; null after a signal. */
  readonly exited: Promise<number | null>
  stdout(): string
  stderr(): string
  /** Resolves with the exit code once it has ended. */
  kill(signal: NodeJS.Signals): Promise<number | null>
}

export interface ServerProcess extends Program {
  readonly url: string
  /** Where SIP listens, as `host:port`. */
  readonly address: string
  readonly sipPort: number
}

export interface ServerOptions {
  /** Where its files are. */
  readonly folder: string
  /** What is kept: default nothing. */
  readonly databaseUrl?: string
  /** Default: the sample center. */
  readonly center?: CenterInput
  readonly args?: readonly string[]
}

/** @throws an Error that says what to run, if nothing has been built */
export function requireBuild(): void {
  if (!existsSync(programFile))
    throw new Error('dist/server/main.js is missing: these tests run the built program. Run "npm run build" first.')
}

/** Runs `strowger` with arguments; its environment is only what is given here. */
export function runStrowger(
  args: readonly string[],
  { folder, env = {} }: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Program {
  requireBuild()
  const child = spawn(process.execPath, [programFile, ...args], {
    cwd: folder,
    // What a killed process leaves in the folder for temporary files goes with the test too.
    env: { PATH: process.env.PATH, TMPDIR: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const kill = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    return exited
  }
  onTestFinished(async () => void (await kill('SIGKILL')))
  return { process: child, exited, stdout: () => written.stdout, stderr: () => written.stderr, kill }
}

/** The settings of a server on free ports of loopback, as environment variables. */
export async function serverSettings(databaseUrl = 'memory://') {
  const [sipPort, httpPort] = await Promise.all([freePort(hosts.engine), freePort(hosts.engine)])
  return {
    sipPort,
    httpPort,
    env: {
      DATABASE_URL: databaseUrl,
      SIP_LISTEN: `udp://${hosts.engine}:${sipPort},tcp://${hosts.engine}:${sipPort}`,
      HTTP_PORT: String(httpPort),
      // Apart from the default range, so that a server that runs here disturbs nobody.
      RTP_PORTS: '30000-31998',
      ADMIN_PASSWORD: adminPassword,
    },
  }
}

/** Starts a server and waits until it is ready. @throws an Error with what it wrote if it ends before that */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { folder, databaseUrl, center, args = [] } = options
  const { sipPort, httpPort, env } = await serverSettings(databaseUrl)
  const centerArgs = center === undefined ? [] : ['--center', writeCenter(folder, center)]
  const program = runStrowger([...centerArgs, ...args], { folder, env })
  const url = `http://${hosts.engine}:${httpPort}`
  await ready(program, url)
  return { ...program, url, sipPort, address: `${hosts.engine}:${sipPort}` }
}

/** A center definition as a file. JSON is YAML too. */
export function writeCenter(folder: string, center: unknown, name = 'center.yaml'): string {
  const file = join(folder, name)
  writeFileSync(file, JSON.stringify(center, null, 2))
  return file
}

async function ready({ process: child, stdout, stderr }: Program, url: string): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs
  // The banner is its last word: only then everything answers.
  while (!(stdout().includes('Strowger is ready.') && (await answers(`${url}/readyz`)))) {
    const isOver = child.exitCode !== null || child.signalCode !== null
    if (isOver || performance.now() > deadline)
      throw new Error(`The server ${isOver ? 'ended' : 'was not ready in time'}:\n${stdout()}${stderr()}`)
    await pause(probeEveryMs)
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok
  } catch {
    return false
  }
}
