/** The recordings that the media thread is making, as the side that waits for them sees them. */
import type { RecordingResult } from '../ports/media.ts'

export class OpenRecordings {
  readonly #open = new Map<string, (result: RecordingResult) => void>()

  begin(recordingId: string): Promise<RecordingResult> {
    return new Promise(resolve => this.#open.set(recordingId, resolve))
  }

  end(result: RecordingResult): void {
    const resolve = this.#open.get(result.recordingId)
    this.#open.delete(result.recordingId)
    resolve?.(result)
  }

  /** Nobody will tell of them any more. */
  loseAll(reason: string): void {
    for (const recordingId of [...this.#open.keys()]) this.end(lostRecording(recordingId, reason))
  }
}

export function lostRecording(recordingId: string, reason: string): RecordingResult {
  return { recordingId, outcome: 'failed', endedBy: 'failed', durationMs: 0, speechMs: 0, bytes: 0, reason }
}
