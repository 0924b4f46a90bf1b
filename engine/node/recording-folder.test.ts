import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readWav } from '../media/audio/wav.ts'
import { createRecordingFiles } from './recording-files.ts'
import { createRecordingFolder } from './recording-folder.ts'

const id = (last: string) => `01J0000000000000000000000${last}`
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strowger-recordings-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const samples = (count: number) => Int16Array.from({ length: count }, (_, index) => (index * 7) % 5000)

async function partsOf(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  return parts
}

async function record(last: string, count = 16_000) {
  const sink = createRecordingFiles(folder).begin(id(last))
  sink.append(samples(count))
  return sink
}

describe('the folder of recordings', () => {
  it('shows a file only when it is complete, to its owner only, and gives it back as it was', async () => {
    const recordings = createRecordingFolder(join(folder, 'deep', 'er'))
    await recordings.open()
    const sink = createRecordingFiles(join(folder, 'deep', 'er')).begin(id('1'))
    sink.append(samples(10_000))
    sink.append(samples(6_000))
    expect(await recordings.read(id('1'))).toBeNull()
    expect(await sink.finish(15_000)).toBe(30_044)
    const found = await recordings.read(id('1'))
    const bytes = Buffer.concat(await partsOf(found?.content ?? []))
    expect([found?.bytes, bytes.length]).toEqual([30_044, 30_044])
    const audio = readWav(bytes)
    expect(audio?.sampleRateHz).toBe(8_000)
    expect(audio?.samples).toEqual(Int16Array.of(...samples(10_000), ...samples(5_000)))
    await recordings.remove(id('1'))
    await recordings.remove(id('1'))
    expect([await recordings.read(id('1')), readdirSync(join(folder, 'deep', 'er'))]).toEqual([null, []])
  })

  it('leaves nothing of what is not kept', async () => {
    await (await record('1')).discard()
    expect(readdirSync(folder)).toEqual([])
  })

  it('says what the disk refuses, and keeps nothing then', async () => {
    const sink = createRecordingFiles(join(folder, 'missing')).begin(id('1'))
    sink.append(samples(10))
    await expect(sink.finish(10)).rejects.toThrow('the disk refuses: ENOENT')
    // The same name again would be another caller's recording.
    await (await record('2')).finish(10)
    writeFileSync(join(folder, `${id('3')}.part`), 'x')
    await expect((await record('3')).finish(10)).rejects.toThrow('the disk refuses: EEXIST')
  })

  it('repairs what a killed process left, drops what holds nothing, and sweeps forgotten halves', async () => {
    const recordings = createRecordingFolder(folder)
    // As the file stands in the middle of a recording: its header says nothing yet.
    const part = (last: string, count: number) => {
      const bytes = Buffer.alloc(44 + count * 2 + 1)
      writeFileSync(join(folder, `${id(last)}.part`), bytes)
    }
    part('1', 16_000)
    part('2', 1_000)
    part('8', 16_000)
    part('9', 16_000)
    utimesSync(join(folder, `${id('9')}.part`), new Date(0), new Date(0))
    await (await record('3', 8_000)).finish(8_000)
    const found = await recordings.recover([id('1'), id('2'), id('3'), id('4'), '../../etc/passwd'])
    expect(Object.fromEntries(found)).toEqual({
      [id('1')]: { recordingId: id('1'), bytes: 32_044, durationMs: 2_000, repaired: true },
      [id('3')]: { recordingId: id('3'), bytes: 16_044, durationMs: 1_000, repaired: false },
    })
    expect(readWav(readFileSync(join(folder, `${id('1')}.wav`)))?.samples.length).toBe(16_000)
    expect(readdirSync(folder).sort()).toEqual([`${id('1')}.wav`, `${id('3')}.wav`, `${id('8')}.part`])
  })

  it('refuses a folder that can not be written, and ids that are none', async () => {
    writeFileSync(join(folder, 'file'), '')
    await expect(createRecordingFolder(join(folder, 'file', 'inside')).open()).rejects.toMatchObject({
      code: 'recordings.unavailable',
      message: `The folder of recordings ${join(folder, 'file', 'inside')} can not be made or written: ENOTDIR.`,
    })
    const outside = `../${folder.slice(folder.lastIndexOf('/') + 1)}-x`
    expect(() => createRecordingFiles(folder).begin(outside)).toThrow('is no id of a recording')
    expect(await createRecordingFolder(folder).read('../x')).toBeNull()
    expect(existsSync(join(folder, `${outside}.part`))).toBe(false)
  })
})
