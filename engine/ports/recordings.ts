/**
 * What callers have said, as files: the media write them, this port has them repaired, read and removed. A recording is
 * named by its id and by nothing that a caller or a client has said. 16-bit PCM WAV, 8 kHz, one channel.
 */

/** A recording that is complete. */
export interface RecordingFile {
  readonly recordingId: string
  readonly bytes: number
  readonly durationMs: number
}

export interface RecoveredRecording extends RecordingFile {
  /** It was cut off by the end of its process, and given its header now. */
  readonly repaired: boolean
}

export interface Recordings {
  /** Makes sure that recordings can be kept. @throws EngineError `recordings.unavailable` */
  open(): Promise<void>
  /**
   * What became of the recordings that a killed process was making: complete ones and repaired ones, by id; what held
   * nothing worth keeping is gone. Forgotten halves of anybody are removed when they are a day old.
   */
  recover(recordingIds: readonly string[]): Promise<ReadonlyMap<string, RecoveredRecording>>
  /** The file; null if there is none. */
  read(recordingId: string): Promise<{ readonly bytes: number; readonly content: AsyncIterable<Uint8Array> } | null>
  /** Harmless if there is none. */
  remove(recordingId: string): Promise<void>
}
