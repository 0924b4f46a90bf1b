/** How many answers each source may still have: a token bucket per source. */
import { LruTable } from './lru-table.ts'

interface Bucket {
  tokens: number
  atMs: number
}

/** The burst, as a part of what a minute allows. */
const burstPart = 1 / 6

export class ReplyBudget {
  readonly #buckets: LruTable<Bucket>
  #perMs = 0
  #burst = 0

  constructor(maxSources: number) {
    this.#buckets = new LruTable(maxSources)
  }

  get sources(): number {
    return this.#buckets.size
  }

  configure(repliesPerMin: number): void {
    this.#perMs = repliesPerMin / 60_000
    this.#burst = Math.max(1, repliesPerMin * burstPart)
  }

  /** True if an answer may go out. It is not yet counted. */
  has(key: string, nowMs: number): boolean {
    const bucket = this.#buckets.get(key)
    return bucket === undefined || this.#filled(bucket, nowMs) >= 1
  }

  /** Counts an answer. False if there was none left. */
  take(key: string, nowMs: number): boolean {
    let bucket = this.#buckets.get(key)
    if (bucket === undefined) {
      bucket = { tokens: this.#burst, atMs: nowMs }
      this.#buckets.set(key, bucket)
    }
    bucket.tokens = this.#filled(bucket, nowMs)
    bucket.atMs = nowMs
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }

  #filled({ tokens, atMs }: Bucket, nowMs: number): number {
    return Math.min(this.#burst, tokens + (nowMs - atMs) * this.#perMs)
  }
}
