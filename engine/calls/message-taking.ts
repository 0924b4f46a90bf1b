/** Takes one message of a caller: the greeting, the tone, his word, and what becomes of it when he has said it. */
import type { VoicemailReply } from '../api-voicemail.ts'
import type { MailboxConfig, VoicemailWishes } from '../config-voicemail.ts'
import type { RecordingEnding } from '../events.ts'
import type { RecordingResult } from '../ports/media.ts'
import type { NewMessage } from '../voicemail/voicemail-book.ts'
import type { CallCore } from './call-core.ts'

export interface MessageTakingOptions {
  readonly core: CallCore
  readonly mailbox: MailboxConfig
  readonly wishes: VoicemailWishes
  /** Says prompts; `done` is not called when they are hushed. */
  say(prompts: readonly string[], done: () => void): void
  hush(): void
  /** Once; `gone` if he left, or the call went on, before he could speak. */
  done(reply: VoicemailReply | 'gone'): void
}

const beep = 'beep'

export class MessageTaking {
  readonly #options: MessageTakingOptions
  readonly #rules: Pick<MailboxConfig, 'greeting' | 'beep' | 'maxMs' | 'silenceMs' | 'finishOn' | 'minSpeechMs'>
  #phase: 'greeting' | 'beep' | 'recording' | 'over' = 'greeting'
  readonly #messageId: string
  #endedByDigit = false

  constructor(options: MessageTakingOptions) {
    this.#options = options
    this.#rules = { ...options.mailbox, ...options.wishes }
    this.#messageId = options.core.services.ids.ulid()
  }

  begin(): void {
    const { bridge, services } = this.#options.core
    services.voicemail.reserve(this.#options.mailbox.id, this.#messageId, this.#rules.maxMs)
    // Music would go on after the prompts, and into the message.
    bridge.answerCustomer(null)
    bridge.stopPrompts()
    const greeting = [this.#rules.greeting].flat()
    if (greeting.length === 0) this.#beep()
    else this.#options.say(greeting, () => this.#beep())
  }

  /** The digit that ends a message cuts the greeting off, too. */
  press(digit: string): void {
    if (digit !== this.#rules.finishOn) return
    if (this.#phase === 'greeting') {
      this.#options.hush()
      this.#beep()
    } else if (this.#phase === 'recording') {
      this.#endedByDigit = true
      this.#options.core.bridge.stopRecording()
    }
  }

  /** The caller has left, or the call goes on. What was said until now is kept. */
  stop(): void {
    if (this.#phase === 'recording') this.#options.core.bridge.stopRecording()
    else if (this.#phase !== 'over') {
      this.#options.core.services.voicemail.release(this.#options.mailbox.id, this.#messageId)
      this.#finish('gone')
    }
  }

  #beep(): void {
    this.#phase = 'beep'
    // Without a tone, too: what is said waits for the answer.
    this.#options.say(this.#rules.beep ? [beep] : [], () => this.#record())
  }

  #record(): void {
    const { core, mailbox } = this.#options
    const { services, callId, facts, record } = core
    const { maxMs, silenceMs, minSpeechMs } = this.#rules
    this.#phase = 'recording'
    // The tone would not be heard to its end by a phone to which nothing comes after it.
    core.bridge.answerCustomer('silence')
    const message: NewMessage = {
      messageId: this.#messageId,
      mailboxId: mailbox.id,
      callId,
      queueId: record.queueId,
      ani: facts.ani,
      dnis: facts.dnis,
      receivedAt: new Date(services.clock.now()).toISOString(),
    }
    const { messageId: recordingId, mailboxId, queueId } = message
    core.emit('recording.started', { callId, recordingId, kind: 'voicemail', mailboxId, queueId })
    services.voicemail.begin(message)
    const release = core.hold()
    void core.bridge.record({ recordingId, maxMs, silenceMs, minSpeechMs }).then(result =>
      core.guard(() => {
        this.#close(message, result)
        release()
      }),
    )
  }

  #close(message: NewMessage, result: RecordingResult): void {
    const { core } = this.#options
    const { messageId, mailboxId, callId } = message
    const { durationMs, bytes } = result
    const ref = { callId, recordingId: messageId, kind: 'voicemail', mailboxId } as const
    const endedBy = this.#endingOf(result)
    const isKept = result.outcome === 'kept'
    if (isKept) core.emit('recording.available', { ...ref, durationMs, bytes, endedBy })
    else {
      const reason = result.outcome === 'tooShort' ? 'tooShort' : 'failed'
      if (reason === 'failed')
        core.services.logger.error({ ...ref, reason: result.reason }, 'a message could not be recorded')
      core.emit('recording.dropped', { ...ref, reason, detail: result.reason })
    }
    core.services.voicemail.close(message, isKept ? { durationMs, bytes, endedBy } : null)
    const outcome = isKept ? 'recorded' : result.outcome === 'tooShort' ? 'tooShort' : 'failed'
    this.#finish({ outcome, messageId: isKept ? messageId : null, durationMs: isKept ? durationMs : 0, endedBy })
  }

  #endingOf({ endedBy }: RecordingResult): RecordingEnding {
    if (endedBy === 'silence' || endedBy === 'maxLength') return endedBy
    return this.#endedByDigit ? 'digit' : 'hangup'
  }

  #finish(reply: VoicemailReply | 'gone'): void {
    if (this.#phase === 'over') return
    this.#phase = 'over'
    this.#options.done(reply)
  }
}
