/**
 * A media port that moves no packets: for simulations in which signalling, queues and agents matter, and thousands of
 * calls must cost little. Sessions are counted and have ports of their own, so that a leak shows.
 */
import { EngineError } from '../errors.ts'
import type { MediaPort, MediaSession } from '../ports/media.ts'

export interface SilentMediaOptions {
  /** Default 10000–20000. */
  readonly minPort?: number
  readonly maxPort?: number
}

export function createSilentMedia({ minPort = 10_000, maxPort = 20_000 }: SilentMediaOptions = {}): MediaPort {
  const open = new Set<number>()
  let next = minPort

  function takePort(): number {
    for (let tries = minPort; tries < maxPort; tries += 2) {
      const port = next
      next = next + 3 > maxPort ? minPort : next + 2
      if (open.has(port)) continue
      open.add(port)
      return port
    }
    throw new EngineError('media.no_ports', 'No free RTP port is left.')
  }

  return {
    playableEncodings: ['PCMU', 'PCMA', 'G722'],
    start: async () => {},
    async open(): Promise<MediaSession> {
      const port = takePort()
      return {
        port,
        update() {},
        play() {},
        stopPlaying() {},
        join() {},
        unjoin() {},
        close: () => void open.delete(port),
      }
    },
    get openSessions() {
      return open.size
    },
    hasPrompt: () => true,
    stop: async () => open.clear(),
  }
}
