/** What became of callbacks and why, open or over: from the journal, and from the book for what holds now. */
import type { CallbackCommands, CallbackExplanation } from './api-callbacks.ts'
import { callbackMoments, endsCallback } from './calls/callback-moments.ts'
import type { NameOf } from './calls/wait-moments.ts'
import { EngineError } from './errors.ts'
import { timeOfId } from './ids.ts'
import type { JournalLookBack } from './journal-look-back.ts'

export interface CallbackQueriesOptions {
  readonly book: Pick<CallbackCommands, 'list'>
  readonly lookBack: JournalLookBack
  readonly nameOf: NameOf
}

export interface CallbackQueries {
  /** Null: neither the book nor the journal has it. */
  find(callbackId: string): Promise<CallbackExplanation | null>
  /** @throws EngineError `callback.unknown` */
  explain(callbackId: string): Promise<CallbackExplanation>
}

export function createCallbackQueries({ book, lookBack, nameOf }: CallbackQueriesOptions): CallbackQueries {
  async function find(callbackId: string): Promise<CallbackExplanation | null> {
    const beganMs = timeOfId(callbackId)
    if (beganMs === null) return null
    const open = book.list().find(({ id }) => id === callbackId)
    const from = await lookBack.cursorAt(beganMs)
    const events = await lookBack.of(`callback/${callbackId}`, from, { isOver: endsCallback })
    const moments = callbackMoments(events, nameOf)
    const [first] = events
    if (open !== undefined) {
      const { queueId, number, because, position, state } = open
      const place = position === null ? '' : `Position ${position}. `
      const summary = because ?? (state === 'calling' ? 'An attempt is under way.' : `${place}It waits for an agent.`)
      return { callbackId, queueId, number, summary, moments }
    }
    if (first === undefined || !('callbackId' in first.data) || !('number' in first.data)) return null
    const { queueId, number } = first.data as { queueId: string; number: string }
    return { callbackId, queueId, number, summary: moments.at(-1)?.words ?? '', moments }
  }

  return {
    find,
    async explain(callbackId) {
      const found = await find(callbackId)
      if (found === null) throw new EngineError('callback.unknown', `There is no callback ${callbackId}`)
      return found
    },
  }
}
