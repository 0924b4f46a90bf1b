/**
 * V8's helper threads: they mark what lives while the signalling thread works, and compile. Where there are fewer processors than
 * threads, four of them that mark leave the signalling thread a fifth of one, for as long as a collection of old objects takes.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { constants, getPriority, setPriority } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/** What they give way, as nice(1). Not more than this, or a server that starts under full load would wait long for compiled code. */
const niceness = 10

/** As Node names them. */
const threadName = 'V8Worker'

/**
 * Lets one of them mark at a time, and all of them give way to the signalling thread. Linux alone has a priority for each thread;
 * a Node that does not name its threads keeps theirs.
 */
export function holdBackV8Helpers(): void {
  setFlagsFromString('--concurrent-marking-max-worker-num=1')
  if (process.platform !== 'linux') return
  try {
    const threads = readdirSync('/proc/self/task').map(Number)
    for (const thread of threads) if (nameOf(thread) === threadName) giveWay(thread)
  } catch {
    // No such folder here, or a priority that may not be changed: they stay as they are.
  }
}

function nameOf(thread: number): string {
  return readFileSync(`/proc/self/task/${thread}/comm`, 'latin1').trim()
}

function giveWay(thread: number): void {
  setPriority(thread, Math.min(getPriority(thread) + niceness, constants.priority.PRIORITY_LOW))
}
