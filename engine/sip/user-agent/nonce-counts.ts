/**
 * Which counts of which nonces were seen (RFC 7616 §3.4): two generations, of which the older one goes when the newer one has
 * lasted as long as a nonce lives, or is full. What is forgotten before its time can't be told from what was never used, so
 * every nonce as old as the newest one forgotten counts as stale: a phone asks for another, and nobody replays the old one.
 */

export type NonceUse = 'new' | 'replayed' | 'forgotten'

export interface NonceCountsOptions {
  /** How long a nonce lives. */
  readonly ttlMs: number
  /** In both generations together. */
  readonly maxEntries: number
}

interface Generation {
  readonly highest: Map<string, number>
  readonly sinceMs: number
  /** When the newest of its nonces was made. */
  newestMs: number
}

export class NonceCounts {
  readonly #maxEntries: number
  #ttlMs: number
  #older = begin(Number.NEGATIVE_INFINITY)
  #newer = begin(Number.NEGATIVE_INFINITY)
  /** Nonces made until then count only if they are remembered. */
  #forgottenMs = Number.NEGATIVE_INFINITY

  constructor({ ttlMs, maxEntries }: NonceCountsOptions) {
    this.#ttlMs = ttlMs
    this.#maxEntries = maxEntries
  }

  /** Nonces live for so long from now on. */
  configure(ttlMs: number): void {
    this.#ttlMs = ttlMs
  }

  get size(): number {
    return this.#older.highest.size + this.#newer.highest.size
  }

  /**
   * Notes a use.
   * @param nonce and for whom
   * @param madeMs when the nonce was made; it is not expired
   */
  use(nonce: string, madeMs: number, count: number, nowMs: number): NonceUse {
    this.#forgetOld(nowMs)
    const home = this.#older.highest.has(nonce) ? this.#older : this.#newer
    const last = home.highest.get(nonce)
    if (last === undefined && madeMs <= this.#forgottenMs) return 'forgotten'
    if (last !== undefined && count <= last) return 'replayed'
    home.highest.set(nonce, count)
    home.newestMs = Math.max(home.newestMs, madeMs)
    return 'new'
  }

  #forgetOld(nowMs: number): void {
    if (nowMs - this.#newer.sinceMs > this.#ttlMs || this.#newer.highest.size >= this.#maxEntries / 2) {
      this.#forgetOlder()
      this.#older = this.#newer
      this.#newer = begin(nowMs)
    }
    // After a quiet time all of them may be over.
    if (nowMs - this.#older.newestMs > this.#ttlMs) this.#forgetOlder()
  }

  #forgetOlder(): void {
    if (this.#older.highest.size === 0) return
    this.#forgottenMs = Math.max(this.#forgottenMs, this.#older.newestMs)
    this.#older = begin(Number.NEGATIVE_INFINITY)
  }
}

function begin(sinceMs: number): Generation {
  return { highest: new Map(), sinceMs, newestMs: Number.NEGATIVE_INFINITY }
}
