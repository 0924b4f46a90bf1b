/** The server under the bench: a process of its own, bound to one core, with a fresh data folder and a center of many agents. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { benchCenter } from './center.ts'
import { startOn } from './process.ts'

export interface SubjectOptions {
  /** A built checkout: its `dist/server/main.js` is run. */
  readonly checkout: string
  readonly core: number
  readonly store: 'pglite' | 'memory'
  readonly agents: number
  /** Agents of other queues. */
  readonly agentsElsewhere?: number
  /** How many calls the center must be able to hold; by default as many as one that says nothing. */
  readonly mostCalls?: number
  readonly sipPort: number
  readonly httpPort: number
  readonly agentsPort: number
  /** By default audio goes past it. */
  readonly mode?: 'direct' | 'relay'
  /** Where its inspector listens, if it is to have one. */
  readonly inspectorPort?: number
  /** Folder for a CPU profile of each thread, which are written when it stops. */
  readonly profileTo?: string
}

export interface Subject {
  readonly pid: number
  /** 99th percentile of the event loop's delay since the last look, milliseconds. */
  loopDelayMs(): Promise<number>
  /** Of `/metrics`, by name and labels; NaN if it is not there. */
  figure(name: string): Promise<number>
  /** @param look at what it has written, before that is thrown away */
  stop(look?: (databaseUrl: string) => Promise<void>): Promise<void>
  /** Ends it at once: nobody waits for the calls that are left. */
  kill(): Promise<void>
}

/** Starts it and waits until it is ready. @throws Error with its output if it never is */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const program = join(options.checkout, 'dist/server/main.js')
  if (!existsSync(program)) throw new Error(`${options.checkout} is not built: npm run build`)
  const get = (path: string) => fetch(`http://127.0.0.1:${options.httpPort}${path}`)
  if (await get('/readyz').catch(() => null)) throw new Error(`another server answers at port ${options.httpPort}`)
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  writeFileSync(join(folder, 'center.json'), JSON.stringify(centerOf(options)))
  const databaseUrl = options.store === 'memory' ? 'memory://' : `pglite://${folder}/data`
  const profiling = options.profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileTo}`]
  const inspecting = options.inspectorPort === undefined ? [] : [`--inspect=127.0.0.1:${options.inspectorPort}`]
  const process_ = startOn(options.core, process.execPath, [...profiling, ...inspecting, program], {
    cwd: folder,
    env: {
      ...process.env,
      STROWGER_CENTER: join(folder, 'center.json'),
      DATABASE_URL: databaseUrl,
      SIP_LISTEN: `udp://127.0.0.1:${options.sipPort}`,
      HTTP_PORT: String(options.httpPort),
      LOG_LEVEL: 'warn',
      ADMIN_PASSWORD: folder,
    },
  })
  let ending = false
  void process_.exited.then(code => {
    if (!ending) console.error(`the server ended with ${code}:\n${process_.output()}`)
  })
  const end = async (signal: 'SIGTERM' | 'SIGKILL', look: Parameters<Subject['stop']>[0]) => {
    ending = true
    process_.child.kill(signal)
    await process_.exited
    await look?.(databaseUrl)
    rmSync(folder, { recursive: true, force: true })
  }
  const stop: Subject['stop'] = look => end('SIGTERM', look)
  const figure = async (name: string) => {
    const lines = (await (await get('/metrics')).text()).split('\n')
    return Number(lines.find(line => line.startsWith(`${name} `))?.slice(name.length) ?? Number.NaN)
  }
  for (let tries = 0; (await get('/readyz').catch(() => null))?.ok !== true; tries++) {
    if (tries === 600 || process_.child.exitCode !== null) {
      await stop()
      throw new Error(`the server did not start:\n${process_.output()}`)
    }
    await new Promise(resolve => setTimeout(resolve, 100))
  }
  return {
    pid: process_.child.pid ?? 0,
    loopDelayMs: async () => 1_000 * (await figure('nodejs_eventloop_lag_p99_seconds')),
    figure,
    stop,
    kill: () => end('SIGKILL', undefined),
  }
}

function centerOf({ agents, agentsPort, agentsElsewhere = 0, mostCalls = 10_000, mode }: SubjectOptions): object {
  const [phones, callers] = [`127.0.0.1:${agentsPort}`, '127.0.0.1/32']
  const audio = mode === undefined ? {} : { mode }
  return benchCenter({ phones, callers, agents, agentsElsewhere, mostCalls, ...audio })
}
