/** What was reported as committed is there after the process was killed, and nobody else gets in while it lives. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findPostgres, startPostgres, type TestPostgres } from '../postgres.ts'
import { databaseOf, temporaryFolder } from './rigs.ts'

interface Committing {
  readonly process: ChildProcess
  /** The highest cursor that it has reported. */
  reported(): number
  /** Resolves when it has reported at least so many commits. */
  until(commits: number): Promise<void>
}

async function startCommitting(url: string): Promise<Committing> {
  const entry = fileURLToPath(new URL('./committing-process.ts', import.meta.url))
  const child = spawn(process.execPath, [entry, url], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  let highest = 0
  let commits = 0
  lines.on('line', line => {
    if (line === 'open') return
    highest = Number(line)
    commits += 1
  })
  await once(lines, 'line')
  return {
    process: child,
    reported: () => highest,
    async until(wanted) {
      while (commits < wanted) await once(lines, 'line')
    },
  }
}

async function kill({ process: child }: Committing): Promise<void> {
  const gone = once(child, 'exit')
  const drained = once(child, 'close')
  child.kill('SIGKILL')
  await Promise.all([gone, drained])
}

function durabilityOf(name: string, makeUrl: () => Promise<string>): void {
  describe(`${name}, killed`, () => {
    it('keeps what it reported as committed, and is locked only while its process lives', async () => {
      const url = await makeUrl()
      for (const round of [1, 2]) {
        const committing = await startCommitting(url)
        await committing.until(20 * round)
        const intruder = await databaseOf(url)
        await expect(intruder.store.open()).rejects.toMatchObject({
          code: 'store.locked',
          message: expect.stringContaining(url.startsWith('pglite') ? String(committing.process.pid) : 'default'),
        })
        await kill(committing)

        const { store } = await databaseOf(url)
        const head = await store.open()
        expect(committing.reported()).toBeGreaterThan(0)
        expect(head.cursor).toBeGreaterThanOrEqual(committing.reported())
        expect(head.checkpoints).toEqual([{ kind: 'call', id: 'latest', state: { cursor: head.cursor } }])
        const events = await store.readEvents({ after: 0, limit: 100_000 })
        expect(events.map(({ cursor }) => Number(cursor))).toEqual(events.map((_, index) => index + 1))
        expect(events.length).toBe(head.cursor)
        await store.close()
      }
    })
  })
}

const folder = temporaryFolder()
afterAll(() => rmSync(folder, { recursive: true, force: true }))
durabilityOf('PGlite', async () => `pglite://${folder}/data`)

const binaries = findPostgres()
if (binaries === null) {
  describe.skip('LEFT OUT: PostgreSQL, killed; no server is installed in /usr/lib/postgresql', () => {})
} else {
  let server: TestPostgres
  beforeAll(async () => {
    server = await startPostgres(binaries)
  })
  afterAll(() => server.remove())
  durabilityOf('PostgreSQL', () => server.urlOf('durability'))
}
