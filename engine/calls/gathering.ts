/** Takes digits from a caller: what is said first, how long is waited, which input will do, and how often it is asked for. */
import type { GatherConfig } from '../config-intake.ts'
import type { Clock } from '../ports/clock.ts'
import { TimerBag } from '../timer-bag.ts'

/** What a gathering says things with. */
export interface Voice {
  /** `done` is called once, unless it is hushed before. */
  play(prompts: readonly string[], done: () => void): void
  hush(): void
}

export type Gathered = { readonly outcome: 'digits' | 'noInput' | 'invalid'; readonly digits: string }

/** Said before asking again when what was pressed won't do, unless the step says something else. */
const defaultInvalid = ['please-try-again']

export class Gathering {
  readonly #gather: GatherConfig
  readonly #voice: Voice
  readonly #done: (gathered: Gathered) => void
  readonly #timers: TimerBag<'digit'>
  #left: number
  #digits = ''
  #isTalking = false
  #isOver = false

  constructor(gather: GatherConfig, clock: Clock, voice: Voice, done: (gathered: Gathered) => void) {
    this.#gather = gather
    this.#voice = voice
    this.#done = done
    this.#timers = new TimerBag(clock)
    this.#left = gather.tries
  }

  /**
   * @param ahead takes what was pressed before anybody asked, digit by digit, '' at its end. It counts where it may interrupt the
   * question; what is not needed for the answer is left to the next question.
   */
  begin(ahead: () => string): void {
    const { bargeIn, finishOn } = this.#gather
    while (!this.#isOver) {
      const digit = ahead()
      if (digit === '') break
      // Whoever ends an input that was complete already has not answered this question with nothing.
      const isOfBefore = digit === finishOn && this.#digits === ''
      // What was wrong is asked for anew, and what came after it was meant for other questions.
      if (bargeIn && !isOfBefore && !this.#isTalking) this.press(digit)
    }
    if (!this.#isOver && this.#digits === '' && !this.#isTalking) this.#ask([this.#gather.say ?? []].flat())
  }

  press(digit: string): void {
    if (this.#isOver) return
    const { bargeIn, finishOn, digits, interDigitMs } = this.#gather
    if (this.#isTalking) {
      if (!bargeIn) return
      this.#voice.hush()
      this.#isTalking = false
    }
    if (digit === finishOn) {
      this.#judge()
      return
    }
    this.#digits += digit
    if (this.#digits.length >= digits || this.#isChoice) this.#judge()
    else this.#timers.arm('digit', interDigitMs, () => this.#judge())
  }

  stop(): void {
    this.#isOver = true
    this.#timers.clear()
    if (this.#isTalking) this.#voice.hush()
    this.#isTalking = false
  }

  #ask(prompts: readonly string[]): void {
    this.#digits = ''
    if (prompts.length === 0) {
      this.#await()
      return
    }
    this.#isTalking = true
    this.#voice.play(prompts, () => {
      if (this.#isOver || !this.#isTalking) return
      this.#isTalking = false
      this.#await()
    })
  }

  #await(): void {
    this.#timers.arm('digit', this.#gather.timeoutMs, () => this.#judge())
  }

  /** One of those that are accepted, and the beginning of no other one. */
  get #isChoice(): boolean {
    const { accept } = this.#gather
    return accept?.some(input => input.startsWith(this.#digits)) === true
      ? accept.filter(input => input.startsWith(this.#digits)).join() === this.#digits
      : false
  }

  #judge(): void {
    this.#timers.clear()
    const { min, accept, say, invalid = defaultInvalid } = this.#gather
    const digits = this.#digits
    const isGood = accept === undefined ? digits.length >= min : accept.includes(digits)
    if (isGood) {
      this.#finish({ outcome: 'digits', digits })
      return
    }
    this.#left -= 1
    const isSilent = digits === ''
    if (this.#left <= 0) this.#finish({ outcome: isSilent ? 'noInput' : 'invalid', digits })
    else this.#ask([...(isSilent ? [] : [invalid].flat()), ...[say ?? []].flat()])
  }

  #finish(gathered: Gathered): void {
    this.#isOver = true
    this.#done(gathered)
  }
}
