/**
 * Recordings as WAV files of a folder: written under `ID.part`, and under `ID.wav` only when they are complete and on the
 * disk. Runs in the media thread: nothing here waits for the disk but promises.
 */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { wavHeader, wavHeaderBytes } from '../media/audio/wav.ts'
import type { RecordingSink, RecordingSinks } from '../media/recording/recording-sink.ts'

export const recordingRateHz = 8000
export const completeSuffix = '.wav'
export const partSuffix = '.part'
const fileMode = 0o600
/** About four minutes of one recording: a disk that is so far behind is no disk. */
const mostPendingBytes = 4 * 1024 * 1024
/** As the engine makes them: what is anything else must not become a path. */
const recordingIdPattern = /^[0-9A-Z]{26}$/

export function isRecordingId(text: string): boolean {
  return recordingIdPattern.test(text)
}

/** @param folder exists */
export function createRecordingFiles(folder: string): RecordingSinks {
  return {
    begin(recordingId) {
      if (!isRecordingId(recordingId)) throw new Error(`${JSON.stringify(recordingId)} is no id of a recording`)
      return new RecordingFileSink(join(folder, recordingId))
    },
  }
}

class RecordingFileSink implements RecordingSink {
  readonly #path: string
  #failure: string | null = null
  #pendingBytes = 0
  /** What was asked for, one after the other; null in it: the file could not be opened, or is closed. */
  #work: Promise<FileHandle | null>

  constructor(path: string) {
    this.#path = path
    this.#work = this.#begin()
  }

  get failure(): string | null {
    return this.#failure
  }

  append(samples: Int16Array): void {
    const bytes = littleEndian(samples)
    this.#pendingBytes += bytes.length
    if (this.#pendingBytes > mostPendingBytes) this.#failure ??= 'the disk does not keep up'
    this.#then(async file => {
      this.#pendingBytes -= bytes.length
      if (this.#failure === null) await file.writev([bytes])
    })
  }

  async finish(sampleCount: number): Promise<number> {
    const dataBytes = sampleCount * 2
    this.#then(async file => {
      if (this.#failure !== null) return
      await file.truncate(wavHeaderBytes + dataBytes)
      await file.write(wavHeader(dataBytes, recordingRateHz), 0, wavHeaderBytes, 0)
      await file.sync()
    })
    await this.#close()
    if (this.#failure !== null) throw new Error(this.#failure)
    await rename(this.#path + partSuffix, this.#path + completeSuffix)
    return wavHeaderBytes + dataBytes
  }

  async discard(): Promise<void> {
    await this.#close()
    await unlink(this.#path + partSuffix).catch(() => {})
  }

  async #begin(): Promise<FileHandle | null> {
    try {
      const file = await open(this.#path + partSuffix, 'wx', fileMode)
      // Nobody knows yet how long it will be; a file that stays so is repaired by its length.
      await file.write(wavHeader(0, recordingRateHz))
      return file
    } catch (error) {
      this.#failure ??= wordsOf(error)
      return null
    }
  }

  #then(work: (file: FileHandle) => Promise<void>): void {
    this.#work = this.#work.then(async file => {
      try {
        if (file !== null) await work(file)
      } catch (error) {
        this.#failure ??= wordsOf(error)
      }
      return file
    })
  }

  async #close(): Promise<void> {
    const file = await this.#work
    this.#work = Promise.resolve(null)
    await file?.close().catch((error: unknown) => {
      this.#failure ??= wordsOf(error)
    })
  }
}

function littleEndian(samples: Int16Array): Uint8Array {
  const bytes = new Uint8Array(samples.length * 2)
  const view = new DataView(bytes.buffer)
  for (let index = 0; index < samples.length; index++) view.setInt16(index * 2, samples[index] ?? 0, true)
  return bytes
}

/** Without the path: callers' recordings are nobody else's business. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return 'code' in error ? `the disk refuses: ${error.code}` : error.message
}
