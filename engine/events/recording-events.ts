/** What was recorded of a call, and what became of messages that callers have left. */
import Type from 'typebox'
import { Ani, Instant, Millis, Nullable } from './shapes.ts'

export const recordingKinds = ['voicemail'] as const
export const recordingEnds = ['hangup', 'digit', 'silence', 'maxLength', 'restart'] as const
export type RecordingEnding = (typeof recordingEnds)[number]

const RecordingRef = {
  callId: Type.String(),
  recordingId: Type.String(),
  kind: Type.Enum(recordingKinds),
  mailboxId: Type.String(),
}
const MessageRef = { messageId: Type.String(), mailboxId: Type.String(), callId: Type.String() }

export const recordingEvents = {
  /** What the caller says is written down from now on. */
  'recording.started': Type.Object({ ...RecordingRef, queueId: Nullable(Type.String()) }),
  /** The recording is complete and can be heard. Terminal, as `recording.dropped`; both may follow `call.ended`. */
  'recording.available': Type.Object({
    ...RecordingRef,
    durationMs: Millis,
    bytes: Type.Integer(),
    endedBy: Type.Enum(recordingEnds),
  }),
  /** Nothing of the recording is kept. */
  'recording.dropped': Type.Object({
    ...RecordingRef,
    reason: Type.Enum(['tooShort', 'failed', 'lost']),
    detail: Nullable(Type.String()),
  }),
  /** A mailbox has a new message. Its id is that of the recording. */
  'voicemail.received': Type.Object({
    ...MessageRef,
    queueId: Nullable(Type.String()),
    ani: Ani,
    dnis: Type.String(),
    receivedAt: Instant,
    durationMs: Millis,
  }),
  /** Somebody marked a message as heard, or as not heard. */
  'voicemail.heard': Type.Object({ ...MessageRef, heard: Type.Boolean(), actor: Type.String() }),
  /** A message is gone for good. */
  'voicemail.deleted': Type.Object({
    ...MessageRef,
    reason: Type.Enum(['request', 'retention']),
    actor: Type.String(),
  }),
} as const
