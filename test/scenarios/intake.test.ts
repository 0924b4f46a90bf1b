/** Menus, opening hours, the block list and announcements against SIPp, with the audio that the caller hears. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { createAudioLibrary } from '../../engine/media/audio/library.ts'
import { readPrompts } from '../../engine/node/media-prompts.ts'
import { until } from '../peers/deadline.ts'
import { callCenter, contactUri, expectIdle, startEngine } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { openRtp, type RtpPeer } from '../peers/rtp.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'

const library = createAudioLibrary(readPrompts())

/** A prompt as it goes over the line to a caller who speaks PCMU. */
function onTheLine(name: string): Buffer {
  return Buffer.from(library.prompt(name, 'PCMU') ?? [])
}

/** Resolves when a caller has heard prompts, one after the other. */
async function hears(audio: RtpPeer, ...names: readonly string[]): Promise<void> {
  const said = Buffer.concat(names.map(onTheLine))
  await until(names.join(', '), () => (audio.recording.includes(said) ? true : null))
}

const flows: CenterInput['flows'] = [
  {
    id: 'main',
    language: 'de',
    steps: [
      { say: 'welcome' },
      { gather: { into: 'choice', say: 'please-hold', accept: ['1', '2'], timeoutMs: 3000, otherwise: 'bye' } },
      { enqueue: 'support' },
      { id: 'bye', say: 'goodbye' },
      { hangup: true },
    ],
  },
]
const menu: CenterInput = { flows, numbers: [{ match: 'support', flow: 'main' }] }

describe.skipIf(sippPath === null)(titled('before the queue', 'SIPp', sippPath), () => {
  it('a menu speaks German, takes RFC 4733 digits into it, and connects', async () => {
    const audio = await openRtp(hosts.caller)
    // It rings for longer than the question would have gone on.
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, pauseMs: 2000 })
    const phone = { id: 'a1', contact: contactUri('a1', agent.host, agent.port) }
    const { address, log, engine } = await startEngine(callCenter([phone], {}, menu))
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address, audio.port)
    await hears(audio, 'de/welcome')
    await audio.press('2')
    const gathered = await log.waitFor('call.flow_step_taken', ({ action }) => action === 'gather')
    expect(gathered.data.result).toBe('choice = 2')
    await log.waitFor('call.connected')
    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent)
    // The digit cut the question off.
    expect(audio.recording.includes(onTheLine('de/please-hold'))).toBe(false)
    const ended = await log.waitFor('call.ended')
    expect(ended.data.ending).toBe('completed')
    expect(await engine.calls.get(ended.data.callId)).toMatchObject({
      attributes: { language: 'de', choice: '2' },
      flowPath: [{ action: 'say' }, { action: 'gather' }, { action: 'enqueue' }],
    })
    await expectIdle(engine)
  })

  it('a prompt of the operator is heard in place of ours', async () => {
    const audio = await openRtp(hosts.caller)
    const folder = scratchFolder()
    mkdirSync(join(folder, 'de'))
    // What is said as good-bye in English tells itself apart from the German welcome.
    writeFileSync(join(folder, 'de', 'welcome.wav'), readPrompts().load('en/goodbye'))
    const { address, log, engine } = await startEngine(callCenter([], {}, menu), null, undefined, { prompts: folder })
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address, audio.port)
    await hears(audio, 'en/goodbye')
    await log.waitFor('call.flow_step_taken', ({ action }) => action === 'say')
    expect(audio.recording.includes(onTheLine('de/welcome'))).toBe(false)
    expect(await call.hangUp()).toBe(200)
    await expectIdle(engine)
  })

  it('who waits hears the music of the operator that his queue names, and unknown music is refused', async () => {
    const audio = await openRtp(hosts.caller)
    const folder = scratchFolder()
    mkdirSync(join(folder, 'music'))
    // Longer than a second, and nothing like ours.
    const spoken = readPrompts().load('en/thank-you-for-waiting')
    writeFileSync(join(folder, 'music', 'spoken.wav'), spoken)
    const names = ['music/spoken']
    const own = createAudioLibrary({ names, load: () => spoken })
    for (const _step of own.prepareMusic());
    const center = callCenter([], { music: 'spoken' })
    const { address, log, engine } = await startEngine(center, null, undefined, { prompts: folder })
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address, audio.port)
    // All of it, and again from its beginning.
    const loop = Buffer.from(own.music('spoken', 'PCMU'))
    const heard = Buffer.concat([loop, loop.subarray(0, 800)])
    await until('the loop and its seam', () => (audio.recording.includes(heard) ? true : null))
    await expect(engine.applyCenter(callCenter([], { music: 'jazz' }))).rejects.toMatchObject({
      code: 'config.invalid',
      problems: [{ path: 'queues[0].music', value: 'jazz', allowed: expect.stringContaining('music/jazz.wav') }],
    })
    expect(await call.hangUp()).toBe(200)
    await log.waitFor('call.abandoned')
    await expectIdle(engine)
  })

  it('a caller who hangs up in a menu is abandoned there', async () => {
    const { address, log, engine } = await startEngine(callCenter([], {}, menu))
    const caller = await sippCaller({ scenario: 'uac-basic', host: hosts.caller, address })
    await expectSuccess(caller)
    const abandoned = await log.waitFor('call.abandoned')
    expect(abandoned.data).toMatchObject({ stage: 'screening', visitId: null })
    await expectIdle(engine)
  })

  it.each([
    ['blocked', '603', { blocked: [{ match: '+4420794*' }] }],
    [
      'closed',
      '480',
      { hours: [{ id: 'office' }], numbers: [{ match: 'support', queue: 'support', hours: 'office' }] },
    ],
  ] satisfies [string, string, CenterInput][])(
    'a caller is refused without an answer: %s',
    async (reason, status, rest) => {
      const { address, log, engine } = await startEngine(callCenter([], {}, rest))
      const caller = await sippCaller({ scenario: 'uac-refused', host: hosts.caller, address, values: { status } })
      await expectSuccess(caller)
      expect((await log.waitFor('call.rejected')).data).toMatchObject({ reason, sipCode: Number(status) })
      await expectIdle(engine)
    },
  )

  it('a place is told in numbers, and an answer interrupts the announcement at once', async () => {
    const [first, audio] = [await openRtp(hosts.caller), await openRtp(hosts.caller)]
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const announce = { position: true, everyMs: 5000 }
    const center = callCenter([{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }], { announce })
    const agents = (center.agents ?? []).map(one => ({ ...one, alwaysAvailable: false }))
    const { address, log, engine } = await startEngine({ ...center, agents })
    const customers = await startPackagePhone(hosts.caller)
    const ahead = await customers.call('support', address, first.port)
    await log.waitFor('call.queued')
    const behind = await customers.call('support', address, audio.port)
    await log.waitFor('call.queued', ({ position }) => position === 2)
    await hears(audio, 'en/you-are-number', 'en/number-2', 'en/in-line')
    // The first caller is being told the same kind of thing when an agent answers.
    await hears(first, 'en/you-are-next-in-line')
    expect(first.recording.includes(onTheLine('en/thank-you-for-waiting'))).toBe(false)
    engine.agents.signIn('a1', { availability: 'available' })
    await log.waitFor('call.connected')
    // Two seconds, in which the rest of it would have been said.
    await audio.hearsMore(100)
    expect(await Promise.all([ahead.hangUp(), behind.hangUp()])).toEqual([200, 200])
    await expectSuccess(agent)
    expect(first.recording.includes(onTheLine('en/thank-you-for-waiting'))).toBe(false)
    await expectIdle(engine)
  })
})
