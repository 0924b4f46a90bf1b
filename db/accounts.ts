/** Users, API keys and web sessions in SQL. */
import { and, asc, count, eq, lt, sql } from 'drizzle-orm'
import type { AccountStore } from '../engine/ports/accounts.ts'
import type { Connection } from './connection.ts'
import { apiKeys, users, webSessions } from './schema.ts'

export function createAccounts(connection: Connection, tenant: string): AccountStore {
  const userIs = (username: string) => and(eq(users.tenant, tenant), eq(users.username, username))
  const keyIs = (keyId: string) => and(eq(apiKeys.tenant, tenant), eq(apiKeys.keyId, keyId))
  const sessionIs = (tokenHash: string) => and(eq(webSessions.tenant, tenant), eq(webSessions.tokenHash, tokenHash))

  return {
    async findUser(username) {
      const rows = await connection.run(({ db }) => db.select().from(users).where(userIs(username)))
      const row = rows[0]
      if (row === undefined) return null
      return { username: row.username, passwordHash: row.passwordHash, role: row.role, agentId: row.agentId }
    },
    async countUsers() {
      const rows = await connection.run(({ db }) =>
        db.select({ users: count() }).from(users).where(eq(users.tenant, tenant)),
      )
      return rows[0]?.users ?? 0
    },
    async saveUsers(changed) {
      if (changed.length === 0) return
      const latest = [...new Map(changed.map(user => [user.username, user])).values()]
      await connection.run(({ db }) =>
        db
          .insert(users)
          .values(
            latest.map(({ username, passwordHash, role, agentId }) => ({
              tenant,
              username,
              passwordHash,
              role,
              agentId,
            })),
          )
          .onConflictDoUpdate({
            target: [users.tenant, users.username],
            set: {
              passwordHash: sql`excluded.password_hash`,
              role: sql`excluded.role`,
              agentId: sql`excluded.agent_id`,
            },
          }),
      )
    },
    async deleteUser(username) {
      await connection.run(({ db }) => db.delete(users).where(userIs(username)))
    },
    async listApiKeys() {
      const rows = await connection.run(({ db }) =>
        db.select().from(apiKeys).where(eq(apiKeys.tenant, tenant)).orderBy(asc(apiKeys.createdAt), asc(apiKeys.keyId)),
      )
      return rows.map(({ keyId, name, keyHash, role, scopes, createdAt }) => ({
        keyId,
        name,
        keyHash,
        role,
        scopes,
        createdAt: createdAt.toISOString(),
      }))
    },
    async saveApiKey({ keyId, name, keyHash, role, scopes, createdAt }) {
      const values = { name, keyHash, role, scopes, createdAt: new Date(createdAt) }
      await connection.run(({ db }) =>
        db
          .insert(apiKeys)
          .values({ tenant, keyId, ...values })
          .onConflictDoUpdate({ target: [apiKeys.tenant, apiKeys.keyId], set: values }),
      )
    },
    async deleteApiKey(keyId) {
      const gone = await connection.run(({ db }) =>
        db.delete(apiKeys).where(keyIs(keyId)).returning({ id: apiKeys.keyId }),
      )
      return gone.length > 0
    },
    async findSession(tokenHash) {
      const rows = await connection.run(({ db }) => db.select().from(webSessions).where(sessionIs(tokenHash)))
      const row = rows[0]
      if (row === undefined) return null
      return { tokenHash: row.tokenHash, username: row.username, expiresAt: row.expiresAt.toISOString() }
    },
    async saveSession({ tokenHash, username, expiresAt }) {
      const values = { username, expiresAt: new Date(expiresAt) }
      await connection.run(async ({ db }) => {
        await db
          .insert(webSessions)
          .values({ tenant, tokenHash, ...values })
          .onConflictDoUpdate({ target: [webSessions.tenant, webSessions.tokenHash], set: values })
        // Nobody asks for an expired session again; without this the table would only grow.
        await db.delete(webSessions).where(and(eq(webSessions.tenant, tenant), lt(webSessions.expiresAt, sql`now()`)))
      })
    },
    async deleteSession(tokenHash) {
      await connection.run(({ db }) => db.delete(webSessions).where(sessionIs(tokenHash)))
    },
    async deleteSessionsOf(username) {
      await connection.run(({ db }) =>
        db.delete(webSessions).where(and(eq(webSessions.tenant, tenant), eq(webSessions.username, username))),
      )
    },
  }
}
