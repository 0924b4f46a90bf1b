/** All that an engine has to do with voicemail, in one place: wired once, asked by the engine's life and by embedders. */
import type { VoicemailCommands } from '../api-voicemail.ts'
import type { CenterConfig } from '../config.ts'
import type { Journal } from '../journal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Ids } from '../ports/ids.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaPort } from '../ports/media.ts'
import type { Recordings } from '../ports/recordings.ts'
import type { Store, StoreHead } from '../ports/store.ts'
import { ensureRecording } from './recording-place.ts'
import { VoicemailBook } from './voicemail-book.ts'
import { type RecordingClosing, recoverVoicemail } from './voicemail-recovery.ts'

export interface VoicemailRoomOptions {
  readonly clock: Clock
  readonly ids: Ids
  readonly logger: Logger
  readonly store: Store
  readonly journal: Journal
  readonly tenant: string
  readonly media: Pick<MediaPort, 'canRecord'>
  readonly recordings: Recordings | null
}

export interface VoicemailRoom {
  readonly book: VoicemailBook
  readonly commands: VoicemailCommands
  /** @throws EngineError `config.invalid`, `recordings.unavailable`: what the center asks for can't be recorded */
  ensure(center: CenterConfig): Promise<void>
  /** Completes what a killed process was recording. @returns how each of its recordings has ended, by id */
  recover(head: StoreHead): Promise<ReadonlyMap<string, RecordingClosing>>
  /** Counts what the mailboxes hold, and puts into them what was recovered. */
  restore(): Promise<void>
}

export function createVoicemailRoom(options: VoicemailRoomOptions): VoicemailRoom {
  const { clock, ids, logger, store, journal, tenant, media, recordings } = options
  const book = new VoicemailBook({
    clock,
    logger,
    store,
    recordings,
    tenant,
    tell(type, data) {
      const subject = `voicemail/${ids.ulid()}`
      journal.emit(type, subject, data, data.callId)
      journal.closeSubject(subject)
    },
    checkpoint: checkpoint => journal.checkpoint(checkpoint),
  })
  let adopt: (() => void) | null = null

  return {
    book,
    commands: {
      mailboxes: () => book.views(),
      list: query => book.list(query),
      get: messageId => book.get(messageId),
      audio: messageId => book.audio(messageId),
      setHeard: (messageId, heard, { actor = 'embedder' } = {}) => book.setHeard(messageId, heard, actor),
      remove: (messageId, { actor = 'embedder' } = {}) => book.remove(messageId, actor),
    },
    ensure: center => ensureRecording(center, media, recordings),
    async recover({ checkpoints }) {
      const recovered = await recoverVoicemail({ checkpoints, store, recordings, logger })
      adopt = () => recovered.adopt(book)
      return recovered.closings
    },
    async restore() {
      book.restore(await store.voicemail.totals())
      adopt?.()
      adopt = null
    },
  }
}
