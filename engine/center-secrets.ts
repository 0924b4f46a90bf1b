/** What is secret in a center: taken out of the definition when it is applied, kept when it is applied without. */
import type { CenterConfig } from './config.ts'
import { describeProblems, EngineError, type Problem } from './errors.ts'
import type { CenterSecrets, DigestSecret } from './ports/store.ts'

export const noSecrets: CenterSecrets = { agents: {}, trunks: {} }

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
  center.agents.forEach(({ id, password }, i) => {
    const old = before.agents[id]
    if (password !== undefined) agents[id] = digestSecret(id, realm, password)
    else if (old !== undefined && old.realm === realm) agents[id] = old
    else if (old !== undefined)
      problems.push({
        path: `agents[${i}].password`,
        value: undefined,
        allowed: `the password again: sip.realm changed from ${old.realm} to ${realm}`,
      })
  })
  if (problems.length > 0) throw new EngineError('config.invalid', describeProblems(problems), { problems })
  const trunks: Record<string, string> = {}
  for (const { id, password } of center.trunks) {
    const secret = password ?? before.trunks[id]
    if (secret !== undefined) trunks[id] = secret
  }
  return { agents, trunks }
}
