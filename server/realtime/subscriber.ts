/**
 * One subscriber's way through the journal: what it missed, then live, in order, nothing twice; and back to a snapshot
 * when it can't keep up.
 *
 *     idle ──subscribe──► replaying ──caught up──► live ──buffer full──► behind ──drained, resync──► live
 */
import type { Engine } from '../../engine/api.ts'
import { EngineError } from '../../engine/errors.ts'
import type { AnyEvent } from '../../engine/events.ts'
import type { Clock } from '../../engine/ports/clock.ts'
import type { Logger } from '../../engine/ports/logger.ts'
import type { Subscribe, SubscribeReply } from '../api/realtime.ts'
import type { Principal } from '../auth/permissions.ts'
import type { EventSink, Hub } from './hub.ts'
import { createInterest, type Interest } from './interest.ts'
import type { Outbox } from './outbox.ts'
import { takeSnapshot } from './snapshot.ts'

export interface RealtimeLimits {
  /** Packets that may wait for a slow socket before it has to resync. */
  readonly maxQueued: number
  /** Events per read of the journal. */
  readonly replayPage: number
  /** Who has missed more than this takes a snapshot instead. */
  readonly maxReplay: number
}

export const defaultLimits: RealtimeLimits = { maxQueued: 2_000, replayPage: 500, maxReplay: 100_000 }

export interface SubscriberParts {
  readonly engine: Engine
  readonly hub: Hub
  readonly clock: Clock
  readonly logger: Logger
  readonly outbox: Outbox
  readonly principal: Principal
  readonly limits: RealtimeLimits
  /** Called when the subscriber is live after a snapshot: pops that ring now are sent again. */
  readonly onSnapshot: (subscriber: Subscriber) => void
}

export interface Subscriber extends EventSink {
  /** Replaces the subscription; `reply` is called once, before any event. */
  subscribe(request: Subscribe, reply: (answer: SubscribeReply) => void): Promise<void>
  /** Sends an event again, if it is wanted and the subscriber is live. */
  resend(event: AnyEvent): void
  close(): void
}

export function createSubscriber(parts: SubscriberParts): Subscriber {
  const { engine, hub, clock, logger, outbox, principal, limits, onSnapshot } = parts
  let state: 'idle' | 'replaying' | 'live' | 'behind' | 'closed' = 'idle'
  let interest: Interest | null = null
  /** Up to here everything wanted has been sent. */
  let position = 0
  /** A later subscription ends an earlier one's replay. */
  let generation = 0

  function goLive(wanted: Interest): { cursor: string; snapshot: ReturnType<typeof takeSnapshot> } {
    interest = wanted
    position = hub.cursor()
    state = 'live'
    return { cursor: String(position), snapshot: takeSnapshot(engine, wanted, clock) }
  }

  function fallBehind(): void {
    const mine = generation
    state = 'behind'
    outbox.whenDrained(() => {
      if (mine !== generation || state !== 'behind' || interest === null) return
      outbox.resync(goLive(interest))
      onSnapshot(subscriber)
    })
  }

  function send(event: AnyEvent): void {
    if (outbox.queued() >= limits.maxQueued) fallBehind()
    else outbox.event(event)
  }

  /** Whether the journal still holds everything after a cursor, and not too much of it. */
  async function canReplay(after: number): Promise<boolean> {
    // None of this journal, or one that only a killed process knew: what the client has seen there never came to be.
    const missed = engine.journal.missed(after)
    if (missed === null || missed > limits.maxReplay) return false
    if (after + 1 >= hub.oldestKept()) return true
    const oldest = await engine.journal.oldestCursor()
    return oldest !== 0 && after + 1 >= oldest
  }

  async function replay(wanted: Interest, mine: number): Promise<void> {
    while (mine === generation) {
      if (position >= hub.cursor()) {
        state = 'live'
        return
      }
      const recent = hub.recent(position, limits.replayPage)
      const page = recent ?? (await engine.journal.read(position, limits.replayPage))
      if (page.length === 0) {
        // Neither in the store, which may lag behind, nor kept in memory: what is missing can't be told event by event.
        fallBehind()
        return
      }
      for (const event of page) {
        const isWanted = await wanted.wantsPast(event)
        if (mine !== generation) return
        position = Number(event.cursor)
        if (!isWanted || isExpiredPop(event, clock.now())) continue
        while (outbox.queued() >= limits.maxQueued) {
          await new Promise<void>(resolve => outbox.whenDrained(resolve))
          if (mine !== generation) return
        }
        outbox.event(event)
      }
    }
  }

  const subscriber: Subscriber = {
    take(event) {
      if (state !== 'live' || interest === null) return
      if (event.cursor !== undefined) {
        if (Number(event.cursor) <= position) return
        position = Number(event.cursor)
      }
      if (interest.wants(event)) send(event)
    },

    async subscribe(request, reply) {
      generation += 1
      const mine = generation
      let isAnswered = false
      try {
        const wanted = createInterest(engine, principal, request.topics)
        const after = request.cursor === undefined ? null : Number(request.cursor)
        state = 'idle'
        interest = wanted
        hub.add(subscriber, wanted.keys)
        const isReplayed = after !== null && (await canReplay(after))
        if (mine !== generation) {
          reply({ error: { code: 'request.invalid', message: 'Replaced by a later subscription.' } })
          return
        }
        isAnswered = true
        if (!isReplayed || after === null) {
          reply(goLive(wanted))
          onSnapshot(subscriber)
          return
        }
        state = 'replaying'
        position = after
        reply({ cursor: String(after) })
        await replay(wanted, mine)
      } catch (error) {
        if (mine !== generation) return
        if (isAnswered) {
          logger.warn({ err: error }, 'a replay failed; the subscriber takes a snapshot')
          fallBehind()
          return
        }
        if (!(error instanceof EngineError)) logger.error({ err: error }, 'a subscription failed')
        const { code, message } =
          error instanceof EngineError ? error : { code: 'server.failed', message: 'The server failed to answer.' }
        reply({ error: { code, message } })
      }
    },

    resend(event) {
      if (state === 'live' && interest?.wants(event) === true) send(event)
    },

    close() {
      generation += 1
      state = 'closed'
      hub.remove(subscriber)
    },
  }
  return subscriber
}

function isExpiredPop(event: AnyEvent, nowMs: number): boolean {
  const isPop = event.type === 'screenpop.requested' || event.type === 'screenpop.updated'
  return isPop && Date.parse(event.data.expiresAt) <= nowMs
}
