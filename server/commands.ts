/** `strowger apply` and `strowger export`: over REST when a server is named, on the database otherwise. */
import { readFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { withoutSecrets } from '../engine/config-check.ts'
import { EngineError } from '../engine/errors.ts'
import { createPasswords } from '../engine/node/passwords.ts'
import type { Logger } from '../engine/ports/logger.ts'
import type { ProblemDocument } from './api/common.ts'
import { createAgentAccounts } from './auth/accounts.ts'
import { createCenterKeeper } from './center-keeper.ts'
import { journalLines, remoteJournal, storedJournal } from './journal-export.ts'
import { readCenterFile, type ServerParts, tenant } from './process.ts'
import type { Invocation } from './settings.ts'

export interface CommandOptions {
  readonly stdout: { write(text: string): unknown }
  readonly logger: Logger
  readonly parts: Pick<ServerParts, 'createEngine' | 'openDatabase'>
}

/** @throws EngineError whose message is for the operator. */
export async function applyCommand(invocation: Invocation, options: CommandOptions): Promise<void> {
  const [file = ''] = invocation.operands
  const definition = readCenterFile(file)
  if (invocation.remote === null) await applyToDatabase(invocation, definition, file, options)
  else await callServer(invocation.remote, 'PUT', readFileSync(file, 'utf8'), file)
  options.stdout.write(`${file} is applied.\n`)
}

/** @throws EngineError whose message is for the operator. */
export async function exportCommand(invocation: Invocation, options: CommandOptions): Promise<void> {
  if (invocation.flags.journal) {
    await exportJournal(invocation, options)
    return
  }
  if (invocation.remote !== null) {
    options.stdout.write(await callServer(invocation.remote, 'GET'))
    return
  }
  const database = await openKept(invocation, options)
  try {
    await database.store.open()
    const stored = await database.store.loadCenter()
    await database.store.close()
    options.stdout.write(stringify(stored === null ? {} : withoutSecrets(stored.center)))
  } finally {
    await database.close()
  }
}

async function exportJournal(invocation: Invocation, options: CommandOptions): Promise<void> {
  const { remote, flags } = invocation
  const range = { fromMs: flags.from, toMs: flags.to }
  if (remote !== null) {
    for await (const lines of journalLines(remoteJournal(remote), range)) options.stdout.write(lines)
    return
  }
  const database = await openKept(invocation, options)
  try {
    await database.store.open()
    for await (const lines of journalLines(storedJournal(database.store), range)) options.stdout.write(lines)
    await database.store.close()
  } finally {
    await database.close()
  }
}

/** An engine without sockets applies it: only the engine knows how secrets are kept. */
async function applyToDatabase(
  invocation: Invocation,
  definition: unknown,
  file: string,
  options: CommandOptions,
): Promise<void> {
  const { logger, parts } = options
  const database = await openKept(invocation, options)
  try {
    const engine = parts.createEngine({ tenant, store: database.store, logger, sip: { listen: [] } })
    await engine.start()
    try {
      const { accounts } = database
      const endSessionsOf = (username: string) => accounts.deleteSessionsOf(username)
      const agentAccounts = createAgentAccounts({ accounts, passwords: createPasswords(), endSessionsOf })
      const applied = await createCenterKeeper(engine, agentAccounts).apply(definition, { actor: 'operator', file })
      await applied.accountsDone
    } finally {
      await engine.stop()
    }
  } finally {
    await database.close()
  }
}

function openKept({ settings }: Invocation, { logger, parts }: CommandOptions) {
  if (settings.databaseUrl.startsWith('memory:'))
    throw new EngineError(
      'config.invalid',
      'DATABASE_URL is memory://, which keeps nothing: name a database, or a running server with STROWGER_URL',
    )
  return parts.openDatabase(settings.databaseUrl, { tenant, logger })
}

async function callServer(
  remote: NonNullable<Invocation['remote']>,
  method: 'GET' | 'PUT',
  body?: string,
  file = '',
): Promise<string> {
  const address = `${remote.url.replace(/\/+$/, '')}/api/v1/center`
  let reply: Response
  try {
    reply = await fetch(address, {
      method,
      headers: {
        accept: 'application/yaml',
        ...(remote.apiKey === null ? {} : { authorization: `Bearer ${remote.apiKey}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/yaml' }),
      },
      ...(body === undefined ? {} : { body }),
    })
  } catch (error) {
    const { message, cause } = error as Error
    const why = cause instanceof Error ? cause.message : message
    throw new EngineError('config.invalid', `STROWGER_URL ${remote.url} can not be reached: ${why}`, { cause: error })
  }
  const text = await reply.text()
  if (reply.ok) return text
  throw new EngineError('config.invalid', refusal(reply, text, remote.url, file))
}

function refusal(reply: Response, text: string, url: string, file: string): string {
  if (reply.status === 401) return `${url} does not accept STROWGER_API_KEY: make one with the scope center:write`
  if (!(reply.headers.get('content-type') ?? '').includes('problem+json')) return `${url} answered ${reply.status}`
  const { detail, title } = JSON.parse(text) as ProblemDocument
  const lines = (detail ?? title).split('\n')
  return lines.map(line => (file === '' ? line : `${file}: ${line}`)).join('\n')
}
