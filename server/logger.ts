/** The process's log: pino's JSON lines on standard error, readable ones on a terminal. */
import pino from 'pino'
import pretty from 'pino-pretty'
import type { Logger } from '../engine/ports/logger.ts'
import type { Settings } from './settings.ts'

export interface ProcessLogger {
  readonly logger: Logger
  /** Writes what is still held back. */
  flush(): void
}

export function createLogger(level: Settings['logLevel'], isTerminal: boolean): ProcessLogger {
  // Standard output belongs to the start banner and to `export`.
  if (isTerminal) {
    const stream = pretty({ destination: 2, sync: true, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' })
    return { logger: pino({ level }, stream), flush: () => undefined }
  }
  const destination = pino.destination({ dest: 2, sync: false })
  return { logger: pino({ level }, destination), flush: () => destination.flushSync() }
}
