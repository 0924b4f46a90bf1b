/**
 * Tells a waiting caller that he may be called back, listens for the key, and settles it with him. He keeps his place in
 * line meanwhile, and an agent who answers interrupts.
 */
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import { TimerBag } from '../timer-bag.ts'
import type { CallCore } from './call-core.ts'
import { CallbackTalk, ownNumber } from './callback-talk.ts'
import { languageOf } from './language.ts'
import type { QueueVisit } from './queue-visit.ts'
import { Screening } from './screening.ts'

/** A caller who can't be told now, because he is not answered yet or an agent rings, is told this much later. */
const notNowMs = 1_000

export interface CallbackOfferOptions {
  readonly core: CallCore
  readonly visit: QueueVisit
  /** An agent is being rung, or has answered. */
  isOffered(): boolean
  /** The caller is to be called back, for this queue. */
  onAccepted(queueId: string, number: string): void
}

export class CallbackOffer {
  readonly #options: CallbackOfferOptions
  readonly #timers: TimerBag<'offer'>
  #talk: { readonly run: CallbackTalk; readonly screening: Screening; readonly queueId: string } | null = null

  constructor(options: CallbackOfferOptions) {
    this.#options = options
    this.#timers = new TimerBag(options.core.clock)
  }

  /** The caller is being talked to. */
  get isTalking(): boolean {
    return this.#talk !== null
  }

  /** The number of a caller who hangs up now and wants to be called back all the same; null: he has not said so. */
  get settledNumber(): { readonly queueId: string; readonly number: string } | null {
    const number = this.#talk?.run.ownNumber ?? null
    return this.#talk === null || number === null ? null : { queueId: this.#talk.queueId, number }
  }

  /** From now on he is told, if his queue does so. */
  begin(): void {
    const { offer } = this.#options.visit.queue.callback
    if (offer !== null) this.#timers.arm('offer', offer.afterMs, () => this.#tell())
  }

  see(event: BridgeEvent): void {
    if (this.#talk !== null) {
      this.#talk.screening.see(event)
      return
    }
    const { queue } = this.#options.visit
    if (event.type === 'customer.dtmf' && event.digit === queue.callback.offer?.key && !this.#options.isOffered())
      this.start(queue.id, () => {})
  }

  /** Settles it with the caller; `onDeclined`: he waits on. @returns false if that can't be done now */
  start(queueId: string, onDeclined: () => void): boolean {
    const { core, visit } = this.#options
    const queue = core.services.queue(queueId)
    if (queue === null) return false
    this.hush()
    const screening = new Screening(core, visit.queue.language ?? null)
    const run = new CallbackTalk({
      core,
      screening,
      queueId,
      otherNumbers: queue.callback.otherNumbers,
      onAccepted: number => {
        this.stop()
        this.#options.onAccepted(queueId, number)
      },
      onDeclined: () => {
        this.hush()
        if (core.bridge.customerAnswered && core.bridge.canPlay) core.bridge.answerCustomer(visit.queue.music)
        // Nothing was done to him meanwhile.
        core.services.recipes.touch(visit.queue.id)
        onDeclined()
      },
    })
    this.#talk = { run, screening, queueId }
    const isBegun = run.begin()
    if (!isBegun) this.hush()
    return isBegun
  }

  /** An agent has answered: nothing more is said. */
  hush(): void {
    const talk = this.#talk
    this.#talk = null
    talk?.screening.stop()
  }

  stop(): void {
    this.#timers.clear()
    this.hush()
  }

  #tell(): void {
    const { core, visit, isOffered } = this.#options
    const { offer, otherNumbers } = visit.queue.callback
    if (offer === null) return
    const { bridge, services, record } = core
    const canHear = bridge.customerAnswered && !isOffered() && !this.isTalking
    this.#timers.arm('offer', canHear ? offer.everyMs : notNowMs, () => this.#tell())
    const isPossible =
      services.callbacks.hasRoom(visit.queue.id) && (otherNumbers || ownNumber(core, visit.queue.id) !== null)
    if (!isPossible || !canHear) return
    const language = languageOf(record.attributes, visit.queue.language ?? null)
    const names = ['callback-offer', `number-${offer.key}`].flatMap(name => services.promptName(name, language) ?? [])
    bridge.playPrompts(names, 'callback-offer')
  }
}
