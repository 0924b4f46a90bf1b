/** A whole app around a fake engine, with one signed-in person per role, for tests. */

import { createPasswords } from '../../engine/node/passwords.ts'
import type { AccountStore } from '../../engine/ports/accounts.ts'
import { buildAppAround } from '../app.ts'
import { hashToken } from '../auth/tokens.ts'
import type { App } from '../context.ts'
import { createFakeEngine, type FakeEngine } from './fake-engine.ts'
import { createManualClock, type ManualClock } from './manual-clock.ts'
import { createMemoryAccounts } from './memory-accounts.ts'
import { silentLogger } from './silent-logger.ts'

/** Passwords that cost next to nothing. */
export const cheapPasswords = createPasswords({ log2N: 2, r: 1, p: 1 })

export const people = [
  { username: 'root', role: 'administrator', agentId: null },
  { username: 'sue', role: 'supervisor', agentId: null },
  { username: 'ada', role: 'agent', agentId: 'ada' },
  { username: 'crm', role: 'integrator', agentId: null },
] as const
export type PersonName = (typeof people)[number]['username']

export interface Harness {
  readonly app: App
  readonly engine: FakeEngine
  readonly accounts: AccountStore
  readonly clock: ManualClock
  /** Injects a request as someone. */
  as(
    name: PersonName,
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: object,
  ): Promise<{ status: number; type: string; json: unknown; text: string }>
  tokenOf(name: PersonName): string
  close(): Promise<void>
}

export async function createHarness(
  options: { httpOrigins?: readonly string[]; dashboardFolder?: string; httpHost?: string } = {},
): Promise<Harness> {
  const clock = createManualClock()
  const accounts = await createMemoryAccounts()
  const engine = createFakeEngine({
    clock,
    center: {
      timeZone: 'Europe/London',
      agentPolicy: { notReadyReasons: ['Tea', 'Lunch'] },
      queues: [{ id: 'support', name: 'Support' }, { id: 'sales' }],
      agents: [
        { id: 'ada', queues: ['support'] },
        { id: 'grace', queues: ['support'] },
      ],
      numbers: [{ match: 'support', queue: 'support' }],
      hours: [{ id: 'office' }],
      mailboxes: [{ id: 'help', queues: ['support'] }, { id: 'boss' }],
    },
  })
  const expiresAt = new Date(clock.now() + 12 * 3_600_000).toISOString()
  const tokenOf = (name: PersonName) => `token-of-${name}`
  for (const person of people) {
    const passwordHash = await cheapPasswords.hash(`password of ${person.username}`)
    await accounts.saveUsers([{ ...person, passwordHash }])
    const tokenHash = hashToken(tokenOf(person.username))
    await accounts.saveSession({ tokenHash, username: person.username, expiresAt })
  }
  const { app } = await buildAppAround({
    engine,
    accounts,
    clock,
    settings: { httpHost: options.httpHost ?? '127.0.0.1', httpOrigins: options.httpOrigins ?? [] },
    logger: silentLogger,
    passwords: cheapPasswords,
    dashboardFolder: options.dashboardFolder ?? '/nonexistent',
  })
  return {
    app,
    engine,
    accounts,
    clock,
    tokenOf,
    async as(name, method, path, body) {
      const reply = await app.inject({
        method,
        url: `/api/v1${path}`,
        headers: { authorization: `Bearer ${tokenOf(name)}` },
        ...(body === undefined ? {} : { payload: body }),
      })
      const type = String(reply.headers['content-type'] ?? '')
      return { status: reply.statusCode, type, json: type.includes('json') ? reply.json() : null, text: reply.body }
    },
    close: () => app.close(),
  }
}
