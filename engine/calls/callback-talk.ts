/**
 * What is settled with a caller who wants to be called back: the number. His own is said back to him and confirmed, if we
 * know it and may call it; else, or if he likes, he enters another one, which is said back as well.
 */
import type { GatherConfig } from '../config-intake.ts'
import type { CallCore } from './call-core.ts'
import type { Screening } from './screening.ts'
import { digitPrompts } from './spoken-digits.ts'

export interface CallbackTalkOptions {
  readonly core: CallCore
  readonly screening: Screening
  readonly queueId: string
  /** He may enter another number than his own. */
  readonly otherNumbers: boolean
  /** Settled: this number, as it is dialled. */
  onAccepted(number: string): void
  /** He does not want it, or it can't be. */
  onDeclined(): void
  /** He has left, or something else is said to him. */
  onGone?(): void
}

const mostEntries = 3
const confirmKey = '1'
const otherKey = '2'

export class CallbackTalk {
  readonly #options: CallbackTalkOptions
  #entries = 0
  #own: string | null = null

  constructor(options: CallbackTalkOptions) {
    this.#options = options
  }

  /** His own number, while nothing else is settled: who asks to be called back and hangs up means that one. */
  get ownNumber(): string | null {
    return this.#own
  }

  /** @returns false if it can't be settled now: then nothing is said, and nobody is called back */
  begin(): boolean {
    const { core, queueId } = this.#options
    if (!core.bridge.canPlay || !core.services.callbacks.hasRoom(queueId)) return false
    this.#own = ownNumber(core, queueId)
    if (this.#own !== null) this.#confirm(this.#own)
    else if (this.#options.otherNumbers) this.#enter()
    else this.#say('callback-number-not-possible', () => this.#options.onDeclined())
    return true
  }

  #confirm(number: string): void {
    const { screening, otherNumbers, onDeclined, onGone } = this.#options
    const question = otherNumbers ? 'callback-confirm-or-other' : 'callback-confirm'
    const accept = otherNumbers ? [confirmKey, otherKey] : [confirmKey]
    const say = ['callback-number', ...digitPrompts(number), question]
    screening.gather(asking({ say, accept, timeoutMs: 6_000, tries: 2 }), ({ outcome, digits }) => {
      if (outcome === 'gone') onGone?.()
      else if (outcome !== 'digits') onDeclined()
      else if (digits === confirmKey) this.#accept(number)
      else this.#enter()
    })
  }

  /** The last room may have gone to somebody else while they talked: then he loses nothing that he has. */
  #accept(number: string): void {
    const { core, queueId, onAccepted, onDeclined } = this.#options
    this.#own = null
    if (core.services.callbacks.canTake(queueId, number)) onAccepted(number)
    else this.#say('callback-number-not-possible', onDeclined)
  }

  #enter(): void {
    this.#own = null
    this.#entries += 1
    const { core, queueId, screening, onDeclined, onGone } = this.#options
    const wanted = {
      say: ['callback-enter-number'],
      digits: 20,
      min: 2,
      timeoutMs: 10_000,
      interDigitMs: 5_000,
      tries: 2,
    }
    screening.gather(asking({ ...wanted, finishOn: '#' }), ({ outcome, digits }) => {
      if (outcome === 'gone') onGone?.()
      if (outcome === 'noInput' || outcome === 'invalid') onDeclined()
      if (outcome !== 'digits') return
      const goal = core.services.callbacks.number(queueId, digits)
      if (goal !== null) this.#confirm(goal.number)
      else
        this.#say('callback-number-not-possible', () => {
          if (this.#entries < mostEntries) this.#enter()
          else onDeclined()
        })
    })
  }

  #say(prompt: string, then: () => void): void {
    this.#options.screening.say([prompt], said => {
      if (said === 'gone') this.#options.onGone?.()
      else then()
    })
  }
}

/** The number of the caller, if it is one that may be called; null: it is withheld, or an agent's, or it may not. */
export function ownNumber({ facts, services }: CallCore, queueId: string): string | null {
  const { ani, fromAgentId } = facts
  if (ani.withheld || fromAgentId !== null) return null
  return services.callbacks.number(queueId, ani.e164 ?? ani.raw)?.number ?? null
}

function asking(wanted: Partial<GatherConfig>): GatherConfig {
  const defaults = { digits: 1, min: 1, finishOn: 'none', timeoutMs: 5_000, interDigitMs: 3_000, tries: 3 } as const
  return { into: 'callback', bargeIn: true, ...defaults, ...wanted }
}
