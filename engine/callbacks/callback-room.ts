/** Wires the callbacks of an engine: their book, the line that they are made by, and what people may do about them. */
import type { CallbackCommands } from '../api-callbacks.ts'
import { routingFor } from '../calls/routing-request.ts'
import { settledWithin } from '../deadline.ts'
import type { Journal } from '../journal.ts'
import type { RoutingPlans } from '../queues/routing-plan.ts'
import { CallbackBook } from './callback-book.ts'
import { createCallbackCommands } from './callback-commands.ts'
import { type CallbackLineOptions, createCallbackLine } from './callback-line.ts'
import type { CallbackBookOptions } from './callback-types.ts'

export interface CallbackRoomOptions
  extends Omit<CallbackLineOptions, 'queue'>,
    Omit<CallbackBookOptions, 'line' | 'emit' | 'resumed' | 'closed' | 'checkpoint' | 'settled' | 'routing'> {
  readonly journal: Journal
  readonly plans: RoutingPlans
}

export interface CallbackRoom {
  readonly book: CallbackBook
  readonly commands: Omit<CallbackCommands, 'explain'>
}

/** A customer is dialled once it is stored that he is going to be, or when the store has not said so for this long. */
const longestStoringMs = 1_000

export function createCallbackRoom(options: CallbackRoomOptions): CallbackRoom {
  const { journal, plans, clock, queue } = options
  const subject = (callbackId: string) => `callback/${callbackId}`
  const book = new CallbackBook({
    ...options,
    line: createCallbackLine(options),
    emit: (type, callbackId, data, callId) => void journal.emit(type, subject(callbackId), data, callId),
    resumed: (callbackId, told) => journal.resumeSubject(subject(callbackId), told),
    closed: callbackId => journal.closeSubject(subject(callbackId)),
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
    settled: async () => void (await settledWithin(clock, longestStoringMs, journal.flush())),
    routing: (of, request, attributes) => routingFor(plans, of, request, attributes),
  })
  return {
    book,
    commands: createCallbackCommands(
      book,
      clock,
      queueId => queue(queueId) !== null,
      callId => options.desk().record(callId),
    ),
  }
}
