/** Media that move no packet and hear what a test tells them: each session notes what is asked of it. */
import type { MediaEvent, MediaPort, MediaSession, MediaStream } from '../../ports/media.ts'
import { createSilentMedia } from '../../simulation/silent-media.ts'

export interface ToldSession {
  /** What its peer was settled to send and receive, the last one. */
  readonly stream: MediaStream | null
  /** Digits that were to be sent to the peer. */
  readonly pressed: string
  readonly closed: boolean
  hears(event: MediaEvent): void
}

type Fallible = 'join' | 'play' | 'close' | 'playableEncodings'

export interface ToldMedia extends MediaPort {
  /** In the order in which they were opened. */
  readonly sessions: readonly ToldSession[]
  /** Thrown by the next use of that member, of any session. */
  readonly faults: Map<Fallible, Error>
}

export function createToldMedia(): ToldMedia {
  const silent = createSilentMedia()
  const sessions: ToldSession[] = []
  const faults = new Map<Fallible, Error>()
  const fail = (method: Fallible) => {
    const fault = faults.get(method)
    faults.delete(method)
    if (fault !== undefined) throw fault
  }
  return {
    get playableEncodings() {
      fail('playableEncodings')
      return silent.playableEncodings
    },
    sessions,
    faults,
    start: () => silent.start(),
    stop: () => silent.stop(),
    hasPrompt: name => silent.hasPrompt(name),
    hasMusic: name => silent.hasMusic(name),
    canRecord: silent.canRecord,
    get openSessions() {
      return silent.openSessions
    },
    async open(options): Promise<MediaSession> {
      const session = await silent.open(options)
      const note = { stream: null as MediaStream | null, pressed: '', closed: false, hears: options.onEvent }
      sessions.push(note)
      return {
        ...session,
        update(stream) {
          note.stream = stream
        },
        press(digit) {
          note.pressed += digit
        },
        play: () => fail('play'),
        join: () => fail('join'),
        close() {
          note.closed = true
          session.close()
          fail('close')
        },
      }
    },
  }
}
