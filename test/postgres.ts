/**
 * A throw-away PostgreSQL for tests, from Debian's server binaries: its own cluster in a temporary folder, on a random
 * port of 127.0.0.1, with a password. PostgreSQL refuses to run as root; then it runs as the user `postgres`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import postgres from 'postgres'
import { freePort } from './peers/loopback.ts'

export interface TestPostgres {
  readonly port: number
  readonly password: string
  /** A connection URL for a database, which is created if it isn't there yet. */
  urlOf(database: string): Promise<string>
  /** Stops the server, as a fault would: connections are cut. */
  halt(): Promise<void>
  resume(): Promise<void>
  /** Stops the server and removes the cluster. */
  remove(): Promise<void>
}

interface Identity {
  readonly uid?: number
  readonly gid?: number
}

/** The folder of the newest installed server's binaries, or null. */
export function findPostgres(): string | null {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const versions = readdirSync(root).sort((a, b) => Number(b) - Number(a))
  const folders = versions.map(version => join(root, version, 'bin'))
  const found = folders.find(folder => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
  return found !== undefined && identity() !== null ? found : null
}

/** Whom the server runs as: ourselves, or `postgres` if we are root; null if there is no such user. */
function identity(): Identity | null {
  if (process.getuid?.() !== 0) return {}
  try {
    const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }))
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    return null
  }
}

export async function startPostgres(binaries: string): Promise<TestPostgres> {
  const user = identity() ?? {}
  const folder = mkdtempSync(join(tmpdir(), 'strowger-postgres-'))
  const password = `pw-${crypto.randomUUID()}`
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(folder, user.uid, user.gid)
    chownSync(passwordFile, user.uid, user.gid)
  }
  const data = join(folder, 'data')
  const initdb = ['-D', data, '-U', 'strowger', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '-E', 'UTF8']
  execFileSync(join(binaries, 'initdb'), [...initdb, '--locale=C', '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: 'pipe',
  })
  const port = await freePort('127.0.0.1')
  let server: ChildProcess | null = null

  const connect = () =>
    postgres({
      host: '127.0.0.1',
      port,
      username: 'strowger',
      password,
      database: 'postgres',
      max: 1,
      connect_timeout: 5,
      onnotice: () => undefined,
    })

  async function resume(): Promise<void> {
    const settings = ['-c', 'fsync=off', '-c', `listen_addresses=127.0.0.1`, '-c', `unix_socket_directories=${folder}`]
    server = spawn(join(binaries, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    })
    const deadline = performance.now() + 60_000
    for (;;) {
      const probe = connect()
      const up = await probe`select 1`.then(
        () => true,
        () => false,
      )
      await probe.end({ timeout: 0 })
      if (up) return
      if (server.exitCode !== null || performance.now() > deadline) throw new Error('PostgreSQL does not start')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
  }

  async function halt(): Promise<void> {
    const running = server
    if (running === null) return
    server = null
    const gone = once(running, 'exit')
    // PostgreSQL's "immediate" shutdown: nobody is said goodbye to.
    running.kill('SIGQUIT')
    await gone
  }

  await resume()
  return {
    port,
    password,
    async urlOf(database) {
      const client = connect()
      try {
        const found = await client`select 1 from pg_database where datname = ${database}`
        if (found.length === 0) await client.unsafe(`create database "${database}"`)
      } finally {
        await client.end({ timeout: 2 })
      }
      return `postgres://strowger:${password}@127.0.0.1:${port}/${database}`
    },
    halt,
    resume,
    async remove() {
      await halt()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
