/** The server as a library: build the app around an engine of your own, or start everything from settings. */
export { type AppOptions, buildApp } from './app.ts'
export { createLogger, type ProcessLogger } from './logger.ts'
export { realParts } from './parts.ts'
export {
  type Database,
  type RunningServer,
  type ServerParts,
  type StartOptions,
  startServer,
} from './process.ts'
export { type Environment, readSettings, type Settings } from './settings.ts'
