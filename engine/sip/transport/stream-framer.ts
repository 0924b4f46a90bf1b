/** Cuts a byte stream into SIP messages by Content-Length (RFC 3261 §18.3), within bounds. */
import { declaredLength, headerSectionEnd, limits } from '../message/parse.ts'

export interface FramerHandlers {
  onFrame(bytes: Uint8Array): void
  /** A keep-alive ping, CRLF CRLF (RFC 5626 §4.4.1). */
  onPing(): void
  /** The stream can't be framed any more; it must be closed. */
  onBroken(reason: string): void
}

const nothing = new Uint8Array(0)

export class StreamFramer {
  readonly #handlers: FramerHandlers
  #pending: Uint8Array = nothing
  /** Ours to write into behind {@link #pending}; grown by doubling, so that single bytes don't cost a copy of all before. */
  #room: ArrayBufferLike | null = null
  /** Where the search for the end of the headers goes on, so that slow senders don't make it quadratic. */
  #searchFrom = 0
  /** Bytes of the message being received, once its headers are complete; 0 before. */
  #frameLength = 0
  #broken = false

  constructor(handlers: FramerHandlers) {
    this.#handlers = handlers
  }

  /** True while a message has begun and is not complete. Line ends between messages begin none. */
  get partial(): boolean {
    return this.#pending.length > 0 && this.#pending[0] !== 13 && this.#pending[0] !== 10
  }

  /** True while bytes wait for more, be they line ends. */
  get begun(): boolean {
    return this.#pending.length > 0
  }

  push(chunk: Uint8Array): void {
    if (this.#broken) return
    if (this.#pending.length === 0) this.#pending = chunk
    else this.#append(chunk)
    while (!this.#broken && this.#take()) {}
  }

  /** Takes one message off the front; false when more bytes are needed. */
  #take(): boolean {
    const bytes = this.#pending
    if (this.#frameLength === 0) {
      const start = this.#skipLineEnds(bytes)
      if (start > 0) {
        this.#consume(start)
        return this.#pending.length > 0
      }
      if (bytes.length === 0) return false
      const end = headerSectionEnd(bytes, this.#searchFrom)
      if (end === -1) {
        if (bytes.length > limits.messageBytes) this.#break('headers too long')
        this.#searchFrom = Math.max(0, bytes.length - 3)
        return false
      }
      const bodyLength = declaredLength(bytes.subarray(0, end))
      if (bodyLength < 0 || end + bodyLength > limits.messageBytes) {
        this.#break('bad Content-Length')
        return false
      }
      this.#frameLength = end + bodyLength
    }
    if (bytes.length < this.#frameLength) return false
    const frame = bytes.subarray(0, this.#frameLength)
    this.#consume(this.#frameLength)
    this.#handlers.onFrame(frame)
    return this.#pending.length > 0
  }

  #skipLineEnds(bytes: Uint8Array): number {
    let at = 0
    while (bytes[at] === 13 || bytes[at] === 10) at++
    // A lone CR may be the first half of a CRLF whose rest is on its way: CRLF CRLF is one ping however it is split.
    for (let pings = Math.floor(at / 4); pings > 0; pings--) this.#handlers.onPing()
    if (at === bytes.length && at % 4 !== 0) return at - (at % 4)
    return at
  }

  #append(chunk: Uint8Array): void {
    const before = this.#pending
    const length = before.length + chunk.length
    if (this.#room !== before.buffer || before.byteOffset + length > this.#room.byteLength) {
      const grown = new Uint8Array(Math.max(length, before.length * 2))
      grown.set(before)
      this.#room = grown.buffer
      this.#pending = grown
    }
    this.#pending = new Uint8Array(this.#room, this.#pending.byteOffset, length)
    this.#pending.set(chunk, before.length)
  }

  #consume(length: number): void {
    // An idle connection keeps no buffer.
    this.#pending = length === this.#pending.length ? nothing : this.#pending.subarray(length)
    if (this.#pending === nothing) this.#room = null
    this.#searchFrom = 0
    this.#frameLength = 0
  }

  #break(reason: string): void {
    this.#broken = true
    this.#pending = nothing
    this.#room = null
    this.#handlers.onBroken(reason)
  }
}
