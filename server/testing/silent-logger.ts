/** A logger that says nothing. */
import type { Logger } from '../../engine/ports/logger.ts'

export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}
