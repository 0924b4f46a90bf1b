/** The real book of mailboxes over memory, with recordings that are a few octets, for tests of the server. */
import type { VoicemailCommands } from '../../engine/api-voicemail.ts'
import type { CenterConfig } from '../../engine/config.ts'
import type { Clock } from '../../engine/ports/clock.ts'
import { createMemoryStore } from '../../engine/store/memory-store.ts'
import { VoicemailBook } from '../../engine/voicemail/voicemail-book.ts'
import { silentLogger } from './silent-logger.ts'

export interface FakeVoicemail {
  readonly commands: VoicemailCommands
  configure(center: CenterConfig): void
  /** Leaves a message whose recording is `sound`. */
  leave(messageId: string, mailboxId: string, sound?: string): void
}

export function createFakeVoicemail(clock: Clock): FakeVoicemail {
  const sounds = new Map<string, Uint8Array>()
  const book = new VoicemailBook({
    clock,
    logger: silentLogger,
    store: createMemoryStore(),
    tenant: 'default',
    tell() {},
    checkpoint() {},
    recordings: {
      open: async () => {},
      recover: async () => new Map(),
      async read(recordingId) {
        const sound = sounds.get(recordingId)
        if (sound === undefined) return null
        const content = (async function* () {
          yield sound
        })()
        return { bytes: sound.length, content }
      },
      remove: async recordingId => void sounds.delete(recordingId),
    },
  })
  return {
    configure: center => book.configure(center),
    leave(messageId, mailboxId, sound = 'RIFF') {
      const bytes = new TextEncoder().encode(sound)
      sounds.set(messageId, bytes)
      const ani = { e164: '+442079460000', raw: '02079460000', name: 'Customer', withheld: false }
      const receivedAt = new Date(clock.now()).toISOString()
      const message = { messageId, mailboxId, callId: 'own', queueId: null, ani, dnis: 'support', receivedAt }
      book.begin(message)
      book.close(message, { durationMs: 12_000, bytes: bytes.length, endedBy: 'hangup' })
    },
    commands: {
      mailboxes: () => book.views(),
      list: query => book.list(query),
      get: messageId => book.get(messageId),
      audio: messageId => book.audio(messageId),
      setHeard: (messageId, heard, { actor = 'embedder' } = {}) => book.setHeard(messageId, heard, actor),
      remove: (messageId, { actor = 'embedder' } = {}) => book.remove(messageId, actor),
    },
  }
}
