/** How many files this process may have open: sockets are files, and so are databases and recordings. */
import { readFileSync } from 'node:fs'

/** What systems grant that don't tell. */
const usualOpenFiles = 1_024
/** Beyond this it is not files that run out first. */
const mostConnections = 20_000

/** Connections of peers at a time: half of the files, so that calls, media, the database and our own connections have theirs. */
export function connectionRoom(limits: string = systemLimits()): number {
  // Node has raised the soft limit to the hard one when it started.
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1] ?? String(usualOpenFiles)
  return soft === 'unlimited' ? mostConnections : Math.min(mostConnections, Math.floor(Number(soft) / 2))
}

function systemLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8')
  } catch {
    return ''
  }
}
