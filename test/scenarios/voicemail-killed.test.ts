/** A message that is being recorded when its process is killed is there afterwards, as far as it went. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openDatabase } from '../../db/index.ts'
import { createEngine } from '../../engine/index.ts'
import { encodePcmu } from '../../engine/media/audio/g711.ts'
import { readWav, wavHeaderBytes } from '../../engine/media/audio/wav.ts'
import { silentLogger } from '../contract/rigs.ts'
import { until } from '../peers/deadline.ts'
import { EventLog } from '../peers/event-log.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { openRtp } from '../peers/rtp.ts'
import { sippCaller, sippPath } from '../peers/sipp.ts'
import { mailboxCenter } from './mailbox-center.ts'

const tone = (ms: number) =>
  Int16Array.from({ length: ms * 8 }, (_, index) => Math.round(8000 * Math.sin((2 * Math.PI * 440 * index) / 8000)))

describe.skipIf(sippPath === null)(titled('a killed process', 'SIPp', sippPath), () => {
  it('has its recording repaired by the next one, which tells of it', async () => {
    const folder = scratchFolder()
    const [url, recordings] = [`pglite://${join(folder, 'data')}`, join(folder, 'recordings')]
    const port = await freePort(hosts.engine)
    const entry = fileURLToPath(new URL('./recording-process.ts', import.meta.url))
    const child = spawn(process.execPath, [entry, url, recordings, String(port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const lines = createInterface({ input: child.stdout })
    await once(lines, 'line')

    const audio = await openRtp(hosts.caller)
    const address = `${hosts.engine}:${port}`
    await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address, rtpPort: audio.port })
    const begun = once(lines, 'line')
    audio.talk()
    const [recordingId] = await begun
    await audio.say(encodePcmu(tone(4_000)))
    expect(readdirSync(recordings)).toEqual([`${recordingId}.part`])
    const written = () => (statSync(join(recordings, `${recordingId}.part`)).size - wavHeaderBytes) / 16
    // What is in memory will be lost: at most two seconds.
    await until('two seconds of it to be on the disk', () => (written() >= 2_000 ? true : null))
    const gone = once(child, 'close')
    child.kill('SIGKILL')
    await gone
    const writtenMs = Math.floor(written())

    const { store } = await openDatabase(url, { tenant: 'default', logger: silentLogger })
    const log = new EventLog()
    const engine = createEngine({
      store,
      recordings: { folder: recordings },
      center: mailboxCenter,
      sip: { listen: [`udp://${hosts.engine}:${await freePort(hosts.engine)}`] },
      rtp: { minPort: 40_000, maxPort: 49_998 },
    })
    onTestFinished(() => engine.stop())
    engine.onAny(event => log.add(event))
    await engine.start()
    const { data } = await log.waitFor('recording.available')
    expect(data).toMatchObject({ recordingId, endedBy: 'restart', mailboxId: 'support' })
    expect((await log.waitFor('voicemail.received')).data).toMatchObject({ messageId: recordingId })
    expect(data.durationMs).toBe(writtenMs)
    const { content } = await engine.voicemail.audio(recordingId)
    const parts: Uint8Array[] = []
    for await (const part of content) parts.push(part)
    const samples = readWav(Buffer.concat(parts))?.samples ?? new Int16Array()
    const loud = samples.filter(sample => Math.abs(sample) > 1_000).length
    expect(loud / samples.length).toBeGreaterThan(0.5)
    expect(await engine.calls.get(data.callId)).toMatchObject({
      state: 'diverted',
      cause: 'restart',
      recordings: [{ recordingId, outcome: 'available', durationMs: data.durationMs }],
    })
    expect(readdirSync(recordings)).toEqual([`${recordingId}.wav`])
    await expect.poll(() => store.voicemail.get(recordingId)).toMatchObject({ endedBy: 'restart', heardAt: null })
    expect(engine.voicemail.mailboxes()).toMatchObject([{ messages: 1, unheard: 1 }])
  })
})
