/** Sends screen pops again until somebody acknowledges them, they are withdrawn, or they expire. */
import type { Engine } from '../../engine/api.ts'
import type { AnyEvent } from '../../engine/events.ts'
import type { Clock, TimerHandle } from '../../engine/ports/clock.ts'
import type { Logger } from '../../engine/ports/logger.ts'
import type { Hub } from './hub.ts'
import type { Subscriber } from './subscriber.ts'

export const resendEveryMs = 5_000
const journalPage = 1_000

interface OpenPop {
  requested: AnyEvent
  updated: AnyEvent | null
  readonly expiresAtMs: number
  timer: TimerHandle
}

export interface PopRepeater {
  /** Everything that is open now, to one subscriber. */
  sendOpenTo(subscriber: Subscriber): void
  /** Takes over pops from before this process, whose events were not heard. */
  adopt(): Promise<void>
  close(): void
}

export function createPopRepeater(options: { engine: Engine; hub: Hub; clock: Clock; logger: Logger }): PopRepeater {
  const { engine, hub, clock, logger } = options
  const open = new Map<string, OpenPop>()
  let isClosed = false

  function drop(popId: string): void {
    const pop = open.get(popId)
    if (pop === undefined) return
    clock.clearTimeout(pop.timer)
    open.delete(popId)
  }

  function arm(popId: string): TimerHandle {
    return clock.setTimeout(() => {
      const pop = open.get(popId)
      if (pop === undefined) return
      if (pop.expiresAtMs <= clock.now()) {
        open.delete(popId)
        return
      }
      for (const event of eventsOf(pop)) for (const sink of hub.sinksOf(event)) (sink as Subscriber).resend(event)
      pop.timer = arm(popId)
    }, resendEveryMs)
  }

  function hear(event: AnyEvent): void {
    if (isClosed) return
    switch (event.type) {
      case 'screenpop.requested': {
        const { popId, expiresAt } = event.data
        drop(popId)
        open.set(popId, { requested: event, updated: null, expiresAtMs: Date.parse(expiresAt), timer: arm(popId) })
        return
      }
      case 'screenpop.updated': {
        const pop = open.get(event.data.popId)
        if (pop !== undefined) pop.updated = event
        return
      }
      case 'screenpop.withdrawn':
      case 'screenpop.acknowledged':
        drop(event.data.popId)
        return
    }
  }

  hub.tap(hear)

  return {
    sendOpenTo(subscriber) {
      for (const pop of open.values())
        if (pop.expiresAtMs > clock.now()) for (const event of eventsOf(pop)) subscriber.resend(event)
    },

    async adopt() {
      for (const { popId, callId } of engine.screenpops.open()) {
        if (open.has(popId)) continue
        try {
          const events = await engine.journal.read(0, journalPage, callId)
          // Between the question and the answer the pop may have ended.
          const isStillOpen = engine.screenpops.open().some(pop => pop.popId === popId)
          for (const event of events) {
            const isRequest = event.type === 'screenpop.requested' || event.type === 'screenpop.updated'
            if (isStillOpen && isRequest && event.data.popId === popId) hear(event)
          }
        } catch (error) {
          logger.warn({ err: error, popId }, 'an open screen pop could not be taken over')
        }
      }
    },

    close() {
      isClosed = true
      for (const popId of [...open.keys()]) drop(popId)
    },
  }
}

/** The request again, and what replaced it, so that a late comer sees both in order. */
function eventsOf({ requested, updated }: OpenPop): readonly AnyEvent[] {
  return updated === null ? [requested] : [requested, updated]
}
