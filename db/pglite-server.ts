/**
 * Runs PGlite for a data folder: takes the folder's lock, starts the worker thread, starts it again should it die, and
 * does the housekeeping for which PGlite has no background processes.
 */
import { accessSync, constants, mkdirSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { EngineError } from '../engine/errors.ts'
import type { Logger } from '../engine/ports/logger.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import type { PgliteWorkerData, PgliteWorkerMessage } from './pglite-worker.ts'
import { createSocketFolder } from './socket-folder.ts'

// A new folder takes 3 s on an idle machine, and recovery after a kill has to replay at most one housekeeping interval.
const startTimeoutMs = 120_000
const stopTimeoutMs = 10_000
const restartDelayMs = 1_000
// The sources are TypeScript, the build is JavaScript; the worker is whatever this file is.
const defaultEntry = new URL(`./pglite-worker${extname(import.meta.url)}`, import.meta.url)

/**
 * V8 may abort the process as it frees code compiled for calls out of WebAssembly, where one database of a process begins
 * while another one goes (nodejs/node#64500): about once in 500 starts. With this flag such code stays until nobody needs its
 * module any more.
 */
function keepCompiledCode(): void {
  setFlagsFromString('--no-wasm-code-gc')
}

export interface PgliteServer {
  /** Where to connect: a unix socket that only this user may use. */
  readonly socketPath: string
  /** @throws EngineError `store.locked`, `store.unavailable` */
  start(): Promise<void>
  stop(): Promise<void>
}

/** `entry` is what the worker thread runs. */
export function createPgliteServer(folder: string, logger: Logger, entry = defaultEntry): PgliteServer {
  const sockets = createSocketFolder(folder)
  const { socketPath } = sockets
  let lock: FolderLock | null = null
  let worker: Worker | null = null
  let restart: NodeJS.Timeout | undefined
  let stopping = false

  /** Resolves when the worker answers queries; afterwards a death of the worker brings a new one. */
  function spawn(): Promise<void> {
    // That of a worker that died.
    if (process.platform !== 'win32') rmSync(socketPath, { force: true })
    const data: PgliteWorkerData = { dataDir: join(folder, 'pglite'), socketPath }
    keepCompiledCode()
    const started = new Worker(entry, { workerData: data, name: 'pglite' })
    worker = started
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const deadline = setTimeout(() => end(`it did not start within ${startTimeoutMs / 1000} s`), startTimeoutMs)
    let ready = false
    let reason = 'the thread ended'

    function end(why: string): void {
      reason = why
      void started.terminate()
    }
    started.on('message', (message: PgliteWorkerMessage) => {
      if (message.type === 'failed') reason = message.reason
      else {
        ready = true
        clearTimeout(deadline)
        resolve()
      }
    })
    started.on('error', error => {
      reason = error instanceof Error ? error.message : String(error)
    })
    started.on('exit', () => {
      clearTimeout(deadline)
      if (worker === started) worker = null
      reject(new EngineError('store.unavailable', `The database in ${folder} does not start: ${firstLine(reason)}.`))
      if (ready && !stopping) again(reason)
    })
    return promise
  }

  function again(reason: string): void {
    logger.error({ folder, reason: firstLine(reason) }, 'the embedded database stopped; starting it again')
    restart = setTimeout(() => {
      spawn().catch((error: unknown) => {
        if (!stopping) again(error instanceof Error ? error.message : String(error))
      })
    }, restartDelayMs)
  }

  return {
    socketPath,
    async start() {
      makeFolder(folder)
      lock = lockFolder(folder)
      sockets.make()
      await spawn()
    },
    async stop() {
      stopping = true
      clearTimeout(restart)
      const running = worker
      if (running !== null) {
        const gone = new Promise<void>(resolve => running.once('exit', () => resolve()))
        const deadline = setTimeout(() => void running.terminate(), stopTimeoutMs)
        running.postMessage('stop')
        await gone
        clearTimeout(deadline)
      }
      sockets.remove()
      lock?.release()
      lock = null
    },
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new EngineError('store.unavailable', `The data folder ${folder} can not be created or written: ${code}.`, {
      cause: error,
    })
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text
}
