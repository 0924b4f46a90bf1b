/** What a killed process was recording: its files are completed or given up, and those that can be heard are messages. */
import type { EventData } from '../events.ts'
import type { Logger } from '../ports/logger.ts'
import type { Recordings } from '../ports/recordings.ts'
import type { Checkpoint, Store } from '../ports/store.ts'
import type { NewMessage, VoicemailBook } from './voicemail-book.ts'

export type RecordingClosing =
  | { readonly type: 'recording.available'; readonly data: EventData<'recording.available'> }
  | { readonly type: 'recording.dropped'; readonly data: EventData<'recording.dropped'> }

export interface VoicemailRecoveryOptions {
  readonly checkpoints: readonly Checkpoint[]
  readonly store: Pick<Store, 'voicemail'>
  readonly recordings: Recordings | null
  readonly logger: Logger
}

export interface RecoveredVoicemail {
  /** How the recordings of the last process have ended, by id. */
  readonly closings: ReadonlyMap<string, RecordingClosing>
  /** Puts what can be heard into its mailboxes. */
  adopt(book: VoicemailBook): void
}

export async function recoverVoicemail(options: VoicemailRecoveryOptions): Promise<RecoveredVoicemail> {
  const { checkpoints, store, recordings, logger } = options
  const messages = checkpoints.filter(({ kind }) => kind === 'recording').map(({ state }) => state as NewMessage)
  const closings = new Map<string, RecordingClosing>()
  const endings: ((book: VoicemailBook) => void)[] = []
  if (messages.length === 0) return { closings, adopt() {} }
  await recordings?.open()
  const files = (await recordings?.recover(messages.map(({ messageId }) => messageId))) ?? new Map()
  for (const message of messages) {
    const { messageId: recordingId, mailboxId, callId } = message
    const file = files.get(recordingId)
    const ref = { callId, recordingId, kind: 'voicemail', mailboxId } as const
    // Saved before the process was killed: only its note was left.
    const isKnown = (await store.voicemail.get(recordingId)) !== null
    if (file === undefined) {
      closings.set(recordingId, { type: 'recording.dropped', data: { ...ref, reason: 'lost', detail: 'restart' } })
      logger.warn({ recordingId, mailboxId, callId }, 'a message was lost with the process that recorded it')
      endings.push(book => book.close(message, null))
      continue
    }
    const recorded = { durationMs: file.durationMs, bytes: file.bytes, endedBy: 'restart' } as const
    closings.set(recordingId, { type: 'recording.available', data: { ...ref, ...recorded } })
    endings.push(book => book.close(message, isKnown ? null : recorded))
    if (file.repaired)
      logger.warn({ recordingId, mailboxId, callId, durationMs: file.durationMs }, 'a message was cut off and repaired')
  }
  return {
    closings,
    adopt(book) {
      for (const end of endings) end(book)
    },
  }
}
