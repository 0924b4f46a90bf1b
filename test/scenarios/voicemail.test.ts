/** Voicemail against programs that speak: what they said is compared with what was written, what they heard with the prompts. */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CenterInput, Engine } from '../../engine/index.ts'
import { decodeUlaw, encodePcmu } from '../../engine/media/audio/g711.ts'
import { createAudioLibrary } from '../../engine/media/audio/library.ts'
import { halveRate } from '../../engine/media/audio/resample.ts'
import { readWav, wavHeader, wavHeaderBytes } from '../../engine/media/audio/wav.ts'
import { readPrompts } from '../../engine/node/media-prompts.ts'
import { baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { callCenter, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { findProgram, scratchFolder, titled } from '../peers/program.ts'
import { openRtp, type RtpPeer } from '../peers/rtp.ts'
import { expectSuccess, sippCaller, sippPath } from '../peers/sipp.ts'
import { heardMs, likeness } from '../peers/wav.ts'

const prompts = readPrompts()
const library = createAudioLibrary(prompts)
const ffprobe = findProgram('ffprobe')
const sox = findProgram('sox')

/** Speech of the package, 16 kHz: numbers, one after the other. */
function speech(...numbers: readonly number[]): Int16Array {
  const parts = numbers.map(number => readWav(prompts.load(`en/number-${number}`))?.samples ?? new Int16Array())
  return Int16Array.from(parts.flatMap(part => [...part]))
}

/** A prompt as it goes over the line to a caller who speaks PCMU. */
const onTheLine = (name: string) => Buffer.from(library.prompt(name, 'PCMU') ?? [])

/** Resolves when a caller has heard a prompt: what he hears and what we are told come on different ways. */
async function hears(audio: RtpPeer, name: string): Promise<void> {
  await until(name, () => (audio.recording.includes(onTheLine(name)) ? true : null))
}

/** Milliseconds of a recording that are on the disk while it goes on. */
function readRecordedMs(file: string): number {
  return existsSync(file) ? (statSync(file).size - wavHeaderBytes) / 16 : 0
}

async function fileOf(engine: Engine, messageId: string): Promise<string> {
  const { bytes, content } = await engine.voicemail.audio(messageId)
  const parts: Uint8Array[] = []
  for await (const part of content) parts.push(part)
  const file = join(scratchFolder(), 'message.wav')
  writeFileSync(file, Buffer.concat(parts))
  expect(Buffer.concat(parts).length).toBe(bytes)
  return file
}

/** What others than ourselves make of a file. */
function expectTelephoneWav(file: string, durationMs: number): void {
  if (ffprobe !== null) {
    const entries = 'stream=codec_name,sample_rate,channels,duration'
    const told = execFileSync(ffprobe, ['-v', 'error', '-show_entries', entries, '-of', 'json', file], {
      encoding: 'utf8',
    })
    const [stream] = JSON.parse(told).streams
    expect(stream).toMatchObject({ codec_name: 'pcm_s16le', sample_rate: '8000', channels: 1 })
    expect(Math.abs(Number(stream.duration) * 1000 - durationMs)).toBeLessThanOrEqual(1)
  }
  if (sox !== null) {
    const told = execFileSync(sox, ['--i', '-D', file], { encoding: 'utf8' })
    expect(Math.abs(Number(told) * 1000 - durationMs)).toBeLessThanOrEqual(1)
  }
}

const samplesOf = (file: string) => readWav(execFileSync('cat', [file]))?.samples ?? new Int16Array()

const mailboxes: CenterInput['mailboxes'] = [{ id: 'support', silenceMs: 2_000, queues: ['support'] }]
const overflow: CenterInput = {
  mailboxes,
  queues: [{ id: 'support', overflow: [{ afterMs: 500, to: { voicemail: 'support' } }] }],
}

describe.skipIf(sippPath === null)(titled('voicemail', 'SIPp', sippPath), () => {
  it('a queue that nobody serves overflows into it: greeting, tone, the word of the caller, silence, goodbye', async () => {
    const audio = await openRtp(hosts.caller)
    const recordings = scratchFolder()
    const { address, log, engine } = await startEngine(callCenter([], {}, overflow), null, undefined, { recordings })
    const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address, rtpPort: audio.port })
    const started = await log.waitFor('recording.started')
    await hears(audio, 'en/leave-a-message')
    await hears(audio, 'beep')
    const [greeting, tone] = [onTheLine('en/leave-a-message'), onTheLine('beep')]
    const greetedAt = audio.recording.indexOf(greeting)
    expect(greetedAt).toBeGreaterThan(0)
    expect(audio.recording.indexOf(tone)).toBeGreaterThanOrEqual(greetedAt + greeting.length)
    expect(await engine.calls.explain(started.data.callId)).toMatchObject({
      state: 'screening',
      summary: 'Speaks into the mailbox support.',
    })
    const said = encodePcmu(halveRate(speech(1, 2, 3, 4, 5, 6, 7, 8, 9)))
    await audio.say(said)
    const available = await log.waitFor('recording.available')
    const { recordingId, durationMs, bytes } = available.data
    expect(available.data).toMatchObject({ endedBy: 'silence', mailboxId: 'support', kind: 'voicemail' })
    await expectSuccess(caller)
    await hears(audio, 'en/goodbye')

    const file = await fileOf(engine, recordingId)
    expectTelephoneWav(file, durationMs)
    const [sent, kept] = [Array.from(said, decodeUlaw), samplesOf(file)]
    expect(kept.length * 2 + 44).toBe(bytes)
    // Sample for sample from where it begins: nothing was lost or moved on the way.
    expect(likeness(sent.slice(0, 30_000), kept.subarray(0, 30_000 + 3_000))).toBeGreaterThan(0.99)

    const ended = await log.waitFor('call.ended')
    expect(ended.data).toMatchObject({ ending: 'diverted', endedBy: 'system', cause: 'messageTaken' })
    const { callId } = ended.data
    await expect
      .poll(() => engine.calls.get(callId))
      .toMatchObject({
        state: 'diverted',
        visits: [{ outcome: 'flowOut', reason: 'overflow' }],
        recordings: [{ recordingId, mailboxId: 'support', outcome: 'available', durationMs }],
      })
    expect((await engine.calls.explain(callId))?.summary).toMatch(
      /^Left a message of \d s in the mailbox support after support \(overflow\); ended by system/,
    )
    expect((await log.waitFor('call.diverted')).data).toMatchObject({ target: 'voicemail:support', reason: 'overflow' })
    expect(engine.queues.get('support').metrics.today).toMatchObject({ offered: 1, flowOut: 1, abandoned: 0 })
    expect((await log.waitFor('voicemail.received')).data).toMatchObject({ messageId: recordingId, queueId: 'support' })
    expect(engine.voicemail.mailboxes()).toMatchObject([{ id: 'support', messages: 1, unheard: 1, bytes, full: false }])

    await engine.voicemail.setHeard(recordingId, true, { actor: 'user:ada' })
    await engine.voicemail.setHeard(recordingId, true, { actor: 'user:bob' })
    expect(await engine.voicemail.list({ limit: 5 })).toMatchObject([{ messageId: recordingId, heardBy: 'user:ada' }])
    await engine.voicemail.remove(recordingId)
    expect(engine.voicemail.mailboxes()).toMatchObject([{ messages: 0, unheard: 0, bytes: 0 }])
    await expect(engine.voicemail.audio(recordingId)).rejects.toMatchObject({ code: 'voicemail.unknown' })
    expect(readdirSync(recordings)).toEqual([])
    await expect
      .poll(() => log.types('voicemail.'))
      .toEqual(['voicemail.received', 'voicemail.heard', 'voicemail.deleted'])
    await expectIdle(engine)
  })

  it('a flow takes one, `#` cuts the greeting off and ends the message, and the flow goes on', async () => {
    const audio = await openRtp(hosts.caller)
    const center: CenterInput = {
      mailboxes,
      flows: [
        {
          id: 'main',
          steps: [
            { voicemail: { mailbox: 'support', greeting: ['welcome', 'please-hold', 'we-are-closed'] } },
            { say: 'goodbye' },
          ],
        },
      ],
      numbers: [{ match: 'support', flow: 'main', queue: 'support' }],
    }
    const { address, log, engine } = await startEngine(callCenter([], {}, center), null, undefined, {
      recordings: scratchFolder(),
    })
    const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address, rtpPort: audio.port })
    await audio.hears(10)
    await audio.press('#')
    const started = await log.waitFor('recording.started')
    expect(audio.recording.includes(onTheLine('en/we-are-closed'))).toBe(false)
    await audio.say(encodePcmu(halveRate(speech(20, 30, 40))))
    await audio.press('#')
    expect((await log.waitFor('recording.available')).data).toMatchObject({ endedBy: 'digit' })
    await expectSuccess(caller)
    await hears(audio, 'en/goodbye')
    const { callId } = started.data
    expect((await log.waitFor('call.ended')).data).toMatchObject({ ending: 'diverted', cause: 'flowEnded' })
    await expect
      .poll(async () => (await engine.calls.get(callId))?.flowPath)
      .toMatchObject([{ action: 'voicemail', result: 'support' }, { action: 'say' }])
    expect(log.all('call.queued')).toEqual([])
    await expectIdle(engine)
  })

  it('who says nothing leaves nothing, a full mailbox takes nothing, and a caller may hang up at any time', async () => {
    const center: CenterInput = {
      mailboxes: [{ id: 'support', greeting: [], silenceMs: 1_000, maxMessages: 1 }],
      queues: [{ id: 'support' }],
      flows: [
        {
          id: 'main',
          steps: [
            { voicemail: { mailbox: 'support', otherwise: 'full' } },
            { hangup: true },
            { id: 'full', say: 'mailbox-full' },
          ],
        },
      ],
      numbers: [{ match: 'support', flow: 'main' }],
    }
    const folder = scratchFolder()
    const { address, log, engine } = await startEngine(callCenter([], {}, center), null, undefined, {
      recordings: folder,
    })
    const silent = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address })
    expect((await log.waitFor('recording.dropped')).data).toMatchObject({ reason: 'tooShort' })
    await expectSuccess(silent)
    expect(readdirSync(folder)).toEqual([])

    const audio = await openRtp(hosts.caller)
    const caller = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address, rtpPort: audio.port })
    await log.waitFor(
      'recording.started',
      ({ recordingId }) => recordingId !== log.all('recording.dropped')[0]?.data.recordingId,
    )
    await audio.say(encodePcmu(halveRate(speech(50, 60, 70))))
    expect((await log.waitFor('recording.available')).data).toMatchObject({ endedBy: 'silence' })
    await expectSuccess(caller)

    const third = await openRtp(hosts.caller)
    const refused = await sippCaller({ scenario: 'uac-until-bye', host: hosts.caller, address, rtpPort: third.port })
    await log.waitFor('call.flow_step_taken', ({ result }) => result === 'support: the mailbox is full')
    await expectSuccess(refused)
    await hears(third, 'en/mailbox-full')
    expect(engine.voicemail.mailboxes()).toMatchObject([{ messages: 1, full: true }])
    await expectIdle(engine)
  })
})

