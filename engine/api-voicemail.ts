/** The part of the public face that is about voicemail: how a message is taken, and what becomes of it. */
import type { Actor } from './api.ts'
import type { RecordingEnding } from './events.ts'
import type { VoicemailQuery } from './ports/store.ts'
import type { VoicemailRecord } from './records.ts'

/** What a mailbox says about taking a message, said otherwise for one caller. */
export interface VoicemailRequest {
  /** Prompts before the tone; none: `[]`. */
  readonly greeting?: string | readonly string[]
  readonly beep?: boolean
  readonly maxMs?: number
  /** So much silence ends the message; 0: none does. */
  readonly silenceMs?: number
  readonly finishOn?: '#' | '*' | 'none'
}

export interface VoicemailReply {
  /** `full` and `unplayable`: no message could be taken. */
  readonly outcome: 'recorded' | 'tooShort' | 'failed' | 'full' | 'unplayable'
  /** Null: nothing was kept. */
  readonly messageId: string | null
  readonly durationMs: number
  /** Null: nothing was begun. After `hangup` the caller is gone. */
  readonly endedBy: RecordingEnding | null
}

/** A mailbox as shown to people. */
export interface MailboxView {
  readonly id: string
  readonly name: string
  readonly messages: number
  readonly unheard: number
  readonly bytes: number
  readonly maxMessages: number
  /** It takes no message any more. */
  readonly full: boolean
  /** The agents who may hear it. */
  readonly listeners: readonly string[]
}

/** Callers' messages. */
export interface VoicemailCommands {
  mailboxes(): readonly MailboxView[]
  /** Newest first. */
  list(query: VoicemailQuery): Promise<readonly VoicemailRecord[]>
  get(messageId: string): Promise<VoicemailRecord | null>
  /** The WAV file: 16 bits, 8 kHz, one channel. @throws EngineError `voicemail.unknown`, as all methods here. */
  audio(messageId: string): Promise<{ readonly bytes: number; readonly content: AsyncIterable<Uint8Array> }>
  setHeard(messageId: string, heard: boolean, options?: { actor?: Actor }): Promise<VoicemailRecord>
  remove(messageId: string, options?: { actor?: Actor }): Promise<void>
}
