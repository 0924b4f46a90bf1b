/**
 * The folder of the database's socket: a new one for every process, in the system's folder for temporary files, because
 * a data folder may lie too deep for the 108 bytes of a socket's path, or on a volume that takes none. The data folder
 * notes where it is, so that the next process can clear away what a killed one has left.
 */
import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'

const prefix = 'strowger-'
const socketName = '.s.PGSQL.5432'
/** What a note may say: a folder is removed on the word of a file, so only one of our own making. */
const ownName = /^strowger-[0-9a-f]{16}$/

export interface SocketFolder {
  /** Where to listen and to connect. */
  readonly socketPath: string
  /** Makes the folder, and removes that of a killed predecessor. To be called by the holder of the data folder's lock. */
  make(): void
  remove(): void
}

export function createSocketFolder(dataFolder: string): SocketFolder {
  const name = `${prefix}${randomBytes(8).toString('hex')}`
  if (process.platform === 'win32')
    return { socketPath: `\\\\.\\pipe\\${name}`, make: () => undefined, remove: () => undefined }
  const folder = join(tmpdir(), name)
  const note = join(dataFolder, 'socket-folder')
  let made = false
  return {
    socketPath: join(folder, socketName),
    make() {
      const left = readNote(note)
      if (left !== null) removeSocket(left)
      // Noted first: killed between the two lines, we leave a note of nothing instead of a folder that nobody knows.
      writeFileSync(note, folder, { mode: 0o600 })
      mkdirSync(folder, { mode: 0o700 })
      made = true
    },
    remove() {
      if (!made) return
      made = false
      removeSocket(folder)
      rmSync(note, { force: true })
    },
  }
}

function readNote(file: string): string | null {
  try {
    const folder = readFileSync(file, 'utf8')
    return ownName.test(basename(folder)) ? folder : null
  } catch {
    return null
  }
}

/** Takes away the socket and the folder around it, and nothing else: should there be more in it, it isn't ours. */
function removeSocket(folder: string): void {
  try {
    rmSync(join(folder, socketName), { force: true })
    rmdirSync(folder)
  } catch {
    // Gone already, or not ours to remove.
  }
}
