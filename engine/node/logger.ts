/** A logger that says nothing: the default of an embedder who passes none. Anything else is a pino instance. */
import type { Logger } from '../ports/logger.ts'

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
