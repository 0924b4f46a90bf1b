/**
 * What one leg hears from us: prompts first, then music. Places are kept in octets, which mean the same time in every
 * playable codec, so that a change of codec goes on where it was.
 */
import { type AudioLibrary, octetsPerMs, type PlayableEncoding, silenceOf } from '../audio/library.ts'

export class Playlist {
  readonly #library: AudioLibrary
  #music: string | null = null
  #musicAt = 0
  #prompts: readonly string[] = []
  #promptIndex = 0
  #promptAt = 0
  #playId: string | null = null

  constructor(library: AudioLibrary) {
    this.#library = library
  }

  /** True if there is nothing to play. */
  get isEmpty(): boolean {
    return this.#music === null && this.#playId === null
  }

  playMusic(name: string): void {
    this.#dropPrompts()
    if (this.#music !== name) this.#musicAt = 0
    this.#music = name
  }

  playPrompts(names: readonly string[], playId: string): void {
    this.#prompts = names
    this.#promptIndex = 0
    this.#promptAt = 0
    this.#playId = playId
  }

  clear(): void {
    this.#dropPrompts()
    this.#music = null
    this.#musicAt = 0
  }

  /** The `playId` of prompts of which nothing is left, once; null otherwise. */
  takeEnded(encoding: PlayableEncoding): string | null {
    if (this.#playId === null || this.#currentPrompt(encoding) !== null) return null
    const playId = this.#playId
    this.#dropPrompts()
    return playId
  }

  /** Writes the next octets into a part of `target`. */
  fill(target: Uint8Array, start: number, end: number, encoding: PlayableEncoding): void {
    let at = start
    while (at < end && this.#playId !== null) {
      const prompt = this.#currentPrompt(encoding)
      if (prompt === null) break
      const count = Math.min(end - at, prompt.length - this.#promptAt)
      target.set(prompt.subarray(this.#promptAt, this.#promptAt + count), at)
      this.#promptAt += count
      at += count
    }
    // Music waits until the end of the prompts has been told: a packet never holds both.
    if (this.#playId === null && this.#music !== null) at = this.#fillMusic(target, at, end, this.#music, encoding)
    target.fill(silenceOf[encoding], at, end)
  }

  #fillMusic(target: Uint8Array, start: number, end: number, name: string, encoding: PlayableEncoding): number {
    const loop = this.#library.music(name, encoding)
    let at = start
    while (at < end) {
      const from = this.#musicAt % loop.length
      const count = Math.min(end - at, loop.length - from)
      target.set(loop.subarray(from, from + count), at)
      this.#musicAt = from + count
      at += count
    }
    return at
  }

  #currentPrompt(encoding: PlayableEncoding): Uint8Array | null {
    for (;;) {
      const name = this.#prompts[this.#promptIndex]
      if (name === undefined) return null
      const octets = this.#library.prompt(name, encoding)
      if (octets !== null && this.#promptAt < octets.length) return octets
      this.#promptIndex++
      this.#promptAt = 0
    }
  }

  #dropPrompts(): void {
    this.#prompts = []
    this.#promptIndex = 0
    this.#promptAt = 0
    this.#playId = null
  }
}

/** Octets of a packet that lasts `ptimeMs`. */
export function octetsOf(ptimeMs: number): number {
  return ptimeMs * octetsPerMs
}
