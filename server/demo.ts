/** The hook for `--demo`: simulated phones around a running engine. */
import type { Engine } from '../engine/api.ts'
import { EngineError } from '../engine/errors.ts'
import type { Logger } from '../engine/ports/logger.ts'

/** @throws EngineError `config.invalid`: this build has no simulated phones. */
export async function startDemo(_options: {
  engine: Engine
  sipAddress: string
  logger: Logger
}): Promise<{ stop(): Promise<void> }> {
  throw new EngineError('config.invalid', '--demo: this build has no simulated phones')
}
