/** Turns a password, a session token or an API key into a {@link Principal}, and tells when one is no longer valid. */
import { EngineError } from '../../engine/errors.ts'
import type { AccountStore, ApiKey, Role, UserAccount } from '../../engine/ports/accounts.ts'
import type { Clock } from '../../engine/ports/clock.ts'
import type { PasswordHash } from '../../engine/ports/password-hash.ts'
import { isScope, type Principal, type Scope, scopesOf } from './permissions.ts'
import { apiKeyPrefix, hashToken, newApiKey, newSessionToken } from './tokens.ts'

/** A session that nobody uses ends after this long. */
export const sessionTtlMs = 12 * 3_600_000
/** A used session is prolonged at most this often, so that reading a page is not a write. */
const renewEveryMs = 5 * 60_000
/** How long an answer of the account store is trusted; this process is the only writer, so it is only a bound. */
const cacheMs = 10_000
const cacheSize = 5_000

export interface SignedIn {
  readonly token: string
  readonly principal: Principal
  readonly expiresAt: string
}

export interface Authenticator {
  /** Null: unknown user or wrong password, indistinguishable in answer and time. */
  signIn(username: string, password: string): Promise<SignedIn | null>
  /** Who presents this token or key; null if it is not (or no longer) valid. A valid session is prolonged. */
  identify(credential: string): Promise<Principal | null>
  /** As {@link identify}, without prolonging and without trusting the cache. */
  recheck(principal: Principal): Promise<boolean>
  signOut(principal: Principal): Promise<void>
  endSessionsOf(username: string): Promise<void>
  createKey(request: { name: string; role: Role; scopes: readonly Scope[] }): Promise<{ key: string; record: ApiKey }>
  listKeys(): Promise<readonly ApiKey[]>
  /** False if there is none. */
  deleteKey(keyId: string): Promise<boolean>
  /** Called with a test for the principals whose credential has just ended; the result stops listening. */
  onEnded(listener: (isAffected: (principal: Principal) => boolean) => void): () => void
}

export function createAuthenticator(options: {
  accounts: AccountStore
  passwords: PasswordHash
  clock: Clock
  /** Waits until a user's new password, if one is being hashed, is in force. */
  settle?: (username: string) => Promise<void>
}): Authenticator {
  const { accounts, passwords, clock, settle } = options
  const cache = new Map<string, { principal: Principal; expiresAtMs: number; checkedAtMs: number }>()
  const listeners = new Set<(isAffected: (principal: Principal) => boolean) => void>()
  let endings = 0

  function ended(isAffected: (principal: Principal) => boolean): void {
    endings += 1
    for (const [hash, { principal }] of cache) if (isAffected(principal)) cache.delete(hash)
    for (const listener of listeners) listener(isAffected)
  }

  function remember(hash: string, principal: Principal, expiresAtMs: number): void {
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value ?? '')
    cache.set(hash, { principal, expiresAtMs, checkedAtMs: clock.now() })
  }

  async function findSession(hash: string): Promise<{ principal: Principal; expiresAtMs: number } | null> {
    const session = await accounts.findSession(hash)
    if (session === null || Date.parse(session.expiresAt) <= clock.now()) return null
    const account = await accounts.findUser(session.username)
    if (account === null) return null
    return { principal: principalOfUser(account, hash), expiresAtMs: Date.parse(session.expiresAt) }
  }

  async function findKey(hash: string): Promise<Principal | null> {
    const record = (await accounts.listApiKeys()).find(key => key.keyHash === hash)
    return record === undefined ? null : principalOfKey(record)
  }

  return {
    async signIn(username, password) {
      await settle?.(username)
      const account = await accounts.findUser(username)
      if (!(await passwords.verify(password, account?.passwordHash ?? null)) || account === null) return null
      const token = newSessionToken()
      const hash = hashToken(token)
      const expiresAtMs = clock.now() + sessionTtlMs
      const expiresAt = new Date(expiresAtMs).toISOString()
      await accounts.saveSession({ tokenHash: hash, username, expiresAt })
      const principal = principalOfUser(account, hash)
      remember(hash, principal, expiresAtMs)
      return { token, principal, expiresAt }
    },

    async identify(credential) {
      const hash = hashToken(credential)
      const known = cache.get(hash)
      const now = clock.now()
      const isFresh = known !== undefined && now - known.checkedAtMs < cacheMs && now < known.expiresAtMs
      if (credential.startsWith(apiKeyPrefix)) {
        if (isFresh) return known.principal
        const principal = await findKey(hash)
        if (principal === null) cache.delete(hash)
        else remember(hash, principal, Number.POSITIVE_INFINITY)
        return principal
      }
      const endingsBefore = endings
      const session = isFresh ? known : await findSession(hash)
      if (session === null) {
        cache.delete(hash)
        return null
      }
      // A session that was ended while we looked it up must not come back by being prolonged or remembered.
      if (endings !== endingsBefore) return (await findSession(hash))?.principal ?? null
      if (session.expiresAtMs - now < sessionTtlMs - renewEveryMs) {
        const expiresAtMs = now + sessionTtlMs
        const expiresAt = new Date(expiresAtMs).toISOString()
        await accounts.saveSession({ tokenHash: hash, username: session.principal.user, expiresAt })
        remember(hash, session.principal, expiresAtMs)
      } else if (!isFresh) remember(hash, session.principal, session.expiresAtMs)
      return session.principal
    },

    async recheck({ credential }) {
      if (credential.kind === 'session') return (await findSession(credential.id)) !== null
      return (await accounts.listApiKeys()).some(key => key.keyId === credential.id)
    },

    async signOut({ credential }) {
      if (credential.kind === 'key') return
      await accounts.deleteSession(credential.id)
      ended(principal => principal.credential.kind === 'session' && principal.credential.id === credential.id)
    },

    async endSessionsOf(username) {
      await accounts.deleteSessionsOf(username)
      ended(principal => principal.credential.kind === 'session' && principal.user === username)
    },

    async createKey({ name, role, scopes }) {
      const key = newApiKey()
      const keyHash = hashToken(key)
      const record: ApiKey = {
        keyId: keyHash.slice(0, 16),
        name,
        keyHash,
        role,
        scopes,
        createdAt: new Date(clock.now()).toISOString(),
      }
      await accounts.saveApiKey(record)
      return { key, record }
    },

    listKeys: () => accounts.listApiKeys(),

    async deleteKey(keyId) {
      const existed = await accounts.deleteApiKey(keyId)
      ended(principal => principal.credential.kind === 'key' && principal.credential.id === keyId)
      return existed
    },

    onEnded(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** What someone without valid credentials is told. */
export function notAuthenticated(): EngineError {
  return new EngineError('auth.failed', 'Sign in, or send a valid token or API key.')
}

function principalOfUser({ username, role, agentId }: UserAccount, tokenHash: string): Principal {
  return {
    user: username,
    role,
    agentId,
    scopes: scopesOf(role),
    actor: `user:${username}`,
    credential: { kind: 'session', id: tokenHash },
  }
}

function principalOfKey({ keyId, name, role, scopes }: ApiKey): Principal {
  const ofRole = scopesOf(role)
  return {
    user: name,
    role,
    agentId: null,
    scopes: scopes.length === 0 ? ofRole : scopes.filter(isScope).filter(scope => ofRole.includes(scope)),
    actor: `key:${name}`,
    credential: { kind: 'key', id: keyId },
  }
}
