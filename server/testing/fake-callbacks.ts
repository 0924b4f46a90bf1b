/** Callbacks over a plain map, for tests of the server: nobody is ever called. */
import type { CallbackCommands, CallbackView } from '../../engine/api-callbacks.ts'
import { EngineError } from '../../engine/errors.ts'
import type { Clock } from '../../engine/ports/clock.ts'

/**
 * @param asked takes down what was asked
 * @param queueIds of the center in force
 */
export function createFakeCallbacks(
  clock: Clock,
  asked: [string, ...unknown[]][],
  queueIds: () => readonly string[],
): CallbackCommands {
  const open = new Map<string, CallbackView>()
  const known = (queueId: string) => {
    if (!queueIds().includes(queueId)) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
  }
  const get = (callbackId: string) => {
    const found = open.get(callbackId)
    if (found === undefined) throw new EngineError('callback.unknown', `There is no open callback ${callbackId}`)
    return found
  }
  return {
    list(queueId) {
      if (queueId !== undefined) known(queueId)
      return [...open.values()].filter(one => queueId === undefined || one.queueId === queueId)
    },
    get,
    async explain(callbackId) {
      const { queueId, number } = get(callbackId)
      return { callbackId, queueId, number, summary: 'It waits for an agent.', moments: [] }
    },
    request(queueId, request) {
      known(queueId)
      asked.push(['callback', queueId, request])
      if (!request.number.startsWith('+44')) throw new EngineError('outbound.denied', 'not permitted')
      const instant = new Date(clock.now()).toISOString()
      const { number, name = null, priority = 0, actor = 'embedder' } = request
      const ids = { id: `cb-${open.size + 1}`, queueId, number, name, callId: null, priority, actor }
      const times = { requestedAt: instant, enqueuedAt: instant, nextAt: instant, expiresAt: instant }
      const state = { state: 'waiting', because: null, position: open.size + 1 } as const
      const view: CallbackView = { ...ids, ...times, ...state, attempts: 0, maxAttempts: 3, lastReason: null }
      open.set(view.id, view)
      return view
    },
    cancel(callbackId, options) {
      get(callbackId)
      asked.push(['cancelCallback', callbackId, options])
      open.delete(callbackId)
    },
  }
}
