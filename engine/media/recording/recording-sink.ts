/** Where the samples of a recording go. The media thread has files; tests have memory. */

export interface RecordingSink {
  /** Adds samples at the end; they are the sink's from then on. Never waits, never throws. */
  append(samples: Int16Array): void
  /** Why nothing more can be written; null: all is well. */
  readonly failure: string | null
  /** Completes the file with its first `sampleCount` samples. @returns its size in bytes. Rejects if it can't be kept */
  finish(sampleCount: number): Promise<number>
  /** Nothing of it is kept. */
  discard(): Promise<void>
}

export interface RecordingSinks {
  /** @param recordingId what names the file: the engine's own, never a caller's or client's word */
  begin(recordingId: string): RecordingSink
}
