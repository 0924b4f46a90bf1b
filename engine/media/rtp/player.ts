/**
 * Sends a playlist as RTP. Due times are counted from the first packet, so that lateness never adds up; after a
 * stall it catches up, but what is too late to be heard is skipped.
 */
import { type PlayableEncoding, playableEncodings } from '../audio/library.ts'
import { headerBytes, startPacket, writeUint16, writeUint32 } from './packet.ts'
import { octetsOf, type Playlist } from './playlist.ts'
import type { TickListener } from './ticker.ts'

/** Later than this a packet would only fill the receiver's jitter buffer. */
const maxLateMs = 200

/** What a player needs from its leg. */
export interface PlayerOutput {
  /** The codec to play in; null: none that we can make, so time passes in silence. */
  readonly playEncoding: PlayableEncoding | null
  readonly ptimeMs: number
  /** False: the packet would go nowhere, so it needn't be made. */
  readonly canPlay: boolean
  /** Sends a packet with the player's own sequence number and timestamp. */
  sendPlayed(packet: Uint8Array, now: number): void
  onPromptsEnded(playId: string): void
  /** Nothing is left to play. */
  onPlayedOut(): void
}

export class Player implements TickListener {
  readonly playlist: Playlist
  readonly #output: PlayerOutput
  /** Null before the first tick: that is when the first packet is due. */
  #nextDueMs: number | null = null
  #sequence = 0
  #timestamp = 0

  constructor(playlist: Playlist, output: PlayerOutput) {
    this.playlist = playlist
    this.#output = output
  }

  onTick(now: number): void {
    const { ptimeMs } = this.#output
    let dueMs = this.#nextDueMs ?? now
    if (now - dueMs > maxLateMs) {
      const skipped = Math.floor((now - dueMs) / ptimeMs)
      dueMs += skipped * ptimeMs
      this.#timestamp = (this.#timestamp + skipped * octetsOf(ptimeMs)) >>> 0
    }
    for (; dueMs <= now; dueMs += ptimeMs) {
      // The codec is asked for each time: an event handler may have changed it.
      const encoding = this.#output.playEncoding ?? playableEncodings[0]
      const ended = this.playlist.takeEnded(encoding)
      if (ended !== null) this.#output.onPromptsEnded(ended)
      if (this.playlist.isEmpty) {
        this.#output.onPlayedOut()
        return
      }
      this.#sendNext(encoding, ptimeMs, now)
    }
    this.#nextDueMs = dueMs
  }

  #sendNext(encoding: PlayableEncoding, ptimeMs: number, now: number): void {
    const octets = octetsOf(ptimeMs)
    const packet = new Uint8Array(headerBytes + octets)
    this.playlist.fill(packet, headerBytes, packet.length, encoding)
    this.#sequence = (this.#sequence + 1) & 0xffff
    this.#timestamp = (this.#timestamp + octets) >>> 0
    if (this.#output.playEncoding === null || !this.#output.canPlay) return
    startPacket(packet)
    writeUint16(packet, 2, this.#sequence)
    writeUint32(packet, 4, this.#timestamp)
    this.#output.sendPlayed(packet, now)
  }
}
