/** The server under the bench: a process of its own, bound to one core, with a fresh data folder and a center of many agents. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startOn } from './process.ts'

export interface SubjectOptions {
  /** A built checkout: its `dist/server/main.js` is run. */
  readonly checkout: string
  readonly core: number
  readonly store: 'pglite' | 'memory'
  readonly agents: number
  readonly sipPort: number
  readonly httpPort: number
  readonly agentsPort: number
  /** Folder for a CPU profile of each thread, which are written when it stops. */
  readonly profileTo?: string
}

export interface Subject {
  readonly pid: number
  /** 99th percentile of the event loop's delay since the last look, milliseconds. */
  loopDelayMs(): Promise<number>
  stop(): Promise<void>
}

/** Starts it and waits until it is ready. @throws Error with its output if it never is */
export async function startSubject(options: SubjectOptions): Promise<Subject> {
  const program = join(options.checkout, 'dist/server/main.js')
  if (!existsSync(program)) throw new Error(`${options.checkout} is not built: npm run build`)
  const folder = mkdtempSync(join(tmpdir(), 'strowger-bench-'))
  writeFileSync(join(folder, 'center.json'), JSON.stringify(centerOf(options)))
  const profiling = options.profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${options.profileTo}`]
  const process_ = startOn(options.core, process.execPath, [...profiling, program], {
    cwd: folder,
    env: {
      ...process.env,
      STROWGER_CENTER: join(folder, 'center.json'),
      DATABASE_URL: options.store === 'memory' ? 'memory://' : `pglite://${folder}/data`,
      SIP_LISTEN: `udp://127.0.0.1:${options.sipPort}`,
      HTTP_PORT: String(options.httpPort),
      LOG_LEVEL: 'warn',
      ADMIN_PASSWORD: folder,
    },
  })
  const get = (path: string) => fetch(`http://127.0.0.1:${options.httpPort}${path}`)
  const stop = async () => {
    process_.child.kill('SIGTERM')
    await process_.exited
    rmSync(folder, { recursive: true, force: true })
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
    async loopDelayMs() {
      const line = /^nodejs_eventloop_lag_p99_seconds ([\d.e+-]+)$/m.exec(await (await get('/metrics')).text())
      return Number(line?.[1] ?? Number.NaN) * 1_000
    },
    stop,
  }
}

function centerOf({ agents, agentsPort }: SubjectOptions): object {
  return {
    queues: [{ id: 'bench', answer: 'with-agent', wrapUpMs: 0, offerCooldownMs: 0, maxWaiting: 100_000 }],
    agents: Array.from({ length: agents }, (_, i) => ({
      id: `a${i}`,
      contact: `sip:a${i}@127.0.0.1:${agentsPort}`,
      queues: ['bench'],
      alwaysAvailable: true,
    })),
    numbers: [{ match: 'bench', queue: 'bench' }],
    trunks: [{ id: 'sipp', addresses: ['127.0.0.1/32'] }],
    media: { mode: 'direct' },
  }
}
