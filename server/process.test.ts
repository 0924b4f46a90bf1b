/** Starting and stopping the whole server around doubles, and the command line in front of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EngineOptions } from '../engine/api.ts'
import { EngineError } from '../engine/errors.ts'
import type { AccountStore } from '../engine/ports/accounts.ts'
import type { Store } from '../engine/ports/store.ts'
import { bannerText, sipAddress } from './banner.ts'
import { runCommand } from './cli.ts'
import { type ServerParts, startServer } from './process.ts'
import { readSettings } from './settings.ts'
import { systemClock } from './system-clock.ts'
import { createFakeEngine, type FakeEngine } from './testing/fake-engine.ts'
import { createMemoryAccounts } from './testing/memory-accounts.ts'
import { silentLogger } from './testing/silent-logger.ts'

let folder: string
let engine: FakeEngine
let engineOptions: EngineOptions | null
let order: string[]
let accounts: AccountStore
let parts: ServerParts
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-process-'))
  engine = createFakeEngine({ clock: systemClock })
  accounts = await createMemoryAccounts()
  order = []
  engineOptions = null
  const { stop } = engine
  engine.stop = async options => {
    order.push('engine')
    await stop(options)
  }
  parts = {
    createEngine(options) {
      engineOptions = options
      return engine
    },
    openDatabase: async () => ({
      store: {} as Store,
      accounts,
      close: async () => {
        order.push('database')
      },
    }),
    startDemo: async () => {
      order.push('demo starts')
      return {
        stop: async () => {
          order.push('demo')
        },
      }
    },
  }
})
afterEach(() => rmSync(folder, { recursive: true }))

const settingsFor = (...argv: string[]) => readSettings(['--http-port', '0', ...argv], {}, () => '')
const file = (name: string, content: string) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function start(...argv: string[]) {
  let printed = ''
  const stdout = { write: (text: string) => (printed += text) }
  const server = await startServer(settingsFor(...argv), { stdout, logger: silentLogger, parts })
  return { server, printed: () => printed }
}
const signIn = (url: string, username: string, password: string) =>
  fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  })

describe('starting', () => {
  it('puts the sample center and made-up passwords into an empty database, and prints what is needed once', async () => {
    const { server, printed } = await start('--sip-advertise', '127.0.0.1')
    const text = printed()
    expect(text).toContain(`Dashboard  ${server.httpAddress}/`)
    expect(text).toContain('sip:support@127.0.0.1:5060')
    const admin = /"admin" with the password {2}(\S+)/.exec(text)?.[1] ?? ''
    const ada = /user name ada, password (\S+)/.exec(text)?.[1] ?? ''
    expect(text).toMatch(/user name grace, password \S+/)
    expect((await signIn(server.httpAddress, 'admin', admin)).status).toBe(200)
    expect(await (await signIn(server.httpAddress, 'ada', ada)).json()).toMatchObject({ role: 'agent', agentId: 'ada' })
    expect(engine.center()).toMatchObject({
      queues: [{ id: 'support' }],
      trunks: [{ id: 'local', addresses: ['127.0.0.1/32', '::1/128'] }],
    })
    await server.stop({ drainMs: 5 })

    const again = await start()
    expect(again.printed()).not.toContain('shown only now')
    expect(again.printed()).toContain('its password from the center definition')
    await again.server.stop()
  })

  it('applies the given center instead of the sample, and takes the given password', async () => {
    const center = file('center.yaml', 'agents: [{ id: linus, password: tux }]')
    const { server, printed } = await start('--center', center, '--admin-password', 'given')
    expect(printed()).not.toContain('given')
    expect(engine.center().queues).toEqual([])
    expect((await signIn(server.httpAddress, 'linus', 'tux')).status).toBe(200)
    expect((await signIn(server.httpAddress, 'admin', 'given')).status).toBe(200)
    expect(engineOptions).toMatchObject({ tenant: 'default', rtp: { minPort: 10_000, maxPort: 20_000 } })
    await server.stop()
  })

  it('stops in order: demo, engine with its drain time, database', async () => {
    const { server } = await start('--demo')
    expect(order).toEqual(['demo starts'])
    order = []
    await Promise.all([server.stop({ drainMs: 7 }), server.stop()])
    expect(order).toEqual(['demo', 'engine', 'database'])
    expect(engine.asked.at(-1)).toEqual(['stop', { drainMs: 7 }])
    await expect(fetch(server.httpAddress)).rejects.toThrow()
  })

  it('clears up when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise(resolve => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    await expect(start('--http-port', String(port))).rejects.toMatchObject({
      code: 'config.invalid',
      message: `HTTP address 127.0.0.1:${port} is in use by another program; choose another with HTTP_PORT or --http-port`,
    })
    expect(order).toEqual(['engine', 'database'])
    await new Promise(resolve => other.close(resolve))
  })
})

describe('the command line', () => {
  async function run(argv: string[], env: Record<string, string> = {}) {
    let out = ''
    let err = ''
    const exits: number[] = []
    let signal = () => undefined as unknown
    const exited = Promise.withResolvers<void>()
    const code = await runCommand({
      argv,
      env,
      stdout: { write: text => (out += text) },
      stderr: { write: text => (err += text) },
      onSignal: callback => {
        signal = callback
      },
      onHangup: () => {},
      exit: exitCode => {
        exits.push(exitCode)
        exited.resolve()
      },
      loadParts: async () => parts,
    })
    return { code, out, err, exits, signal: () => signal(), exited: exited.promise }
  }

  it('answers --help, --version and simulate', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('--database-url') })
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
    const scenario = fileURLToPath(new URL('../docs/scenario.yaml', import.meta.url))
    const simulate = await run(['simulate', scenario, '--json'])
    expect(simulate).toMatchObject({ code: 0, err: expect.stringContaining('calls a minute') })
    expect(JSON.parse(simulate.out)).toMatchObject({ name: 'Monday', replications: 10, queues: [{}, {}] })
    expect(await run(['simulate', '/nonexistent.yaml'])).toMatchObject({
      code: 1,
      err: expect.stringContaining(
        'command line: got "/nonexistent.yaml"; allowed: a readable JSON or YAML file (ENOENT',
      ),
    })
  })

  it.each([
    [['--http-port', 'x'], 'strowger: --http-port: got "x"; allowed: a port from 0 to 65535 (0: any free one)\n'],
    [['--center', '/nonexistent.yaml'], 'strowger: center file /nonexistent.yaml can not be read: ENOENT'],
    [['apply', '/nonexistent.yaml'], 'strowger: center file /nonexistent.yaml can not be read: ENOENT'],
  ])('fails %j with one line', async (argv, line) => {
    const { code, err } = await run(argv)
    expect(code).toBe(1)
    expect(err).toContain(line)
    expect(err.trimEnd().split('\n')).toHaveLength(1)
  })

  it('names file and place of a fault in a center file', async () => {
    const bad = file('bad.yaml', 'queues: [{ id: a, strategy: psychic }]')
    const { code, err } = await run(['--center', bad, '--http-port', '0'])
    expect(code).toBe(1)
    expect(err).toContain(`strowger: ${bad}: queues[0].strategy: got "psychic"; allowed: longest-idle`)
    const torn = file('torn.yaml', 'queues: [')
    expect((await run(['--center', torn])).err).toMatch(/^strowger: .*torn\.yaml: .*line 1/)
  })

  it('tells what kept the engine from starting', async () => {
    engine.start = async () => {
      throw new EngineError('store.unavailable', 'the database at db.example does not answer')
    }
    const { code, err } = await run([])
    expect({ code, err }).toEqual({ code: 1, err: 'strowger: the database at db.example does not answer\n' })
    expect(order).toEqual(['database'])
  })

  it('drains at the first signal and ends at the second', async () => {
    const held = Promise.withResolvers<void>()
    const { stop } = engine
    engine.stop = async options => {
      await held.promise
      await stop(options)
    }
    const running = await run(['--http-port', '0', '--log-level', 'silent'])
    expect(running.code).toBeNull()
    running.signal()
    expect(running.exits).toEqual([])
    running.signal()
    expect(running.exits).toEqual([1])
    held.resolve()
    await running.exited
  })

  it('ends with 0 after draining', async () => {
    const running = await run(['--http-port', '0', '--log-level', 'silent'])
    running.signal()
    await running.exited
    expect(running.exits).toEqual([0])
    expect(engine.asked.at(-1)).toEqual(['stop', { drainMs: 30_000 }])
  })

  it('applies and exports over REST', async () => {
    const { server } = await start('--admin-password', 'given')
    const session = (await (await signIn(server.httpAddress, 'admin', 'given')).json()) as { token: string }
    const env = { STROWGER_URL: server.httpAddress, STROWGER_API_KEY: session.token }
    const center = file('c.yaml', 'queues: [{ id: sales }]')
    expect(await run(['apply', center], env)).toMatchObject({ code: 0, out: `${center} is applied.\n` })
    expect((await run(['export'], env)).out).toContain('id: sales')
    const bad = file('bad.yaml', 'queues: 1')
    const refused = await run(['apply', bad], env)
    expect(refused.code).toBe(1)
    expect(refused.err).toBe(`strowger: ${bad}: queues: got 1; allowed: of type array\n`)
    const unknown = await run(['export'], { ...env, STROWGER_API_KEY: 'stk_wrong' })
    expect(unknown.err).toContain('does not accept STROWGER_API_KEY')
    await server.stop()
    expect((await run(['export'], env)).err).toMatch(/^strowger: STROWGER_URL .* can not be reached: /)
  })

  it('applies to the database without sockets, and refuses one that keeps nothing', async () => {
    const center = file('c.yaml', 'agents: [{ id: linus, password: tux }]')
    expect(await run(['apply', center])).toMatchObject({ code: 0 })
    expect(engineOptions?.sip).toEqual({ listen: [] })
    expect(await accounts.findUser('linus')).toMatchObject({ role: 'agent' })
    expect(order).toEqual(['engine', 'database'])
    expect((await run(['apply', center], { DATABASE_URL: 'memory://' })).err).toContain('keeps nothing')
  })
})

describe('the banner', () => {
  it('gives an address that a phone can use', () => {
    const at = (sipListening: string[], sipAdvertise: string[] = []) => sipAddress({ sipListening, sipAdvertise })
    expect(at(['tcp://127.0.0.1:5061', 'udp://127.0.0.1:5062'])).toBe('127.0.0.1:5062')
    expect(at(['udp://0.0.0.0:5060'], ['203.0.113.5'])).toBe('203.0.113.5:5060')
    expect(at(['udp://0.0.0.0:5060'])).toMatch(/^\d+\.\d+\.\d+\.\d+:5060$/)
    expect(at(['udp://[::1]:5060'])).toBe('[::1]:5060')
    expect(at([])).toBeNull()
  })

  it('says nothing of phones when there is no socket', () => {
    const text = bannerText({
      httpAddress: 'http://127.0.0.1:8080',
      sipListening: [],
      sipAdvertise: [],
      center: createFakeEngine({ clock: systemClock }).center(),
      adminPassword: null,
      agentPasswords: {},
    })
    expect(text).not.toContain('Register')
    expect(text).toContain('no socket')
  })
})
