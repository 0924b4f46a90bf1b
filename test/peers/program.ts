/** Other people's programs: where they are, and a run of one that never outlives its test. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Readable } from 'node:stream'
import { onTestFinished } from 'vitest'

/** The path of a program, or null if this machine doesn't have it. */
export function findProgram(name: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const paths = folders.map(folder => join(folder, name))
  return paths.find(isExecutable) ?? null
}

/** A test's title that says what was left out on a machine without the program. */
export function titled(title: string, program: string, path: string | null): string {
  return path === null ? `${title} (left out: ${program} is not installed)` : title
}

/** A folder that goes with the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-peer-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export interface ProgramRun {
  readonly process: ChildProcess
  /** Resolves with the exit code when the program has ended; null after a signal. */
  readonly exited: Promise<number | null>
  /** What it has written so far, both streams. */
  output(): string
  kill(signal?: NodeJS.Signals): Promise<void>
}

/** Starts a program in a folder; it is killed when the test ends. `input`: what it reads, if anything. */
export function runProgram(path: string, args: readonly string[], folder: string, input?: Readable): ProgramRun {
  const child = spawn(path, args, { cwd: folder, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  if (child.stdin !== null) input?.pipe(child.stdin)
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
  }
  onTestFinished(() => kill())
  return { process: child, exited, output: () => output, kill }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
