/** The `strowger` command: which part of it to run, what a fault looks like, and what signals do. */
import { readFileSync } from 'node:fs'
import { EngineError } from '../engine/errors.ts'
import { applyCommand, exportCommand } from './commands.ts'
import { packageVersion } from './files.ts'
import { createLogger } from './logger.ts'
import { type ServerParts, startServer } from './process.ts'
import { type Environment, helpText, type Invocation, readInvocation } from './settings.ts'

export interface CommandLine {
  readonly argv: readonly string[]
  readonly env: Environment
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
  /** Calls back for SIGTERM and SIGINT. */
  onSignal(callback: () => void): void
  /** Calls back for SIGHUP, which ends the process as long as nobody asked for it. */
  onHangup(callback: () => void): void
  /** Ends the process at once. */
  exit(code: number): void
  loadParts(): Promise<ServerParts>
}

/** @returns The exit code, or null while a server runs. */
export async function runCommand(line: CommandLine): Promise<number | null> {
  const { argv, env, stdout, stderr } = line
  try {
    const invocation = readInvocation(argv, env, path => readFileSync(path, 'utf8'))
    switch (invocation.command) {
      case 'help':
        stdout.write(helpText())
        return 0
      case 'version':
        stdout.write(`${packageVersion()}\n`)
        return 0
      case 'simulate':
        // Loaded late: nobody else needs the simulated people.
        await (await import('./simulate.ts')).simulateCommand(invocation, { stdout, stderr })
        return 0
      case 'run':
        await run(invocation, line)
        return null
      case 'apply':
      case 'export': {
        const { logger, flush } = createLogger('error', stderr.isTTY === true)
        const command = invocation.command === 'apply' ? applyCommand : exportCommand
        try {
          await command(invocation, { stdout, logger, parts: await line.loadParts() })
        } finally {
          flush()
        }
        return 0
      }
    }
  } catch (error) {
    stderr.write(faultText(error))
    return 1
  }
}

async function run({ settings }: Invocation, line: CommandLine): Promise<void> {
  const { logger, flush } = createLogger(settings.logLevel, line.stderr.isTTY === true)
  let running: Awaited<ReturnType<typeof startServer>> | null = null
  let isAsked = false
  const stop = (server: NonNullable<typeof running>): void => {
    server.stop().then(
      () => {
        flush()
        line.exit(0)
      },
      (error: unknown) => {
        line.stderr.write(faultText(error))
        flush()
        line.exit(1)
      },
    )
  }
  line.onSignal(() => {
    if (isAsked) {
      flush()
      line.exit(1)
      return
    }
    isAsked = true
    if (running === null) return
    line.stdout.write('Stopping: running calls may end; a second signal stops at once.\n')
    stop(running)
  })
  try {
    running = await startServer(settings, { stdout: line.stdout, logger, parts: await line.loadParts() })
    if (running.reloadTls !== null) line.onHangup(running.reloadTls)
  } finally {
    flush()
  }
  // Asked to stop while it was starting.
  if (isAsked) stop(running)
}

/** One line per fault, each beginning with the program's name; the stack only of what nobody foresaw. */
export function faultText(error: unknown): string {
  const words = error instanceof EngineError ? error.message : String((error as Error)?.stack ?? error)
  return words
    .split('\n')
    .map(text => (error instanceof EngineError ? `strowger: ${text}\n` : `${text}\n`))
    .join('')
}
