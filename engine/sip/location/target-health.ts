/**
 * Which targets are known to be dead: they are tried last, and asked by OPTIONS now and then until one of them gives a
 * good answer (SIP.md §1).
 */
import type { Clock, TimerHandle } from '../../ports/clock.ts'
import { type Target, targetKey } from './selection.ts'

export interface TargetHealthOptions {
  readonly clock: Clock
  /** Asks a target for a sign of life; `done` is called exactly once. */
  probe(target: Target, done: (isGood: boolean) => void): void
  onChange(target: Target, isAlive: boolean): void
}

const probeEveryMs = 30_000
/** Beyond it the oldest one is forgotten, and will be tried again. */
const maxDead = 1_000
/** Nobody has wanted it for this long: whoever wants it again may try. */
const forgetAfterMs = 600_000

interface Dead {
  readonly target: Target
  timer: TimerHandle
  wantedAtMs: number
}

export class TargetHealth {
  readonly #options: TargetHealthOptions
  readonly #dead = new Map<string, Dead>()

  constructor(options: TargetHealthOptions) {
    this.#options = options
  }

  get dead(): readonly Target[] {
    return [...this.#dead.values()].map(({ target }) => target)
  }

  /** Live ones first, each part in its order. */
  inOrder(targets: readonly Target[]): readonly Target[] {
    if (this.#dead.size === 0) return targets
    const live: Target[] = []
    const dead: Target[] = []
    for (const target of targets) {
      const found = this.#dead.get(targetKey(target))
      if (found === undefined) live.push(target)
      else {
        found.wantedAtMs = this.#options.clock.now()
        dead.push(target)
      }
    }
    return [...live, ...dead]
  }

  /** Those that are not known to be dead. */
  live(targets: readonly Target[]): readonly Target[] {
    return this.#dead.size === 0 ? targets : targets.filter(target => !this.#dead.has(targetKey(target)))
  }

  /** It gave no answer, a 503, or could not be reached. `retryAfterMs`: not to be asked before. */
  failed(target: Target, retryAfterMs = 0): void {
    const key = targetKey(target)
    const before = this.#dead.get(key)
    if (before !== undefined) {
      if (retryAfterMs > probeEveryMs) this.#arm(before, retryAfterMs)
      return
    }
    if (this.#dead.size >= maxDead) {
      const [oldest] = this.#dead.values()
      if (oldest !== undefined) this.#forget(oldest)
    }
    const { clock } = this.#options
    const delayMs = Math.max(probeEveryMs, retryAfterMs)
    const dead: Dead = { target, wantedAtMs: clock.now(), timer: clock.setTimeout(() => this.#ask(dead), delayMs) }
    this.#dead.set(key, dead)
    this.#options.onChange(target, false)
  }

  /** It has given an answer. */
  answered(target: Target): void {
    const dead = this.#dead.size === 0 ? undefined : this.#dead.get(targetKey(target))
    if (dead === undefined) return
    this.#forget(dead)
    this.#options.onChange(target, true)
  }

  stop(): void {
    for (const dead of [...this.#dead.values()]) this.#forget(dead)
  }

  #ask(dead: Dead): void {
    if (this.#options.clock.now() - dead.wantedAtMs > forgetAfterMs) {
      this.#forget(dead)
      return
    }
    this.#options.probe(dead.target, isGood => {
      if (this.#dead.get(targetKey(dead.target)) !== dead) return
      if (isGood) this.answered(dead.target)
      else this.#arm(dead, probeEveryMs)
    })
  }

  #arm(dead: Dead, delayMs: number): void {
    this.#options.clock.clearTimeout(dead.timer)
    dead.timer = this.#options.clock.setTimeout(() => this.#ask(dead), delayMs)
  }

  #forget(dead: Dead): void {
    this.#options.clock.clearTimeout(dead.timer)
    this.#dead.delete(targetKey(dead.target))
  }
}
