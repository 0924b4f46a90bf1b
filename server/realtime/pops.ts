/** Sends screen pops again until somebody acknowledges them, they are withdrawn, or they expire. */
import type { Engine } from '../../engine/api.ts'
import type { AnyEvent } from '../../engine/events.ts'
import type { Clock, TimerHandle } from '../../engine/ports/clock.ts'
import type { Logger } from '../../engine/ports/logger.ts'
import type { Hub } from './hub.ts'
import type { Subscriber } from './subscriber.ts'

export const resendEveryMs = 5_000
/** Pops that were sent within this are sent again together: one timer and one look for all of them. */
const togetherMs = 100
const journalPage = 1_000

interface OpenPop {
  requested: AnyEvent
  updated: AnyEvent | null
  readonly expiresAtMs: number
}

/** Pops that are sent again at the same time, unless they have ended by then. */
interface Round {
  readonly dueMs: number
  readonly popIds: string[]
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
  const open = new Map<string, OpenPop>()
  const adoptions = new Map<string, Adoption>()
  /** The first is due first, and there are never more than fit between two times of one pop. */
  const rounds: Round[] = []
  let timer: TimerHandle | null = null
  let isClosed = false

  function sendLater(popId: string): void {
    const dueMs = clock.now() + resendEveryMs
    const last = rounds.at(-1)
    if (last !== undefined && dueMs < last.dueMs + togetherMs) last.popIds.push(popId)
    else rounds.push({ dueMs, popIds: [popId] })
    if (timer === null) wait()
  }

  function wait(): void {
    const [first] = rounds
    timer = first === undefined ? null : clock.setTimeout(sendRound, Math.max(0, first.dueMs - clock.now()))
  }

  function sendRound(): void {
    timer = null
    for (const popId of rounds.shift()?.popIds ?? []) {
      const pop = open.get(popId)
      if (pop === undefined) continue
      if (pop.expiresAtMs <= clock.now()) open.delete(popId)
      else {
        for (const event of eventsOf(pop)) for (const sink of hub.sinksOf(event)) (sink as Subscriber).resend(event)
        sendLater(popId)
      }
    }
    if (timer === null) wait()
  }

  function hear(event: AnyEvent): void {
    if (isClosed) return
    switch (event.type) {
      case 'screenpop.requested': {
        const { popId, expiresAt } = event.data
        open.set(popId, { requested: event, updated: null, expiresAtMs: Date.parse(expiresAt) })
        sendLater(popId)
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
      rounds.length = 0
      if (timer !== null) clock.clearTimeout(timer)
      timer = null
    },
  }
}

/** The request again, and what replaced it, so that a late comer sees both in order. */
function eventsOf({ requested, updated }: OpenPop): readonly AnyEvent[] {
  return updated === null ? [requested] : [requested, updated]
}
