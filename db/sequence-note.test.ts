import { describe, expect, it } from 'vitest'
import type { AnyEvent } from '../engine/events.ts'
import type { Connection } from './connection.ts'
import { createSequenceNote } from './sequence-note.ts'

const events = 100_000
const perGroup = 500

/** How many agents' sequences were written while so many events of so many agents were. */
async function notedFor(agents: number): Promise<number> {
  let notes = 0
  const connection = { run: async () => void notes++ } as Partial<Connection> as Connection
  const note = createSequenceNote(connection, 'default')
  for (let cursor = 0; cursor < events; ) {
    const group = Array.from({ length: perGroup }, () => {
      cursor++
      return { subject: `agent/a${cursor % agents}`, sequence: String(Math.ceil(cursor / agents)) } as AnyEvent
    })
    await note.wrote(group, cursor)
  }
  return notes * agents
}

describe('the note of agents’ sequences', () => {
  it('is made once in a while', async () => {
    expect(await notedFor(10)).toBe(10 * Math.floor(events / 4_500))
  })

  it('costs an event no more the more agents there are', async () => {
    for (const agents of [500, 1_000, 5_000]) expect(await notedFor(agents)).toBeLessThanOrEqual(events / 8)
  })
})
