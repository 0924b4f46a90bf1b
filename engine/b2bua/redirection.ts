/** The way of one offer from phone to phone, as each sends it on by 3xx: what was tried, and what is still to be. */
import type { RedirectTarget } from '../sip/index.ts'
import type { AgentDevice } from './bridge-alphabet.ts'

/** Phones that are rung for one offer because others sent it there; nobody waits for more. */
const mostFurther = 4
/** Targets that are remembered for when the ones before them fail. */
const mostWaiting = 8

export class Redirection {
  readonly #follow: NonNullable<AgentDevice['redirect']>
  /** As URIs: a phone that was tried isn't again, so no loop has a second round. */
  readonly #tried: Set<string>
  #further = 0
  #waiting: readonly RedirectTarget[] = []

  /** @param first what is rung at first, with its further phones */
  constructor(first: AgentDevice, follow: NonNullable<AgentDevice['redirect']>) {
    this.#tried = new Set([first, ...(first.others ?? [])].map(({ uri }) => uri))
    this.#follow = follow
  }

  /** Where the last one that was tried sends the call goes before what was named earlier. */
  add(targets: readonly RedirectTarget[]): void {
    this.#waiting = [...targets, ...this.#waiting].slice(0, mostWaiting)
  }

  get isOver(): boolean {
    return this.#waiting.length === 0 || this.#further === mostFurther
  }

  /** The next one that may be rung; null: there is none. */
  async next(): Promise<AgentDevice | null> {
    while (!this.isOver) {
      const [target, ...others] = this.#waiting
      this.#waiting = others
      if (target === undefined) break
      const device = await this.#follow(target, this.#tried)
      if (device === null) continue
      this.#tried.add(device.uri)
      this.#further++
      return device
    }
    return null
  }
}
