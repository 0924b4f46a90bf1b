/** What is published: packed, unpacked as a dependency of somebody else's program, and used by it. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../house/source.ts'
import { requireBuild } from '../process/server-process.ts'

const run = promisify(execFile)
const maxPackedBytes = 8_000_000
const programTimeoutMs = 120_000

interface Manifest {
  readonly version: string
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

/** The folder of a program that depends on the package. */
let consumer = ''
let packed = ''
let bytes = 0
let files: readonly string[] = []
let manifest: Manifest

beforeAll(async () => {
  requireBuild()
  consumer = mkdtempSync(join(tmpdir(), 'strowger-package-'))
  const modules = join(consumer, 'node_modules')
  packed = join(modules, 'strowger')
  mkdirSync(packed, { recursive: true })
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', consumer]
  const { stdout } = await run('npm', pack, { cwd: root, maxBuffer: 16 * 1024 * 1024 })
  const [report] = JSON.parse(stdout) as [{ filename: string; size: number; files: { path: string }[] }]
  bytes = report.size
  files = report.files.map(({ path }) => path)
  await run('tar', ['-xzf', join(consumer, report.filename), '-C', packed, '--strip-components=1'])
  manifest = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8'))
  // Only what the package itself asks for, and the types of Node that its users have: an import that it does not
  // declare fails here as it would elsewhere.
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true })
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
  writeFileSync(join(consumer, 'package.json'), JSON.stringify({ name: 'consumer', type: 'module', private: true }))
})

afterAll(() => {
  if (consumer !== '') rmSync(consumer, { recursive: true, force: true })
})

/** Runs a plain JavaScript program of the consumer's until it ends by itself. */
async function program(name: string, text: string): Promise<string> {
  const file = join(consumer, name)
  writeFileSync(file, text)
  const { stdout, stderr } = await run(process.execPath, [file], { cwd: consumer, timeout: programTimeoutMs })
  expect(stderr).toBe('')
  return stdout
}

