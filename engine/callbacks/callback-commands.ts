/** What people may do about callbacks: the `callbacks` of an engine. */
import type { CallbackCommands } from '../api-callbacks.ts'
import { checkRouting, checkRoutingAttributes, priorityOf } from '../calls/routing-request.ts'
import { routingOf } from '../config-routing.ts'
import { EngineError, type ErrorCode } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { CallRecord } from '../records.ts'
import type { CallbackBook, RequestRefusal } from './callback-book.ts'

const refusals: Readonly<Record<RequestRefusal, { readonly code: ErrorCode; readonly words: string }>> = {
  noNumber: { code: 'request.invalid', words: 'is no number' },
  denied: { code: 'outbound.denied', words: 'may not be called back: no rule permits it, or one forbids it' },
  duplicate: { code: 'callback.conflict', words: 'has an open callback in this queue already' },
  full: { code: 'callback.conflict', words: 'can not be taken: the queue has no room for another callback' },
  unknownQueue: { code: 'queue.unknown', words: 'has no such queue to wait in' },
}

export function createCallbackCommands(
  book: CallbackBook,
  clock: Clock,
  queueExists: (queueId: string) => boolean,
  recordOf: (callId: string) => Pick<CallRecord, 'visits'> | null,
): Omit<CallbackCommands, 'explain'> {
  const known = (queueId: string) => {
    if (!queueExists(queueId)) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
  }
  /** When a call began to wait in a queue, of those that memory knows. */
  const placeOf = (callId: string | null, queueId: string) => {
    const visits = callId === null ? [] : (recordOf(callId)?.visits ?? [])
    const visit = visits.findLast(one => one.queueId === queueId)
    return visit === undefined ? null : Date.parse(visit.enqueuedAt)
  }
  return {
    list(queueId) {
      if (queueId !== undefined) known(queueId)
      return book.list(queueId ?? null)
    },
    get: callbackId => book.view(callbackId),
    request(queueId, request) {
      known(queueId)
      const { number, name = null, attributes = {}, actor = 'embedder' } = request
      const asked = routingOf(request)
      checkRouting(asked)
      checkRoutingAttributes(attributes)
      const { callId = null } = request
      const notBefore = instantOf('notBefore', request.notBefore)
      const nowMs = clock.now()
      const enqueuedAt = instantOf('enqueuedAt', request.enqueuedAt, nowMs) ?? placeOf(callId, queueId) ?? nowMs
      const result = book.request({
        queueId,
        number,
        name,
        dnis: '',
        callId,
        priority: priorityOf(attributes) ?? request.priority ?? 0,
        request: asked,
        attributes,
        enqueuedAt,
        ...(notBefore === null ? {} : { notBefore }),
        actor,
        once: 'refuse',
      })
      if (result.ok) return book.view(result.callbackId)
      const { code, words } = refusals[result.reason]
      throw new EngineError(code, `${number} ${words}`)
    },
    cancel: (callbackId, { actor = 'embedder', reason = '' } = {}) => book.cancel(callbackId, actor, reason),
  }
}

/** @param latestMs nothing after it is taken */
function instantOf(path: string, text: string | undefined, latestMs = Number.POSITIVE_INFINITY): number | null {
  if (text === undefined) return null
  const ms = Date.parse(text)
  if (ms <= latestMs) return ms
  const allowed = Number.isNaN(ms) ? 'an RFC 3339 instant' : 'an instant that is past'
  throw new EngineError('request.invalid', `${path}: ${text} is not ${allowed}`, {
    problems: [{ path, value: text, allowed }],
  })
}
