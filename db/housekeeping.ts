/**
 * What PostgreSQL's background processes do elsewhere: PGlite has none. Without a checkpoint its log grows for ever
 * (and a killed process takes long to come back), without a vacuum so does the table of checkpoints, whose rows live
 * only as long as a call.
 */
import type { Logger } from '../engine/ports/logger.ts'
import type { Connection } from './connection.ts'

/** Where rows are deleted by age; the space of the old ones then serves for new ones. */
export const agingTables = [
  'journal',
  'journal_calls',
  'calls',
  'call_batches',
  'visits',
  'call_agents',
  'call_legs',
  'agent_sessions',
  'voicemail',
]
// About 15 MB of log: some 50 ms of work, and less than 1 s to replay.
const everyEvents = 20_000

export interface Housekeeping {
  /** Tells that so many events were written. Never waits. */
  wrote(events: number): void
  /** Tells that old rows were deleted, and no more will be for a while. Never waits. */
  forgot(): void
}

export function createHousekeeping(connection: Connection, logger: Logger): Housekeeping {
  let pending = 0
  let running = false

  /** One statement at a time: in between, others get their turn. */
  async function clean(tables: readonly string[]): Promise<void> {
    running = true
    try {
      for (const table of tables) await connection.run(({ client }) => client.unsafe(`vacuum ${table}`).simple())
      await connection.run(({ client }) => client.unsafe('checkpoint').simple())
    } catch (error) {
      logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'housekeeping failed')
    } finally {
      running = false
    }
  }

  return {
    wrote(events) {
      pending += events
      if (pending < everyEvents || running) return
      pending = 0
      void clean(['checkpoints'])
    },
    forgot() {
      if (!running) void clean(agingTables)
    },
  }
}

export const noHousekeeping: Housekeeping = { wrote: () => undefined, forgot: () => undefined }
