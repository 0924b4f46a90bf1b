/** What keeps the built server from starting is told in one line, with exit code 1. */
import { execFileSync, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { programFile, requireBuild, runStrowger, serverSettings, writeCenter } from './server-process.ts'

beforeAll(requireBuild)

/** Starts a server that can't; resolves with its one line. */
async function fault(
  args: readonly string[],
  { folder, env = {} }: { readonly folder: string; readonly env?: Readonly<Record<string, string>> },
): Promise<string> {
  const settings = await serverSettings()
  const program = runStrowger(args, { folder, env: { ...settings.env, ...env } })
  const code = await program.exited
  expect(program.stdout()).toBe('')
  const line = program.stderr()
  expect(line, 'one line').toMatch(/^[^\n]+\n$/)
  expect(line).toMatch(/^strowger: /)
  expect(code).toBe(1)
  return line.trimEnd().replace('strowger: ', '')
}

describe('a start that fails says in one line', () => {
  it('that the HTTP port is in use', async () => {
    const other = createServer().listen(0, hosts.engine)
    onTestFinished(() => void other.close())
    await once(other, 'listening')
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    expect(await fault([], { folder: scratchFolder(), env: { HTTP_PORT: port } })).toBe(
      `HTTP address 127.0.0.1:${port} is in use by another program; choose another with HTTP_PORT or --http-port`,
    )
  })

  it.each(['udp', 'tcp'] as const)('that the SIP port is in use on %s', async transport => {
    let port: number
    if (transport === 'udp') {
      const other = createSocket('udp4').bind(0, hosts.engine)
      onTestFinished(() => void other.close())
      await once(other, 'listening')
      port = other.address().port
    } else {
      const other = createServer().listen(0, hosts.engine)
      onTestFinished(() => void other.close())
      await once(other, 'listening')
      const address = other.address()
      port = typeof address === 'object' ? (address?.port ?? 0) : 0
    }
    const socket = `${transport}://127.0.0.1:${port}`
    expect(await fault(['--sip-listen', socket], { folder: scratchFolder() })).toBe(
      `SIP can not listen on ${socket}: the port is in use`,
    )
  })

  it('that the data folder can not be written', async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'file'), '')
    const line = await fault([], { folder, env: { DATABASE_URL: 'pglite://./file/data' } })
    expect(line).toContain(join(folder, 'file/data'))
    expect(line).toContain('can not be created or written')
  })

  it('that the database does not answer, without its password', async () => {
    const env = { DATABASE_URL: 'postgres://strowger:of-the-database@127.0.0.1:1/x' }
    const line = await fault([], { folder: scratchFolder(), env })
    expect(line).toContain('PostgreSQL at 127.0.0.1:1')
    expect(line).not.toContain('of-the-database')
  })

  it('what is wrong in the center file: file, path, value and what is allowed', async () => {
    const folder = scratchFolder()
    const file = writeCenter(folder, { queues: [{ id: 'support' }, { id: 'sales', ringTimeout: 15 }] })
    const line = await fault(['--center', file], { folder })
    expect(line).toMatch(/center\.yaml: queues\[1\]\.ringTimeout: got 15; allowed: the keys id, name, .*ringTimeoutMs/)
    expect(line.startsWith(file)).toBe(true)
  })

  it('which flag it does not know, and which it does', async () => {
    const line = await fault(['--http-prot', '8080'], { folder: scratchFolder() })
    expect(line).toMatch(/^command line: got "--http-prot"; allowed: .*--http-port/)
  })
})

/** The system's own Node, if it is one that is too old for us. */
const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(file => {
  try {
    const [major = 0] = execFileSync(file, ['-p', 'process.versions.node'], { encoding: 'utf8' }).split('.').map(Number)
    return major < 22
  } catch {
    return false
  }
})

describe.skipIf(oldNode === undefined)(titled('a Node that is too old', 'Node below 22', oldNode ?? null), () => {
  it.each([[], ['--help']])('is told in one line, whatever is asked of it: %j', (...args) => {
    const { status, stdout, stderr } = spawnSync(oldNode ?? '', [programFile, ...args], { encoding: 'utf8' })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toMatch(/^strowger: Node \d+\.\d+\.\d+ is too old; Strowger needs Node 22\.12 or newer\n$/)
  })
})
