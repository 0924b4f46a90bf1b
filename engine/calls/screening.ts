/** What is between a caller and a machine that talks to him, before he waits: prompts out, digits in. */
import type { VoicemailReply } from '../api-voicemail.ts'
import type { BridgeEvent } from '../b2bua/bridge-alphabet.ts'
import type { GatherConfig, PromptLanguage } from '../config-intake.ts'
import type { VoicemailWishes } from '../config-voicemail.ts'
import type { GatherResult } from '../routing/flow-types.ts'
import { TimerBag } from '../timer-bag.ts'
import type { CallCore } from './call-core.ts'
import { Gathering } from './gathering.ts'
import { languageOf } from './language.ts'
import { MessageTaking } from './message-taking.ts'

/** `unplayable`: the caller has no codec that we can make. `gone`: the call went on, or its caller left. */
export type Said = 'said' | 'unplayable' | 'gone'

/** A prompt that is longer is no prompt: the media has died. */
const longestPlayMs = 300_000
const mostAhead = 40

export class Screening {
  readonly #core: CallCore
  readonly #fallback: PromptLanguage | null
  readonly #timers: TimerBag<'play'>
  #played = 0
  #current: { readonly playId: string; readonly done: (said: Said) => void } | null = null
  #waitsForAnswer: (() => void) | null = null
  #taking: MessageTaking | null = null
  #gathering: { readonly run: Gathering; readonly done: (result: GatherResult) => void } | null = null
  /** Pressed while nobody asked. */
  #ahead = ''

  /** @param fallback the language if the call has none */
  constructor(core: CallCore, fallback: PromptLanguage | null = null) {
    this.#core = core
    this.#fallback = fallback
    this.#timers = new TimerBag(core.clock)
  }

  /** Says prompts to the end. Whatever was being said is given up. */
  say(prompts: readonly string[], done: (said: Said) => void): void {
    this.#give('gone')
    const { bridge, services, record } = this.#core
    if (!bridge.canPlay) {
      done('unplayable')
      return
    }
    const language = languageOf(record.attributes, this.#fallback)
    const names = prompts.flatMap(name => services.promptName(name, language) ?? [])
    this.#played += 1
    const playId = `flow-${this.#played}`
    this.#current = { playId, done }
    this.#timers.arm('play', longestPlayMs, () => this.#give('said'))
    const play = () => bridge.playPrompts(names, playId)
    if (bridge.customerAnswered) {
      play()
      return
    }
    this.#waitsForAnswer = play
    bridge.answerCustomer(null)
  }

  /** Asks for digits; a second one takes the place of the first. */
  gather(gather: GatherConfig, done: (result: GatherResult) => void): void {
    this.#giveUpAsking()
    if (!this.#core.bridge.canPlay) {
      done({ outcome: 'noInput', digits: '' })
      return
    }
    const voice = {
      play: (prompts: readonly string[], ended: () => void) =>
        this.say(prompts, said => {
          if (said !== 'gone') ended()
        }),
      hush: () => this.hush(),
    }
    const run = new Gathering(gather, this.#core.clock, voice, gathered => {
      this.#gathering = null
      if (gather.secret !== true) this.#core.intake.digits += gathered.digits
      done(gathered)
    })
    this.#gathering = { run, done }
    // Who is asked without a word must be able to answer.
    if (!this.#core.bridge.customerAnswering) this.#core.bridge.answerCustomer(null)
    run.begin(() => this.#takeAhead())
  }

  #takeAhead(): string {
    const digit = this.#ahead.charAt(0)
    this.#ahead = this.#ahead.slice(1)
    return digit
  }

  /** Why no message can be taken; null: it can. */
  refusal(mailboxId: string): 'full' | 'unplayable' | null {
    const { bridge, services } = this.#core
    if (!bridge.canPlay) return 'unplayable'
    return services.voicemail.hasRoom(mailboxId) ? null : 'full'
  }

  /** Takes a message into a mailbox that has room for it. `done`: see {@link MessageTaking}. */
  takeMessage(mailboxId: string, wishes: VoicemailWishes, done: (reply: VoicemailReply | 'gone') => void): void {
    this.#giveUpAsking()
    const mailbox = this.#core.services.voicemail.mailbox(mailboxId)
    if (mailbox === null) {
      done({ outcome: 'failed', messageId: null, durationMs: 0, endedBy: null })
      return
    }
    const taking = new MessageTaking({
      core: this.#core,
      mailbox,
      wishes,
      say: (prompts, ended) =>
        this.say(prompts, said => {
          if (said !== 'gone') ended()
        }),
      hush: () => this.hush(),
      done: reply => {
        if (this.#taking === taking) this.#taking = null
        done(reply)
      },
    })
    this.#taking = taking
    taking.begin()
  }

  /** A prompt is cut off; nothing is called back for it. */
  hush(): void {
    this.#timers.clear()
    this.#waitsForAnswer = null
    this.#current = null
    this.#core.bridge.stopPrompts()
  }

  see(event: BridgeEvent): void {
    switch (event.type) {
      case 'customer.answered': {
        const play = this.#waitsForAnswer
        this.#waitsForAnswer = null
        play?.()
        break
      }
      case 'prompts.ended':
        if (event.playId === this.#current?.playId) this.#give('said')
        break
      case 'customer.dtmf':
        if (this.#taking !== null) this.#taking.press(event.digit)
        else if (this.#gathering !== null) this.#gathering.run.press(event.digit)
        else if (this.#ahead.length < mostAhead) this.#ahead += event.digit
        break
    }
  }

  /** The call goes on: whoever still waits for something is told that it won't come. */
  stop(): void {
    this.#giveUpAsking()
    this.#give('gone')
    this.#timers.clear()
  }

  #give(said: Said): void {
    const current = this.#current
    this.#timers.clear()
    this.#waitsForAnswer = null
    this.#current = null
    current?.done(said)
  }

  #giveUpAsking(): void {
    const taking = this.#taking
    this.#taking = null
    taking?.stop()
    const gathering = this.#gathering
    this.#gathering = null
    gathering?.run.stop()
    gathering?.done({ outcome: 'gone', digits: '' })
  }
}
