/** Child processes of the bench: started on a given core, measured by the operating system's own accounting. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface Bound {
  readonly child: ChildProcess
  /** Resolves with the exit code. */
  readonly exited: Promise<number>
  output(): string
}

/** @param core the processor that the process and its threads are bound to */
export function startOn(
  core: number,
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Bound {
  const child = spawn('taskset', ['-c', String(core), command, ...args], {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-20_000)
    })
  const exited = new Promise<number>(resolve => child.on('exit', code => resolve(code ?? -1)))
  return { child, exited, output: () => text }
}

const ticksPerSecond = 100

/** proc(5): user and system time. */
function statOf(path: string): { readonly name: string; readonly ticks: number } {
  const stat = readFileSync(path, 'utf8')
  const end = stat.lastIndexOf(')')
  const fields = stat.slice(end + 2).split(' ')
  return { name: stat.slice(stat.indexOf('(') + 1, end), ticks: Number(fields[11]) + Number(fields[12]) }
}

/** CPU time of a process with all its threads and its children, in milliseconds. */
export function cpuMs(pid: number): number {
  let ticks = 0
  for (const id of withChildren(pid)) {
    ticks += statOf(`/proc/${id}/stat`).ticks
  }
  return (ticks * 1000) / ticksPerSecond
}

/** CPU time of each thread of a process by name, threads of one name together, in milliseconds. */
export function cpuMsByThread(pid: number): ReadonlyMap<string, number> {
  const spent = new Map<string, number>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const { name, ticks } = statOf(`/proc/${pid}/task/${task}/stat`)
    spent.set(name, (spent.get(name) ?? 0) + (ticks * 1000) / ticksPerSecond)
  }
  return spent
}

/** Resident memory of a process and its children, in KiB. */
export function residentKib(pid: number): number {
  let kib = 0
  for (const id of withChildren(pid)) {
    const line = readFileSync(`/proc/${id}/status`, 'utf8')
      .split('\n')
      .find(text => text.startsWith('VmRSS'))
    kib += Number(line?.replace(/\D+/g, '') ?? 0)
  }
  return kib
}

/** Sockets that a process has open, in any of its threads. Files are left out: a database opens as many as it likes. */
export function openSockets(pid: number): number {
  const handles = readdirSync(`/proc/${pid}/fd`)
  return handles.filter(handle => targetOf(`/proc/${pid}/fd/${handle}`).startsWith('socket:')).length
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed since it was listed.
    return ''
  }
}

function withChildren(pid: number): number[] {
  const found = [pid]
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
    for (const child of children.split(' ').filter(text => text !== '')) found.push(...withChildren(Number(child)))
  }
  return found
}
