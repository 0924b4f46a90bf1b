/** Users, API keys and web sessions that live as long as the process, beside the in-memory store. */
import type { AccountStore, ApiKey, UserAccount, WebSession } from '../engine/ports/accounts.ts'

export function createMemoryAccounts(): AccountStore {
  const users = new Map<string, UserAccount>()
  const apiKeys = new Map<string, ApiKey>()
  const sessions = new Map<string, WebSession>()

  return {
    findUser: async username => users.get(username) ?? null,
    countUsers: async () => users.size,
    async saveUsers(changed) {
      for (const user of changed) users.set(user.username, { ...user })
    },
    async deleteUser(username) {
      users.delete(username)
    },
    listApiKeys: async () =>
      [...apiKeys.values()].sort((a, b) =>
        a.createdAt === b.createdAt ? compare(a.keyId, b.keyId) : compare(a.createdAt, b.createdAt),
      ),
    async saveApiKey(key) {
      apiKeys.set(key.keyId, { ...key, scopes: [...key.scopes] })
    },
    deleteApiKey: async keyId => apiKeys.delete(keyId),
    findSession: async tokenHash => sessions.get(tokenHash) ?? null,
    async saveSession(session) {
      sessions.set(session.tokenHash, { ...session })
      const now = Date.now()
      for (const [key, { expiresAt }] of sessions) if (Date.parse(expiresAt) < now) sessions.delete(key)
    },
    async deleteSession(tokenHash) {
      sessions.delete(tokenHash)
    },
    async deleteSessionsOf(username) {
      for (const [key, session] of sessions) if (session.username === username) sessions.delete(key)
    },
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
