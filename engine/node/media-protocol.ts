/** What the media port and its worker thread say to each other. Sessions are named by numbers that the port gives. */
import type { ErrorCode } from '../errors.ts'
import type { MediaEvent, MediaStream, Playback, RecordingRequest, RecordingResult } from '../ports/media.ts'

/** `workerData` of the worker. */
export interface MediaWorkerSettings {
  readonly minPort: number
  readonly maxPort: number
  readonly promptsFolder: string | null
  readonly recordingsFolder: string | null
}

/** To the worker. */
export type MediaCommand =
  | { readonly type: 'open'; readonly id: number; readonly host: string }
  | { readonly type: 'update'; readonly id: number; readonly stream: MediaStream }
  | { readonly type: 'play'; readonly id: number; readonly playback: Playback }
  | { readonly type: 'stopPlaying'; readonly id: number }
  | { readonly type: 'press'; readonly id: number; readonly digit: string; readonly durationMs: number }
  | { readonly type: 'record'; readonly id: number; readonly request: RecordingRequest }
  | { readonly type: 'stopRecording'; readonly id: number }
  | { readonly type: 'join'; readonly id: number; readonly otherId: number; readonly timeoutMs: number }
  | { readonly type: 'unjoin'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }
  | { readonly type: 'stop' }

/** From the worker. */
export type MediaReport =
  | { readonly type: 'ready'; readonly prompts: readonly string[]; readonly music: readonly string[] }
  | { readonly type: 'opened'; readonly id: number; readonly port: number }
  | { readonly type: 'refused'; readonly id: number; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'event'; readonly id: number; readonly event: MediaEvent }
  | { readonly type: 'recorded'; readonly result: RecordingResult }
