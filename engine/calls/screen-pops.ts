/** Screen pops: one per agent and offer, requested when the device rings, withdrawn when the offer ends unaccepted. */
import type { Actor } from '../api.ts'
import { EngineError } from '../errors.ts'
import type { Ani, Attributes, EventData, ScreenPop } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import { type QueuedTimer, type TimerOwner, TimerQueue } from '../timer-queue.ts'
import { TurnoverMap } from '../turnover-map.ts'

export type ScreenPopEvent =
  | 'screenpop.requested'
  | 'screenpop.updated'
  | 'screenpop.withdrawn'
  | 'screenpop.acknowledged'

export interface ScreenPopsOptions {
  readonly clock: Clock
  readonly ids: Ids
  /** The URL template in force, or null. */
  urlTemplate(): string | null
  emit<T extends ScreenPopEvent>(type: T, popId: string, data: EventData<T>): void
  /** No further event of this pop will come. */
  onClosed(popId: string): void
  onFault(error: unknown): void
}

export interface PopRequest {
  readonly callId: string
  readonly offerId: string
  readonly agentId: string
  readonly trigger: ScreenPop['trigger']
  readonly ani: Ani
  readonly dnis: string
  readonly queueId: string | null
  readonly queueName: string | null
  readonly waitMs: number
  readonly attributes: Attributes
  readonly ringUntilMs: number
  /** What the caller did in menus; default: nothing. */
  readonly ivr?: ScreenPop['ivr']
  /** What a lookup has found so far; default: nothing. */
  readonly match?: PopMatch
}

export interface PopMatch {
  readonly status: ScreenPop['matchStatus']
  readonly matches: ScreenPop['matches']
}

/** How long a pop stays worth showing after the ringing could have ended: the agent may have just answered. */
const afterRingMs = 30_000
/** Expired pops are cleared away together, as nobody is told of it: a thread at rest is not woken for each. */
const togetherMs = 1_000

interface LivePop {
  pop: ScreenPop
  readonly expiresAtMs: number
  /** Not before it has expired. */
  readonly clearing: QueuedTimer<string>
  /** The last acknowledgement: who said it and what; null while nobody has. */
  acknowledged: { readonly result: string; readonly actor: Actor } | null
}

export class ScreenPops implements TimerOwner<string> {
  readonly #options: ScreenPopsOptions
  /** By the pop. */
  readonly #clearings: TimerQueue<string>
  /** Not withdrawn; not expired, or just now. */
  readonly #byId = new TurnoverMap<string, LivePop>()
  readonly #byOffer = new TurnoverMap<string, string>()
  /** Those of a call: a change of one call's attributes must not cost more the more pops there are. */
  readonly #byCall = new TurnoverMap<string, LivePop[]>()

  constructor(options: ScreenPopsOptions) {
    this.#options = options
    this.#clearings = new TimerQueue(options.clock, options.onFault)
  }

