/** The folder of recordings, as the engine sees it: is it there, what a killed process left in it, reading and removing. */
import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '../errors.ts'
import { wavHeader, wavHeaderBytes } from '../media/audio/wav.ts'
import type { RecordingFile, Recordings, RecoveredRecording } from '../ports/recordings.ts'
import { completeSuffix, isRecordingId, partSuffix, recordingRateHz } from './recording-files.ts'

const bytesPerMs = (recordingRateHz * 2) / 1000
/** A half that is shorter is nobody's message. */
const leastRepairedMs = 1_000
/** Another process may be writing a younger one. */
const orphanAgeMs = 86_400_000

/** @param folder is made if it isn't there */
export function createRecordingFolder(folder: string): Recordings {
  const completePath = (recordingId: string) => join(folder, recordingId + completeSuffix)
  const partPath = (recordingId: string) => join(folder, recordingId + partSuffix)

  async function complete(recordingId: string): Promise<RecordingFile | null> {
    const found = await stat(completePath(recordingId)).catch(nothing)
    if (found === null) return null
    const durationMs = Math.floor((found.size - wavHeaderBytes) / bytesPerMs)
    return { recordingId, bytes: found.size, durationMs }
  }

  /** Gives a half its header by its length. Null: it was too short to be one, and is gone. */
  async function repair(recordingId: string): Promise<RecordingFile | null> {
    const path = partPath(recordingId)
    const found = await stat(path).catch(nothing)
    if (found === null) return null
    const dataBytes = Math.max(0, found.size - wavHeaderBytes) & ~1
    if (dataBytes < leastRepairedMs * bytesPerMs) {
      await unlink(path).catch(nothing)
      return null
    }
    const file = await open(path, 'r+')
    try {
      await file.truncate(wavHeaderBytes + dataBytes)
      await file.write(wavHeader(dataBytes, recordingRateHz), 0, wavHeaderBytes, 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(path, completePath(recordingId))
    return complete(recordingId)
  }

  async function sweep(): Promise<void> {
    for (const name of await readdir(folder)) {
      if (!name.endsWith(partSuffix) || !isRecordingId(name.slice(0, -partSuffix.length))) continue
      const found = await stat(join(folder, name)).catch(nothing)
      if (found !== null && Date.now() - found.mtimeMs > orphanAgeMs) await unlink(join(folder, name)).catch(nothing)
    }
  }

  return {
    async open() {
      const probe = join(folder, '.writable')
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 })
        await (await open(probe, 'w', 0o600)).close()
        await unlink(probe)
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
        throw new EngineError(
          'recordings.unavailable',
          `The folder of recordings ${folder} can not be made or written: ${code}.`,
          { cause: error },
        )
      }
    },
    async recover(recordingIds) {
      const recovered = new Map<string, RecoveredRecording>()
      for (const recordingId of recordingIds.filter(isRecordingId)) {
        const whole = await complete(recordingId)
        const file = whole ?? (await repair(recordingId))
        if (file !== null) recovered.set(recordingId, { ...file, repaired: whole === null })
      }
      await sweep()
      return recovered
    },
    async read(recordingId) {
      if (!isRecordingId(recordingId)) return null
      const found = await complete(recordingId)
      return found === null
        ? null
        : { bytes: found.bytes, content: createReadStream(completePath(recordingId), { end: found.bytes - 1 }) }
    },
    async remove(recordingId) {
      if (isRecordingId(recordingId)) await unlink(completePath(recordingId)).catch(nothing)
    },
  }
}

function nothing(): null {
  return null
}
