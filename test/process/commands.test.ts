/** `strowger apply` and `strowger export`, over REST and on the database, with the built program. */
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { signIn } from '../../server/client/index.ts'
import { scratchFolder } from '../peers/program.ts'
import { asking } from './http.ts'
import { requireBuild, runStrowger, startServer, writeCenter } from './server-process.ts'
import { readJournal, watch } from './watch.ts'

const center = {
  timeZone: 'Europe/London',
  queues: [{ id: 'support', wrapUpMs: 60_000 }],
  agents: [
    { id: 'ada', name: 'Ada Byron', password: 'of-ada', contact: 'sip:ada@127.0.0.3:5999', queues: ['support'] },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'carrier', addresses: ['127.0.0.2'], username: 'us', password: 'of-the-trunk' }],
}

beforeAll(requireBuild)

async function strowger(folder: string, env: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const program = runStrowger(args, { folder, env })
  const code = await program.exited
  return { code, stdout: program.stdout(), stderr: program.stderr() }
}

describe('apply and export', () => {
  it('talk to a running server, and applying again changes nothing', async () => {
    const folder = scratchFolder()
    const server = await startServer({ folder, center: { queues: [{ id: 'old' }] } })
    const { token, rest } = await watch(server)
    const created = await asking(server.url, token)('POST', '/api/v1/api-keys', {
      name: 'operations',
      role: 'administrator',
      scopes: ['center:read', 'center:write', 'events:read'],
    })
    expect(created).toMatchObject({ status: 200, body: { key: expect.any(String), scopes: expect.any(Array) } })
    const { key } = created.body as { key: string }
    const env = { STROWGER_URL: server.url, STROWGER_API_KEY: key }
    const file = writeCenter(folder, center, 'new.yaml')
    const applied = { code: 0, stdout: `${file} is applied.\n`, stderr: '' }

    expect(await strowger(folder, env, 'apply', file)).toEqual(applied)
    const ada = await signIn(server.url, { username: 'ada', password: 'of-ada' })
    await rest.setAgentState('ada', { availability: 'available' })
    const exported = await strowger(folder, env, 'export')
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(parse(exported.stdout)).toMatchObject({ timeZone: 'Europe/London', queues: [{ id: 'support' }] })
    expect(exported.stdout).not.toMatch(/of-ada|of-the-trunk|scrypt|ha1/i)

    const seen = async () => ({
      center: (await asking(server.url, key)('GET', '/api/v1/center')).body,
      agent: await rest.agent('ada'),
      journal: await readJournal(rest),
      session: (await asking(server.url, ada.token)('GET', '/api/v1/session')).status,
    })
    const before = await seen()
    expect(before).toMatchObject({ agent: { routable: true }, session: 200 })
    expect(await strowger(folder, env, 'apply', file)).toEqual(applied)
    expect(await seen()).toEqual(before)
    // What export says can be applied: passwords that it leaves out are kept.
    const copy = join(folder, 'copy.yaml')
    writeCenter(folder, parse(exported.stdout), 'copy.yaml')
    expect(await strowger(folder, env, 'apply', copy)).toMatchObject({ code: 0, stderr: '' })
    expect(await seen()).toEqual(before)

    // The journal is what REST says it is, in one line for each event.
    const journal = await strowger(folder, env, 'export', '--journal')
    expect(journal).toMatchObject({ code: 0, stderr: '' })
    const lines = journal.stdout.trimEnd().split('\n')
    expect(lines.map(line => (JSON.parse(line) as { cursor: string }).cursor)).toEqual(
      lines.map((_, index) => String(index + 1)),
    )
    expect(journal.stdout).toContain('"agent.session_changed"')
    const none = await strowger(folder, env, 'export', '--journal', '--to', '2020-01-01T00:00:00Z')
    expect(none).toEqual({ code: 0, stdout: '', stderr: '' })

    const bad = writeCenter(folder, { ...center, numbers: [{ match: '1', queue: 'gone' }] }, 'bad.yaml')
    const refused = await strowger(folder, env, 'apply', bad)
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(
      /^strowger: .*bad\.yaml: numbers\[0\]\.queue: got "gone"; allowed: [^\n]*support[^\n]*\n$/,
    )
    expect(await seen()).toEqual(before)
    const stranger = await strowger(folder, { ...env, STROWGER_API_KEY: 'stk_none' }, 'export')
    expect(stranger.stderr).toMatch(/^strowger: [^\n]*STROWGER_API_KEY[^\n]*\n$/)
  })

  it('work on the database itself when no server runs, and the next server has it', async () => {
    const folder = scratchFolder()
    const env = { DATABASE_URL: 'pglite://./data' }
    const file = writeCenter(folder, center)
    for (const _again of [1, 2])
      expect(await strowger(folder, env, 'apply', file)).toMatchObject({ code: 0, stderr: '' })
    const exported = await strowger(folder, env, 'export')
    expect(exported).toMatchObject({ code: 0, stderr: '' })
    expect(parse(exported.stdout)).toMatchObject({ queues: [{ id: 'support', wrapUpMs: 60_000 }] })
    expect(exported.stdout).not.toMatch(/of-ada|of-the-trunk/)

    const journal = await strowger(folder, env, 'export', '--journal')
    expect(journal).toMatchObject({ code: 0, stderr: '' })

    const server = await startServer({ folder, databaseUrl: 'pglite://./data' })
    expect(await signIn(server.url, { username: 'ada', password: 'of-ada' })).toMatchObject({ agentId: 'ada' })
    const { rest } = await watch(server)
    expect((await rest.queues()).items.map(({ id }) => id)).toEqual(['support'])
    expect(await server.kill('SIGTERM')).toBe(0)
  })
})
