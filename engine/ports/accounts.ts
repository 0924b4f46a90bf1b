/** Who may use the web interface. Kept by the same implementations as the store; the engine itself never asks. */

export const roles = ['administrator', 'supervisor', 'agent', 'integrator'] as const
export type Role = (typeof roles)[number]

export interface UserAccount {
  readonly username: string
  readonly passwordHash: string
  readonly role: Role
  /** The agent that this user is; null for people who take no calls. */
  readonly agentId: string | null
}

export interface ApiKey {
  readonly keyId: string
  readonly name: string
  /** SHA-256 of the key, hex; the key itself is shown once and not kept. */
  readonly keyHash: string
  readonly role: Role
  /** What the key may do, e.g. `calls:read`; empty: everything that the role may. */
  readonly scopes: readonly string[]
  readonly createdAt: string
}

export interface WebSession {
  /** SHA-256 of the token, hex. */
  readonly tokenHash: string
  readonly username: string
  readonly expiresAt: string
}

export interface AccountStore {
  findUser(username: string): Promise<UserAccount | null>
  countUsers(): Promise<number>
  saveUsers(users: readonly UserAccount[]): Promise<void>
  deleteUser(username: string): Promise<void>
  listApiKeys(): Promise<readonly ApiKey[]>
  saveApiKey(key: ApiKey): Promise<void>
  deleteApiKey(keyId: string): Promise<boolean>
  findSession(tokenHash: string): Promise<WebSession | null>
  saveSession(session: WebSession): Promise<void>
  deleteSession(tokenHash: string): Promise<void>
  deleteSessionsOf(username: string): Promise<void>
}
