/** Web accounts that follow from elsewhere: the administrator's, and those of the agents of an applied center. */
import type { CenterConfig } from '../../engine/config.ts'
import { describeProblems, EngineError, type Problem } from '../../engine/errors.ts'
import type { AccountStore } from '../../engine/ports/accounts.ts'
import type { PasswordHash } from '../../engine/ports/password-hash.ts'
import { newPassword } from './tokens.ts'

export const adminName = 'admin'

/**
 * Sets the administrator's password, or makes one up when there is no administrator yet.
 * @returns The password if it was made up, to be shown once; else null.
 */
export async function ensureAdministrator(
  accounts: AccountStore,
  passwords: PasswordHash,
  password: string | null,
): Promise<string | null> {
  const known = await accounts.findUser(adminName)
  if (password === null && known !== null) return null
  const chosen = password ?? newPassword()
  if (known !== null && (await passwords.verify(chosen, known.passwordHash))) return null
  if (known !== null) await accounts.deleteSessionsOf(adminName)
  const passwordHash = await passwords.hash(chosen)
  await accounts.saveUsers([{ username: adminName, passwordHash, role: 'administrator', agentId: null }])
  return password === null ? chosen : null
}

/** Keeps the agents' accounts in step with the center. */
export interface AgentAccounts {
  /** @throws EngineError `config.invalid` if an agent with a password would take over another person's account. */
  check(center: CenterConfig): Promise<void>
  /**
   * Removes the accounts of agents that are gone and sets new passwords. Hashing hundreds of passwords takes a while:
   * the result settles when all is done, and {@link settle} brings one user forward.
   */
  follow(before: CenterConfig, after: CenterConfig): Promise<void>
  settle(username: string): Promise<void>
}

export function createAgentAccounts(options: {
  accounts: AccountStore
  passwords: PasswordHash
  endSessionsOf: (username: string) => Promise<void>
}): AgentAccounts {
  const { accounts, passwords, endSessionsOf } = options
  const pending = new Map<string, () => Promise<void>>()

  async function setPassword(agentId: string, password: string): Promise<void> {
    const known = await accounts.findUser(agentId)
    if (known !== null && (await passwords.verify(password, known.passwordHash))) return
    const passwordHash = await passwords.hash(password)
    await accounts.saveUsers([{ username: agentId, passwordHash, role: 'agent', agentId }])
    if (known !== null) await endSessionsOf(agentId)
  }

  async function remove(agentId: string): Promise<void> {
    const known = await accounts.findUser(agentId)
    if (known?.agentId !== agentId) return
    await accounts.deleteUser(agentId)
    await endSessionsOf(agentId)
  }

  return {
    async check(center) {
      const problems: Problem[] = []
      for (const [i, { id, password }] of center.agents.entries()) {
        if (password === undefined) continue
        const known = id === adminName ? { agentId: null } : await accounts.findUser(id)
        if (known !== null && known.agentId !== id)
          problems.push({ path: `agents[${i}].id`, value: id, allowed: 'another id: this user name is taken' })
      }
      if (problems.length > 0) throw new EngineError('config.invalid', describeProblems(problems), { problems })
    },

    async follow(before, after) {
      const remaining = new Set(after.agents.map(agent => agent.id))
      for (const { id } of before.agents) {
        if (remaining.has(id)) continue
        await pending.get(id)?.()
        await remove(id)
      }
      const jobs: (() => Promise<void>)[] = []
      for (const { id, password } of after.agents) {
        if (password === undefined) continue
        const earlier = pending.get(id)
        let running: Promise<void> | null = null
        const job = (): Promise<void> => {
          running ??= Promise.resolve(earlier?.())
            .catch(() => undefined)
            .then(() => setPassword(id, password))
            .finally(() => {
              if (pending.get(id) === job) pending.delete(id)
            })
          return running
        }
        pending.set(id, job)
        jobs.push(job)
      }
      for (const job of jobs) await job()
    },

    async settle(username) {
      await pending.get(username)?.()
    },
  }
}
