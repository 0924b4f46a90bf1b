/**
 * One process per data folder. The lock is a file with the process's pid and, where the system tells it, the time the
 * process started, so that a pid that was given to somebody else later, or to us in a new container, is not taken for
 * the owner.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '../engine/errors.ts'

export interface FolderLock {
  release(): void
}

interface Owner {
  readonly pid: number
  /** Clock ticks between boot and the process's start; null where the system doesn't tell. */
  readonly startedTicks: string | null
}

const heldHere = new Set<string>()

/** @throws EngineError `store.locked`, which names the pid and the folder. File errors pass through. */
export function lockFolder(folder: string): FolderLock {
  const file = join(folder, 'strowger.lock')
  if (heldHere.has(file)) throw locked(folder, process.pid)
  const mine = JSON.stringify({ pid: process.pid, startedTicks: startedTicksOf(process.pid) } satisfies Owner)
  // Each round either takes the lock, finds its owner alive, or removes one stale file.
  for (let round = 0; round < 10; round += 1) {
    if (createFile(file, mine)) {
      heldHere.add(file)
      return {
        release() {
          if (heldHere.delete(file)) rmSync(file, { force: true })
        },
      }
    }
    const found = readIfThere(file)
    if (found === null) continue
    const owner = parseOwner(found)
    if (owner !== null && isAlive(owner)) throw locked(folder, owner.pid)
    removeStale(file, found)
  }
  throw new EngineError('store.locked', `The data folder ${folder} is being fought over by several processes.`)
}

function locked(folder: string, pid: number): EngineError {
  return new EngineError('store.locked', `The data folder ${folder} is in use by the process ${pid}.`)
}

/** Written first and linked then, so that nobody ever reads a lock without its owner. */
function createFile(file: string, text: string): boolean {
  const draft = `${file}.${process.pid}.new`
  writeFileSync(draft, text, { mode: 0o600 })
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  } finally {
    rmSync(draft, { force: true })
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}

/** Moves the file aside first: if it is no longer the stale one, somebody was quicker and gets it back. */
function removeStale(file: string, stale: string): void {
  const aside = `${file}.${process.pid}.old`
  try {
    renameSync(file, aside)
    if (readFileSync(aside, 'utf8') !== stale) linkSync(aside, file)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(aside, { force: true })
  }
}

function parseOwner(text: string): Owner | null {
  try {
    const owner: unknown = JSON.parse(text)
    if (typeof owner !== 'object' || owner === null || !('pid' in owner) || typeof owner.pid !== 'number') return null
    const ticks = 'startedTicks' in owner && typeof owner.startedTicks === 'string' ? owner.startedTicks : null
    return { pid: owner.pid, startedTicks: ticks }
  } catch {
    // Not a lock of ours.
    return null
  }
}

function isAlive(owner: Owner): boolean {
  const ticks = startedTicksOf(owner.pid)
  if (ticks !== null && owner.startedTicks !== null) return ticks === owner.startedTicks
  // Our own pid in a file that this process didn't write is left over from before a restart.
  if (owner.pid === process.pid) return false
  try {
    process.kill(owner.pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** Field 22 of /proc/PID/stat; the command in field 2 may itself hold blanks and brackets, so count from its end. */
function startedTicksOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
