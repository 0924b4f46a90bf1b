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
  againAtMs: number
}

/** A pop that is being taken over. */
interface Adoption {
  /** What was heard of it meanwhile; null: nothing. */
  updated: AnyEvent | null
  done: Promise<void>
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
  /** All wait equally long between two times, and a map keeps the order of setting: the first is due first. */
  const open = new Map<string, OpenPop>()
  const adoptions = new Map<string, Adoption>()
  let timer: TimerHandle | null = null
  let isClosed = false

  function keep(popId: string, pop: OpenPop): void {
    open.delete(popId)
    open.set(popId, pop)
  }

  /** One timer for all of them: in a busy center most pops are of calls that nobody's CRM asks about. */
  function wait(): void {
    const [first] = open.values()
    timer = first === undefined ? null : clock.setTimeout(sendAgain, Math.max(0, first.againAtMs - clock.now()))
  }

  function sendAgain(): void {
    const now = clock.now()
    for (const [popId, pop] of open) {
      if (pop.againAtMs > now) break
      if (pop.expiresAtMs <= now) {
        open.delete(popId)
        continue
      }
      for (const event of eventsOf(pop)) for (const sink of hub.sinksOf(event)) (sink as Subscriber).resend(event)
      pop.againAtMs = now + resendEveryMs
      keep(popId, pop)
    }
    wait()
  }

  function hear(event: AnyEvent): void {
    if (isClosed) return
    switch (event.type) {
      case 'screenpop.requested': {
        const { popId, expiresAt } = event.data
        const [expiresAtMs, againAtMs] = [Date.parse(expiresAt), clock.now() + resendEveryMs]
        keep(popId, { requested: event, updated: null, expiresAtMs, againAtMs })
        if (timer === null) wait()
        return
      }
      case 'screenpop.updated': {
        const pop = open.get(event.data.popId) ?? adoptions.get(event.data.popId)
        if (pop !== undefined) pop.updated = event
        return
      }
      case 'screenpop.withdrawn':
      case 'screenpop.acknowledged':
        open.delete(event.data.popId)
        return
    }
  }

  /** Takes over a pop from before this process: its events, all of which a long call may have far down its journal. */
  async function adopt(popId: string, callId: string, adoption: Adoption): Promise<void> {
    const told: AnyEvent[] = []
    let page: readonly AnyEvent[]
    let after = 0
    do {
      page = await engine.journal.read(after, journalPage, callId)
      after = Number(page.at(-1)?.cursor ?? after)
      for (const event of page)
        if (event.type === 'screenpop.requested' || event.type === 'screenpop.updated')
          if (event.data.popId === popId) told.push(event)
    } while (page.length >= journalPage)
    // Between the question and the answer the pop may have ended.
    if (!engine.screenpops.open().some(pop => pop.popId === popId)) return
    // What was heard meanwhile is the latest.
    const { updated } = adoption
    for (const event of updated === null ? told : [...told, updated]) hear(event)
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
        let adoption = adoptions.get(popId)
        if (adoption === undefined) {
          const begun: Adoption = { updated: null, done: Promise.resolve() }
          adoption = begun
          adoptions.set(popId, begun)
          begun.done = adopt(popId, callId, begun)
            .catch(error => logger.warn({ err: error, popId }, 'an open screen pop could not be taken over'))
            .finally(() => adoptions.delete(popId))
        }
        // Whoever asks while it is taken over waits for the same.
        await adoption.done
      }
    },

    close() {
      isClosed = true
      open.clear()
      if (timer !== null) clock.clearTimeout(timer)
      timer = null
    },
  }
}

/** The request again, and what replaced it, so that a late comer sees both in order. */
function eventsOf({ requested, updated }: OpenPop): readonly AnyEvent[] {
  return updated === null ? [requested] : [requested, updated]
}
