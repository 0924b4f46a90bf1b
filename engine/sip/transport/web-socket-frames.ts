/**
 * Where the frames of a WebSocket end (RFC 6455 §5.2), read along with whoever unpacks them: that one tells of whole messages
 * only, and a message that never becomes whole would keep its connection for ever.
 */

/** Two bytes, up to eight more of length, and the mask. */
const longestHeader = 14
/** §5.5: control frames may stand between the parts of a message, and are none. */
const controlBit = 0x08
const finalBit = 0x80
const maskBit = 0x80

export class WebSocketFrames {
  readonly #header = new Uint8Array(longestHeader)
  #headerBytes = 0
  /** Of the frame's payload, still to come. */
  #left = 0
  /** A message has begun in a frame that is not its last. */
  #fragmented = false

  /** A frame, or a message of several, has begun and is not complete. */
  get partial(): boolean {
    return this.#headerBytes > 0 || this.#left > 0 || this.#fragmented
  }

  /** @returns whether something was complete in between: nothing of it is owed any more */
  push(bytes: Uint8Array): boolean {
    let completed = false
    let at = 0
    while (at < bytes.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at)
        this.#left -= taken
        at += taken
      } else {
        this.#header[this.#headerBytes] = bytes[at] ?? 0
        this.#headerBytes++
        at++
        if (this.#headerBytes < this.#headerLength()) continue
        this.#left = this.#payloadLength()
        const first = this.#header[0] ?? 0
        if ((first & controlBit) === 0) this.#fragmented = (first & finalBit) === 0
        this.#headerBytes = 0
      }
      if (!this.partial) completed = true
    }
    return completed
  }

  #headerLength(): number {
    if (this.#headerBytes < 2) return 2
    const second = this.#header[1] ?? 0
    return 2 + lengthBytes(second & ~maskBit) + ((second & maskBit) === 0 ? 0 : 4)
  }

  #payloadLength(): number {
    const short = (this.#header[1] ?? 0) & ~maskBit
    const bytes = lengthBytes(short)
    if (bytes === 0) return short
    let length = 0
    for (let index = 0; index < bytes; index++) length = length * 256 + (this.#header[2 + index] ?? 0)
    return length
  }
}

function lengthBytes(short: number): number {
  return short === 126 ? 2 : short === 127 ? 8 : 0
}
