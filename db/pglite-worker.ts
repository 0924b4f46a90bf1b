/**
 * The worker thread that is the embedded PostgreSQL: PGlite behind a socket that speaks PostgreSQL's protocol. PGlite
 * is synchronous WebAssembly; here it blocks nobody but itself.
 *
 * Messages to the parent: `{ type: 'ready' }`, `{ type: 'failed', reason }`. A message from the parent means: stop.
 */
import { constants, getPriority, setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

export interface PgliteWorkerData {
  readonly dataDir: string
  readonly socketPath: string
}

export type PgliteWorkerMessage = { readonly type: 'ready' } | { readonly type: 'failed'; readonly reason: string }

/**
 * What this thread gives way to the signalling thread where both want the same processor, as nice(1): a write takes
 * milliseconds, which a call need not wait for. Not more than this, or an overloaded engine would starve its own record.
 */
const niceness = 5

function report(message: PgliteWorkerMessage): void {
  parentPort?.postMessage(message)
}

/** Linux gives each thread a priority of its own, and 0 means the one that asks; elsewhere it would be the whole process. */
function giveWay(): void {
  if (process.platform !== 'linux') return
  setPriority(0, Math.min(getPriority(0) + niceness, constants.priority.PRIORITY_LOW))
}

async function serve({ dataDir, socketPath }: PgliteWorkerData): Promise<void> {
  const database = await PGlite.create({
    dataDir,
    // Checkpoints come from us (see pglite-server.ts); each then leaves no more log than this behind it.
    startParams: [...PGlite.defaultStartParams, '-c', 'max_wal_size=64MB', '-c', 'min_wal_size=32MB', '-c', 'jit=off'],
  })
  // A query that fails answers with an error message; only a broken PGlite throws. The socket server would then leave
  // every later query unanswered, so the thread ends and the parent starts a new one.
  const execute = database.execProtocolRawStream.bind(database)
  database.execProtocolRawStream = async (message, options) => {
    try {
      await execute(message, options)
    } catch (error) {
      fail(error)
    }
  }
  // The pool has one connection; the others are for a client that reconnects before its old connection is forgotten.
  const server = new PGLiteSocketServer({ db: database, path: socketPath, maxConnections: 8 })
  await server.start()
  giveWay()
  parentPort?.once('message', async () => {
    await server.stop()
    await database.close()
    process.exit(0)
  })
  report({ type: 'ready' })
}

function fail(error: unknown): void {
  report({ type: 'failed', reason: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

serve(workerData as PgliteWorkerData).catch(fail)