describe.skipIf(baresipPath === null)(titled('voicemail', 'baresip', baresipPath), () => {
  it('takes what an Opus phone says in a codec that it understands, and its hanging up as the end', async () => {
    const said = speech(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30, 40, 50)
    const file = join(scratchFolder(), 'speech.wav')
    const wide = Int16Array.from({ length: said.length * 3 }, (_, index) => {
      const [at, part] = [Math.floor(index / 3), index % 3]
      return Math.round(((said[at] ?? 0) * (3 - part) + (said[at + 1] ?? 0) * part) / 3)
    })
    const samples = Buffer.alloc(wide.length * 2)
    for (const [index, sample] of wide.entries()) samples.writeInt16LE(sample, index * 2)
    writeFileSync(file, Buffer.concat([wavHeader(samples.length, 48_000), samples]))
    const center: CenterInput = {
      mailboxes,
      trunks: [{ id: 'carrier', addresses: [baresipHost] }],
      queues: [{ id: 'support', answer: 'with-agent', overflow: [{ afterMs: 500, to: { voicemail: 'support' } }] }],
    }
    const recordings = scratchFolder()
    const { address, log, engine } = await startEngine(callCenter([], {}, center), null, undefined, { recordings })
    const phone = await startBaresip({ address, user: 'customer', speech: file, codecs: ['opus', 'g722', 'pcma'] })
    phone.dial(`sip:support@${address}`)
    const { recordingId } = (await log.waitFor('recording.started')).data
    const written = () => readRecordedMs(join(recordings, `${recordingId}.part`))
    await until('four seconds of it', () => (written() >= 4_000 ? true : null))
    phone.hangup()
    const { data } = await log.waitFor('recording.available')
    expect(data).toMatchObject({ endedBy: 'hangup' })
    expect(data.durationMs).toBeGreaterThanOrEqual(4_000)
    const recorded = await fileOf(engine, data.recordingId)
    expectTelephoneWav(recorded, data.durationMs)
    // What is in the middle of it is found in what was said; the phone and two codecs have changed its rate and its form.
    const piece = samplesOf(recorded).subarray(12_000, 16_000)
    expect(likeness(piece, halveRate(said).subarray(0, 80_000))).toBeGreaterThan(0.9)
    // What it heard: the tone.
    await phone.waitFor('CALL_CLOSED')
    await expect.poll(() => heardMs(phone.heard(), 1_000, 2_000)).toBeGreaterThanOrEqual(250)
    expect((await log.waitFor('call.ended')).data).toMatchObject({
      ending: 'diverted',
      endedBy: 'customer',
      cause: 'customerHangup',
    })
    expect(log.types('call.abandoned')).toEqual([])
    await expectIdle(engine)
    expect(existsSync(file)).toBe(true)
  })
})
