/** Applies a center definition as a whole: to the engine, then to the web accounts of its agents. */
import { parse as parseYaml } from 'yaml'
import type { Engine } from '../engine/api.ts'
import type { CenterConfig, CenterInput } from '../engine/config.ts'
import { parseCenter } from '../engine/config-check.ts'
import { EngineError } from '../engine/errors.ts'
import type { AgentAccounts } from './auth/accounts.ts'

export interface CenterKeeper {
  /**
   * @param input A definition as a person writes it.
   * @returns `accountsDone` settles when the agents' web passwords are in force; signing in waits for its own.
   * @throws EngineError `config.invalid`; nothing is applied then.
   */
  apply(input: unknown, options: { actor: string; file?: string }): Promise<Applied>
  /**
   * As {@link CenterKeeper.apply}, with what `change` makes of the definition that is in force when its turn comes.
   * What `change` throws is thrown, and nothing is applied.
   */
  change(change: (center: CenterConfig) => unknown, options: { actor: string }): Promise<Applied>
}

export interface Applied {
  readonly accountsDone: Promise<void>
}

export function createCenterKeeper(engine: Engine, agentAccounts: AgentAccounts): CenterKeeper {
  let last: Promise<unknown> = Promise.resolve()

  async function applyNow(input: unknown, { actor, file }: { actor: string; file?: string }): Promise<Applied> {
    const located = file === undefined ? {} : { file }
    const after = parseCenter(input, located)
    await agentAccounts.check(after)
    const before = engine.center()
    await engine.applyCenter((input ?? {}) as CenterInput, { actor, ...located })
    return { accountsDone: agentAccounts.follow(before, after) }
  }

  /** One after the other: who is gone is judged by comparing with the definition before. */
  function inTurn(work: () => Promise<Applied>): Promise<Applied> {
    const done = last.catch(() => undefined).then(work)
    last = done
    return done
  }

  return {
    apply: (input, options) => inTurn(() => applyNow(input, options)),
    change: (change, options) => inTurn(async () => applyNow(change(engine.center()), options)),
  }
}

/**
 * Reads a definition's text; JSON is YAML too.
 * @throws EngineError `config.invalid` naming the line.
 */
export function parseCenterText(text: string, file?: string): unknown {
  try {
    return parseYaml(text) ?? {}
  } catch (error) {
    const words = (error as Error).message.split('\n')[0] ?? ''
    throw new EngineError('config.invalid', file === undefined ? words : `${file}: ${words}`)
  }
}
