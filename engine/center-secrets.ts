/** What is secret in a center: taken out of the definition when it is applied, kept when it is applied without. */
import type { CenterConfig } from './config.ts'
import { describeProblems, EngineError, type Problem } from './errors.ts'
import type { PasswordHash } from './ports/password-hash.ts'
import type { CenterSecrets, DigestSecret } from './ports/store.ts'

export const noSecrets: CenterSecrets = { agents: {}, trunks: {}, pins: {} }

/**
 * The secrets of a new center: those it brings, and the old ones of those who bring none.
 * @throws EngineError `config.invalid` if an old one is for another realm: a password can't be had back from its hash.
 */
export function mergeSecrets(
  center: CenterConfig,
  before: CenterSecrets,
  digestSecret: (username: string, realm: string, password: string) => DigestSecret,
): CenterSecrets {
  const { realm } = center.sip
  const problems: Problem[] = []
  const agents: Record<string, DigestSecret> = {}
  const keep = (path: string, { id, password }: { readonly id: string; readonly password?: string }) => {
    const old = before.agents[id]
    if (password !== undefined) agents[id] = digestSecret(id, realm, password)
    else if (old !== undefined && old.realm === realm) agents[id] = old
    else if (old !== undefined)
      problems.push({
        path: `${path}.password`,
        value: undefined,
        allowed: `the password again: sip.realm changed from ${old.realm} to ${realm}`,
      })
  }
  for (const [i, agent] of center.agents.entries()) keep(`agents[${i}]`, agent)
  for (const [i, device] of center.devices.entries()) keep(`devices[${i}]`, device)
  if (problems.length > 0) throw new EngineError('config.invalid', describeProblems(problems), { problems })
  const trunks: Record<string, string> = {}
  for (const { id, password } of center.trunks) {
    const secret = password ?? before.trunks[id]
    if (secret !== undefined) trunks[id] = secret
  }
  const pins: Record<string, string> = {}
  for (const { id } of center.agents) {
    const old = before.pins[id]
    if (old !== undefined) pins[id] = old
  }
  return { agents, trunks, pins }
}

/** The secrets of a center with the PINs that it brings, as hashes. */
export async function withPins(
  { agents }: CenterConfig,
  secrets: CenterSecrets,
  passwords: PasswordHash,
): Promise<CenterSecrets> {
  const brought = agents.flatMap(({ id, pin }) => (pin === undefined ? [] : [{ id, pin }]))
  if (brought.length === 0) return secrets
  const hashed = await Promise.all(brought.map(async ({ id, pin }) => [id, await passwords.hash(pin)] as const))
  return { ...secrets, pins: { ...secrets.pins, ...Object.fromEntries(hashed) } }
}
