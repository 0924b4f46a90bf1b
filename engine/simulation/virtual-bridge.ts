/**
 * The bridge of a call without SIP: it speaks the bridge's alphabet, and what a real one learns from phones it takes from
 * lots that were drawn. A call costs a handful of timers, so the engine above it is what a simulation spends its time on.
 */
import type { AgentDevice, BridgeEvent, CallBridge } from '../b2bua/bridge-alphabet.ts'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { RecordingRequest, RecordingResult } from '../ports/media.ts'

export interface VirtualBridgeOptions {
  readonly clock: Clock
  /** The caller hangs up when nobody talks to him by then; null: never. */
  readonly patienceMs: number | null
  /** He hangs up after so much talk. */
  readonly talkMs: number
  /** How long a device rings until its agent answers. */
  answerMs(uri: string): number
  onEvent(event: BridgeEvent): void
  /** The caller has hung up on the agent whose device this is, and everybody has been told. */
  onTalkEnded(uri: string): void
}

interface Ringing {
  readonly uri: string
  /** Null for one who has answered and was parted from the caller. */
  timer: TimerHandle | null
}

const hungUp = { kind: 'hungUp', reason: null } as const
/** How long a prompt lasts. */
const promptMs = 2_000
/** How long a caller speaks into a mailbox before he hangs up. */
const messageMs = 10_000

export class VirtualBridge implements CallBridge {
  readonly canPlay = true
  readonly parting = null
  readonly #options: VirtualBridgeOptions
  readonly #ringing = new Map<string, Ringing>()
  #answered = false
  #patience: TimerHandle | null = null
  #prompts: TimerHandle | null = null
  #talk: TimerHandle | null = null
  #connected: { readonly offerId: string; readonly uri: string } | null = null
  #endMessage: (() => void) | null = null
  #closed = false

  constructor(options: VirtualBridgeOptions) {
    this.#options = options
    const { clock, patienceMs } = options
    if (patienceMs !== null) this.#patience = clock.setTimeout(() => this.#hangUp(), patienceMs)
  }

  get customerAnswering(): boolean {
    return this.#answered
  }

  get customerAnswered(): boolean {
    return this.#answered
  }

  ringCustomer(): void {}

  answerCustomer(): void {
    if (this.#answered || this.#closed) return
    this.#answered = true
    // As over a network: never before the command returns.
    this.#later(() => this.#emit({ type: 'customer.answered' }))
  }

  playPrompts(names: readonly string[], playId: string): void {
    this.stopPrompts()
    this.#prompts = this.#options.clock.setTimeout(() => {
      this.#prompts = null
      this.#emit({ type: 'prompts.ended', playId })
    }, promptMs * names.length)
  }

  stopPrompts(): void {
    this.#prompts = this.#disarm(this.#prompts)
  }

  record({ recordingId, maxMs }: RecordingRequest): Promise<RecordingResult> {
    this.#patience = this.#disarm(this.#patience)
    const durationMs = Math.min(messageMs, maxMs)
    const { promise, resolve } = Promise.withResolvers<RecordingResult>()
    const nothing = { recordingId, bytes: 0, reason: null }
    const said = { ...nothing, durationMs, speechMs: durationMs, outcome: 'kept', endedBy: 'closed' } as const
    const unsaid = { ...nothing, durationMs: 0, speechMs: 0, outcome: 'tooShort', endedBy: 'stopped' } as const
    const timer = this.#options.clock.setTimeout(() => {
      this.#endMessage = null
      resolve(said)
      this.#hangUp()
    }, durationMs)
    this.#endMessage = () => {
      this.#endMessage = null
      this.#disarm(timer)
      resolve(unsaid)
    }
    return promise
  }

  stopRecording(): void {
    this.#endMessage?.()
  }

  deviceOf(offerId: string) {
    return { uri: this.#ringing.get(offerId)?.uri ?? '', sipCallId: '', userToUser: null }
  }

  releaseCustomer(): void {
    this.#close()
  }

  offer(offerId: string, { uri }: AgentDevice): void {
    const { clock, answerMs } = this.#options
    const delayMs = answerMs(uri)
    const ring = () => this.#emit({ type: 'agent.ringing', offerId })
    const answer = () => this.#emit({ type: 'agent.answered', offerId })
    const ringing: Ringing = {
      uri,
      timer: clock.setTimeout(() => {
        ring()
        if (delayMs === 0) answer()
        else if (this.#ringing.has(offerId)) ringing.timer = clock.setTimeout(answer, delayMs)
      }, 0),
    }
    this.#ringing.set(offerId, ringing)
  }

  withdraw(offerId: string): void {
    this.#disarm(this.#ringing.get(offerId)?.timer ?? null)
    this.#ringing.delete(offerId)
    if (this.#connected?.offerId !== offerId) return
    this.#connected = null
    this.#talk = this.#disarm(this.#talk)
  }

  connect(offerId: string): void {
    const ringing = this.#ringing.get(offerId)
    if (ringing === undefined || this.#closed) return
    this.#ringing.delete(offerId)
    this.#answered = true
    this.#connected = { offerId, uri: ringing.uri }
    this.#patience = this.#disarm(this.#patience)
    this.stopPrompts()
    this.#emit({ type: 'connected', offerId })
    if (this.#closed) return
    this.#talk = this.#options.clock.setTimeout(() => this.#hangUp(), this.#options.talkMs)
  }

  partAgent(): void {
    if (this.#connected === null) return
    const { offerId, uri } = this.#connected
    this.#connected = null
    this.#talk = this.#disarm(this.#talk)
    this.#ringing.set(offerId, { uri, timer: null })
  }

  giveAgent(): null {
    return null
  }

  takeAgent(): void {}

  takeRinging(): void {}

  /** Virtual people have one phone, and call nobody themselves. */
  move(): void {}

  turnRound(): boolean {
    return false
  }

  releaseAgent(): void {
    if (this.#connected === null) return
    const { offerId } = this.#connected
    this.withdraw(offerId)
    this.#later(() => this.#emit({ type: 'agent.ended', offerId, outcome: { kind: 'released' } }))
  }

  #hangUp(): void {
    if (this.#closed) return
    const uri = this.#connected?.uri
    this.#close()
    this.#options.onEvent({ type: 'customer.ended', outcome: hungUp })
    if (uri !== undefined) this.#options.onTalkEnded(uri)
  }

  #close(): void {
    this.#closed = true
    for (const { timer } of this.#ringing.values()) this.#disarm(timer)
    this.#ringing.clear()
    this.#patience = this.#disarm(this.#patience)
    this.#talk = this.#disarm(this.#talk)
    this.stopPrompts()
    this.stopRecording()
  }

  #emit(event: BridgeEvent): void {
    if (!this.#closed) this.#options.onEvent(event)
  }

  #later(work: () => void): void {
    this.#options.clock.setTimeout(work, 0)
  }

  #disarm(timer: TimerHandle | null): null {
    if (timer !== null) this.#options.clock.clearTimeout(timer)
    return null
  }
}
