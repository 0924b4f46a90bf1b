/** The real engine, database and demo. Apart from everything else, so that tests can put others in their place. */
import { openDatabase } from '../db/index.ts'
import { createEngine } from '../engine/index.ts'
import type { ServerParts } from './process.ts'

export const realParts: ServerParts = {
  createEngine,
  openDatabase,
  // Simulated phones are loaded only by those who ask for them.
  startDemo: async options => (await import('./demo.ts')).startDemo(options),
}