describe('the package', () => {
  it('holds everything that its manifest names', () => {
    const named = Object.values(manifest.exports).flatMap(target =>
      typeof target === 'string' ? [target] : Object.values(target),
    )
    for (const path of [...named, ...Object.values(manifest.bin)])
      expect(existsSync(join(packed, path)), path).toBe(true)
    const others = [
      'dist/dashboard/index.html',
      'dist/db/migrations/meta/_journal.json',
      'dist/server/sample-center.yaml',
    ]
    expect(files).toEqual(expect.arrayContaining([...others, 'README.md', 'LICENSE', 'package.json']))
    expect(files.some(path => /^dist\/engine\/media\/prompts\/en\/.*\.wav$/.test(path))).toBe(true)
  })

  it('is small, and holds neither tests nor what an earlier build left behind', () => {
    expect(bytes).toBeLessThan(maxPackedBytes)
    expect(files.filter(path => /(^|[./])(test|tests|testing|fixtures)([./]|$)|tsbuildinfo/.test(path))).toEqual([])
    const compiled = files.filter(path => /^dist\/(engine|server|db)\/.*\.js$/.test(path))
    expect(compiled.length).toBeGreaterThan(100)
    const sourceOf = (path: string) => join(root, path.replace(/^dist\//, '').replace(/\.js$/, '.ts'))
    expect(
      compiled.filter(path => !existsSync(sourceOf(path))),
      'without a source: remove dist and build',
    ).toEqual([])
  })

  it('tells nothing of the machine it was built on', () => {
    const telling = files.filter(path => readFileSync(join(packed, path)).includes(root))
    expect(telling).toEqual([])
    expect(files.filter(path => /(^|\/)\.|\.(env|pem|key|log|sqlite)$/.test(path))).toEqual([])
    for (const path of files.filter(each => each.endsWith('.map'))) {
      const { sources } = JSON.parse(readFileSync(join(packed, path), 'utf8')) as { sources: string[] }
      expect(
        sources.filter(source => source.startsWith('/')),
        path,
      ).toEqual([])
    }
  })

  it('passes publint', async () => {
    const linter = join(root, 'node_modules/publint/src/cli.js')
    const { stdout } = await run(process.execPath, [linter, 'run', packed, '--pack', 'false', '--strict'])
    expect(stdout).toContain('All good!')
  })

  it('brings the command', async () => {
    const file = join(packed, manifest.bin.strowger ?? '')
    expect(readFileSync(file, 'utf8').split('\n')[0]).toBe('#!/usr/bin/env node')
    expect(statSync(file).isFile()).toBe(true)
    const { stdout, stderr } = await run(process.execPath, [file, '--version'], { cwd: consumer })
    expect({ stdout, stderr }).toEqual({ stdout: `${manifest.version}\n`, stderr: '' })
    expect((await run(process.execPath, [file, '--help'], { cwd: consumer })).stdout).toContain('--database-url')
  })
})

describe('a program in plain JavaScript', () => {
  it('runs an engine, and ends when it has stopped it', async () => {
    const text = `
      import { createEngine, EngineError } from 'strowger'
      const engine = createEngine({
        sip: { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] },
        center: { queues: [{ id: 'support' }], agents: [{ id: 'ada', password: 'x', queues: ['support'] }] },
      })
      engine.onInbound(call => call.enqueue('support'))
      await engine.start()
      const [udp, tcp] = engine.listening()
      engine.agents.signIn('ada')
      const faults = []
      try { createEngine({ center: { queues: [{ id: 'a', strategy: 'psychic' }] } }) } catch (error) {
        if (error instanceof EngineError) faults.push(error.code)
      }
      const { waiting, agents } = engine.queues.get('support').metrics
      console.log(JSON.stringify({ udp, tcp, waiting, signedIn: agents.signedIn, faults, ...engine.health() }))
      await engine.stop()`
    expect(JSON.parse(await program('engine.js', text))).toMatchObject({
      udp: expect.stringMatching(/^udp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      tcp: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:[1-9]\d*$/),
      waiting: 0,
      signedIn: 1,
      faults: ['config.invalid'],
      status: 'ok',
    })
  })

  it('runs a server, is its client, and ends when it has stopped both', async () => {
    const text = `
      import { connect, signIn } from 'strowger/client'
      import { createLogger, readSettings, realParts, startServer } from 'strowger/server'
      const settings = readSettings(
        ['--http-port', '0', '--sip-listen', 'udp://127.0.0.1:0', '--database-url', 'memory://', '--admin-password', 'x'],
        {},
        () => '',
      )
      let banner = ''
      const stdout = { write: part => { banner += part } }
      const { logger } = createLogger('error', false)
      const server = await startServer(settings, { stdout, logger, parts: realParts })
      const { token } = await signIn(server.httpAddress, { username: 'admin', password: 'x' })
      const center = connect({ url: server.httpAddress, token })
      const snapshot = new Promise(resolve => center.onSnapshot(resolve))
      const changed = new Promise(resolve => center.on('agent.state_changed', resolve))
      const { agents } = await snapshot
      await center.rest.setAgentState('ada', { availability: 'available' })
      const { data } = await changed
      const refused = await signIn(server.httpAddress, { username: 'admin', password: 'y' }).catch(error => error.code)
      const dashboard = await (await fetch(server.httpAddress)).text()
      center.close()
      await server.stop()
      console.log(JSON.stringify({
        known: agents.map(({ id }) => id), agentId: data.agentId, refused,
        banner: banner.includes('Strowger is ready.'), dashboard: dashboard.includes('<div id="root">'),
      }))`
    expect(JSON.parse(await program('server.js', text))).toEqual({
      known: ['ada', 'grace'],
      agentId: 'ada',
      refused: 'auth.failed',
      banner: true,
      dashboard: true,
    })
  })

  it('tests itself on a virtual clock', async () => {
    const text = `
      import { createTestClock } from 'strowger/testing'
      const clock = createTestClock(0)
      const rung = []
      clock.setTimeout(() => { rung.push(clock.now()); clock.setTimeout(() => rung.push(clock.now()), 500) }, 1000)
      clock.advance(2000)
      console.log(JSON.stringify({ rung, now: clock.now(), pending: clock.pending }))`
    expect(JSON.parse(await program('clock.js', text))).toEqual({ rung: [1000, 1500], now: 2000, pending: 0 })
  })
})

describe('a program in TypeScript', () => {
  const text = `
    import { createEngine, type Engine, EngineError, type EventEnvelope } from 'strowger'
    import { connect, type Center, type ScreenPop } from 'strowger/client'
    import { readSettings, type Settings } from 'strowger/server'
    import { createTestClock } from 'strowger/testing'

    const clock = createTestClock()
    const engine: Engine = createEngine({ clock, center: { queues: [{ id: 'support', strategy: 'ring-all' }] } })
    engine.onInbound(call => call.enqueue('support', { priority: call.dnis === 'vip' ? 10 : 0 }))
    engine.on('call.connected', ({ data, cursor }) => console.log(data.waitMs.toFixed(), cursor?.length))
    export const isLocked = (error: unknown) => error instanceof EngineError && error.code === 'store.locked'
    export const settings: Settings = readSettings([], process.env, () => '')
    const center: Center = connect({ url: 'http://127.0.0.1:8080', token: 'x' })
    center.on('screenpop.requested', async ({ data }: EventEnvelope<'screenpop.requested'>) => {
      const pop: ScreenPop = data
      const { items } = await center.rest.calls({ agent: pop.agentId })
      await center.acknowledge(pop.popId, items[0]?.ani.e164 ?? 'unknown')
    })
    // @ts-expect-error: no such strategy
    createEngine({ center: { queues: [{ id: 'support', strategy: 'psychic' }] } })
    // @ts-expect-error: no such event
    engine.on('call.exploded', () => undefined)`

  it('is checked against the declarations', async () => {
    writeFileSync(join(consumer, 'consumer.ts'), text)
    const compilerOptions = {
      target: 'es2024',
      lib: ['es2024'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      skipLibCheck: true,
      noEmit: true,
    }
    writeFileSync(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['consumer.ts'] }))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const checked = await run(process.execPath, [compiler, '-p', consumer]).catch(error => error as { stdout: string })
    expect(checked.stdout).toBe('')
  })
})