  open(): readonly ScreenPop[] {
    const open = [...this.#byId.values()].filter(live => live.acknowledged === null && !this.#isExpired(live))
    return open.map(({ pop }) => pop)
  }

  /** One that may still be acknowledged, for the first time or again. */
  find(popId: string): ScreenPop | null {
    return this.#live(popId)?.pop ?? null
  }

  has(offerId: string): boolean {
    return this.#byOffer.has(offerId)
  }

  request(request: PopRequest): void {
    const { clock, ids, emit } = this.#options
    const now = clock.now()
    const expiresAtMs = Math.max(request.ringUntilMs, now) + afterRingMs
    // Field by field: one for every ringing phone, and a copy by spreading costs several times as much.
    const pop: ScreenPop = {
      popId: ids.ulid(),
      callId: request.callId,
      offerId: request.offerId,
      agentId: request.agentId,
      trigger: request.trigger,
      ani: request.ani,
      dnis: request.dnis,
      queueId: request.queueId,
      queueName: request.queueName,
      waitMs: request.waitMs,
      attributes: request.attributes,
      ivr: request.ivr ?? { path: [], digits: '' },
      matchStatus: request.match?.status ?? 'none',
      matches: request.match?.matches ?? [],
      target: this.#target(request),
      expiresAt: new Date(expiresAtMs).toISOString(),
    }
    const clearAfterMs = Math.ceil((expiresAtMs - now) / togetherMs) * togetherMs
    const clearing = this.#clearings.arm(this, pop.popId, clearAfterMs)
    const live: LivePop = { pop, expiresAtMs, clearing, acknowledged: null }
    this.#byId.set(pop.popId, live)
    const ofCall = this.#byCall.get(pop.callId)
    if (ofCall === undefined) this.#byCall.set(pop.callId, [live])
    else ofCall.push(live)
    this.#byOffer.set(pop.offerId, pop.popId)
    emit('screenpop.requested', pop.popId, pop)
  }

  /** The call's attributes, or what is known about the caller, changed: open pops of the call are sent anew. */
  update(callId: string, attributes: Attributes, match: PopMatch | null = null): void {
    for (const open of this.#byCall.get(callId) ?? []) {
      if (open.acknowledged !== null || this.#isExpired(open)) continue
      const found = match === null ? {} : { matchStatus: match.status, matches: match.matches }
      const changed = { ...open.pop, attributes, ...found }
      open.pop = { ...changed, target: this.#target(changed) }
      this.#options.emit('screenpop.updated', open.pop.popId, open.pop)
    }
  }

  /** The offer ended unaccepted. An acknowledged pop is withdrawn too: it still stands on somebody's screen. */
  withdraw(offer: { offerId: string; callId: string; agentId: string }, reason: string): void {
    const popId = this.#byOffer.get(offer.offerId)
    if (popId === undefined) return
    this.#options.emit('screenpop.withdrawn', popId, { popId, ...offer, reason })
    this.#close(popId)
    this.settle(offer.offerId)
  }

  /** The offer was accepted, or its call is over: nothing is left to withdraw. */
  settle(offerId: string): void {
    const popId = this.#byOffer.get(offerId)
    if (popId === undefined) return
    this.#byOffer.delete(offerId)
    if (!this.#byId.has(popId)) this.#options.onClosed(popId)
  }

  /**
   * A client says what it did: `shown`, and perhaps `opened` later. The last word counts; the same one again, from a
   * client that didn't hear our answer, changes nothing.
   * @throws EngineError `screenpop.unknown` when the pop is withdrawn or has expired
   */
  acknowledge(popId: string, result: string, actor: Actor): void {
    const live = this.#live(popId)
    if (live === null) throw new EngineError('screenpop.unknown', `There is no open screen pop ${popId}`)
    if (live.acknowledged?.result === result && live.acknowledged.actor === actor) return
    live.acknowledged = { result, actor }
    const { callId, agentId } = live.pop
    this.#options.emit('screenpop.acknowledged', popId, { popId, callId, agentId, result, actor })
  }

  stop(): void {
    for (const { clearing } of this.#byId.values()) this.#clearings.disarm(clearing)
    this.#byId.clear()
    this.#byOffer.clear()
    this.#byCall.clear()
  }

  /** It has expired. */
  onTimer(popId: string): void {
    this.#close(popId)
  }

  #live(popId: string): LivePop | null {
    const live = this.#byId.get(popId)
    return live === undefined || this.#isExpired(live) ? null : live
  }

  #isExpired({ expiresAtMs }: LivePop): boolean {
    return expiresAtMs <= this.#options.clock.now()
  }

  #close(popId: string): void {
    const open = this.#byId.get(popId)
    if (open === undefined) return
    this.#clearings.disarm(open.clearing)
    this.#byId.delete(popId)
    const others = (this.#byCall.get(open.pop.callId) ?? []).filter(live => live !== open)
    if (others.length > 0) this.#byCall.set(open.pop.callId, others)
    else this.#byCall.delete(open.pop.callId)
    // While its offer is open it can still be withdrawn.
    if (!this.#byOffer.has(open.pop.offerId)) this.#options.onClosed(popId)
  }

  #target(request: object): ScreenPop['target'] {
    const template = this.#options.urlTemplate()
    return template === null ? null : { kind: 'url', params: { url: expandTemplate(template, request) } }
  }
}

/** Replaces `{ani.e164}`, `{callId}`, `{attributes.name}` and so on, %-escaped; what is unknown or absent becomes nothing. */
export function expandTemplate(template: string, facts: object): string {
  let url = ''
  let at = 0
  for (let open = template.indexOf('{'); open !== -1; open = template.indexOf('{', at)) {
    const close = template.indexOf('}', open)
    if (close === -1) break
    url += template.slice(at, open)
    const value = valueAt(facts, template.slice(open + 1, close))
    url += typeof value === 'string' || typeof value === 'number' ? encodeURIComponent(value) : ''
    at = close + 1
  }
  return url + template.slice(at)
}

function valueAt(facts: object, path: string): unknown {
  let value: unknown = facts
  for (const part of path.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, part)) return undefined
    value = (value as Record<string, unknown>)[part]
  }
  return value
}
