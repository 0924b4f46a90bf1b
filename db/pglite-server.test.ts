import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { constants, getPriority, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { Logger } from '../engine/ports/logger.ts'
import { type Database, openDatabase } from './index.ts'
import { createPgliteServer } from './pglite-server.ts'

const errors: string[] = []
const logger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (_, message) => errors.push(message),
  child: () => logger,
}
const folder = mkdtempSync(join(tmpdir(), 'strowger-test-'))
let database: Database | null = null

async function make(path: string): Promise<Database> {
  database = await openDatabase(`pglite://${path}`, { tenant: 'default', logger })
  return database
}

afterEach(() => database?.close())
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the embedded database', () => {
  it('says in one line that its folder can not be used', async () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const { store } = await make(`${file}/data`)
    await expect(store.open()).rejects.toMatchObject({
      code: 'store.unavailable',
      message: `The data folder ${file}/data can not be created or written: ENOTDIR.`,
    })
  })

  it('is closed for good, leaves no lock behind and can be closed again', async () => {
    const { store } = await make(join(folder, 'data'))
    await store.open()
    expect(readdirSync(join(folder, 'data')).sort()).toEqual(['pglite', 'socket-folder', 'strowger.lock'])
    await store.close()
    await store.close()
    expect(readdirSync(join(folder, 'data'))).toEqual(['pglite'])
    await expect(store.oldestCursor()).rejects.toMatchObject({ code: 'store.unavailable' })
  })

  it('is begun and stopped without a collection of compiled code, which may abort the process', async () => {
    const script = `
      import { createPgliteServer } from ${JSON.stringify(new URL('./pglite-server.ts', import.meta.url).href)}
      const database = createPgliteServer(process.argv[1], console)
      await database.start()
      await database.stop()`
    const child = ['--trace-wasm-code-gc', '-e', script, join(folder, 'traced')]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, child)
    expect([stdout, stderr]).toEqual(['', ''])
  })

  it.skipIf(process.platform !== 'linux')(
    'gives way to the signalling thread, and only its own thread does',
    async () => {
      const { store } = await make(join(folder, 'polite'))
      await store.open()
      const niceOf = (task: string) =>
        Number(readFileSync(`/proc/self/task/${task}/stat`, 'latin1').split(') ')[1]?.split(' ')[16])
      const tasks = readdirSync('/proc/self/task')
      const named = (name: string) =>
        tasks.filter(task => readFileSync(`/proc/self/task/${task}/comm`, 'latin1') === `${name}\n`)
      // Whoever runs the tests may be near the end of the scale himself.
      expect(named('pglite').map(niceOf)).toEqual([Math.min(getPriority() + 5, constants.priority.PRIORITY_LOW)])
      expect(niceOf(String(process.pid))).toBe(getPriority())
    },
  )

  it('gives the lock back when it can not start', async () => {
    const broken = join(folder, 'broken')
    const { store } = await make(broken)
    await store.open()
    await store.close()
    writeFileSync(join(broken, 'pglite', 'global', 'pg_control'), 'rubbish')
    const again = await make(broken)
    await expect(again.store.open()).rejects.toMatchObject({
      code: 'store.unavailable',
      message: expect.stringMatching(/^The database in .*broken does not start: [^\n]*$/),
    })
    expect(readdirSync(broken)).toEqual(['pglite'])
  })

  it('starts its thread again when it dies', async () => {
    // Stands in for a PGlite that breaks: it listens, and ends at the first connection.
    const source = `
      import { createServer } from 'node:net'
      import { parentPort, workerData } from 'node:worker_threads'
      createServer(() => process.exit(1)).listen(workerData.socketPath, () => parentPort.postMessage({ type: 'ready' }))
      parentPort.once('message', () => process.exit(0))`
    const server = createPgliteServer(
      join(folder, 'dying'),
      logger,
      new URL(`data:text/javascript,${encodeURIComponent(source)}`),
    )
    errors.length = 0
    await server.start()
    for (const deaths of [1, 2]) {
      await untilTaken(server.socketPath)
      await expect.poll(() => errors.length).toBe(deaths)
    }
    await server.stop()
    expect(errors).toEqual(Array(2).fill('the embedded database stopped; starting it again'))
    expect(readdirSync(join(folder, 'dying'))).toEqual([])
  })
})

/** Resolves when something has taken a connection and dropped it. */
async function untilTaken(path: string): Promise<void> {
  await expect
    .poll(async () => {
      const socket = connect(path)
      return await once(socket, 'connect').then(
        async () => {
          await new Promise(resolve => socket.once('close', resolve).once('error', resolve).resume())
          return true
        },
        () => false,
      )
    })
    .toBe(true)
}
