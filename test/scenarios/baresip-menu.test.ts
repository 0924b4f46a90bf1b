/** baresip in a menu, in line and at a sign-in: what it recorded is compared with the prompts, and the keys are its own. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { decodeUlaw } from '../../engine/media/audio/g711.ts'
import { createAudioLibrary } from '../../engine/media/audio/library.ts'
import { readPrompts } from '../../engine/node/media-prompts.ts'
import { type Baresip, baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { expectIdle, startEngine } from '../peers/engine.ts'
import { titled } from '../peers/program.ts'
import { likeness } from '../peers/wav.ts'

const library = createAudioLibrary(readPrompts())
const password = 'correct-horse'
const toneHz = 600
/** From the middle of a prompt: its edges are silence, which is like any other. */
const pieceSamples = 2000

const center: CenterInput = {
  queues: [{ id: 'support', announce: { position: true, everyMs: 5000 } }],
  flows: [
    {
      id: 'main',
      language: 'de',
      steps: [
        { say: 'welcome' },
        { gather: { into: 'choice', say: 'please-hold', accept: ['1', '2'], timeoutMs: 20_000, otherwise: 'bye' } },
        { enqueue: 'support' },
        { id: 'bye', say: 'goodbye' },
      ],
    },
  ],
  numbers: [{ match: 'support', flow: 'main' }],
  agents: [{ id: 'ada', number: '1001', pin: '4711', queues: ['support'] }],
  devices: [{ id: 'desk1', password }],
  trunks: [{ id: 'carrier', addresses: [baresipHost] }],
  // The oldest baresip in use knows no other.
  sip: { digestAlgorithms: ['MD5'] },
}

/** How much of what a phone has heard so far is a prompt: 1 is the very same. */
function likenessTo(phone: Baresip, prompt: string): number {
  const whole = Array.from(library.prompt(prompt, 'PCMU') ?? [], decodeUlaw)
  const start = Math.floor((whole.length - pieceSamples) / 2)
  const { samples, sampleRateHz } = phone.heard()
  if (sampleRateHz !== 8000) throw new Error(`Recorded at ${sampleRateHz} Hz`)
  return likeness(whole.slice(start, start + pieceSamples), samples)
}

/** Resolves when a phone has heard a prompt. */
const hears = (phone: Baresip, prompt: string) =>
  expect
    .poll(() => likenessTo(phone, prompt), { timeout: 60_000, interval: 1000, message: prompt })
    .toBeGreaterThan(0.95)

describe.skipIf(baresipPath === null)(titled('a phone with audio', 'baresip', baresipPath), () => {
  it('hears a menu, presses a key in it, and hears its place in line', async () => {
    const { address, log, engine } = await startEngine(center)
    const phone = await startBaresip({ address, user: 'customer', codecs: ['pcmu'], toneHz })
    phone.dial(`sip:support@${address}`)
    await hears(phone, 'de/welcome')
    await hears(phone, 'de/please-hold')
    phone.press('2')
    const gathered = await log.waitFor('call.flow_step_taken', ({ action }) => action === 'gather')
    expect(gathered.data.result).toBe('choice = 2')
    await hears(phone, 'de/you-are-next-in-line')
    // What was not said isn't found, so that it means something when it is.
    expect(likenessTo(phone, 'de/goodbye')).toBeLessThan(0.6)
    phone.hangup()
    await log.waitFor('call.abandoned', ({ stage }) => stage === 'queued')
    await expectIdle(engine)
  })

  it('signs an agent in where it stands, by number and PIN', async () => {
    const { address, log, engine } = await startEngine({ ...center, trunks: [] })
    const phone = await startBaresip({ address, user: 'desk1', password, codecs: ['pcmu'], toneHz })
    const isThere = () => engine.devices.list().some(({ id, reachable }) => id === 'desk1' && reachable)
    await until('the phone to be registered', () => (isThere() ? true : null))
    phone.dial(`sip:*11@${address}`)
    await hears(phone, 'en/enter-your-number')
    phone.press('1001#')
    await hears(phone, 'en/enter-your-pin')
    phone.press('4711#')
    await hears(phone, 'en/you-are-signed-in')
    await log.waitFor('agent.session_changed', ({ agentId, to }) => agentId === 'ada' && to === 'online')
    await phone.waitFor('CALL_CLOSED')
    expect(engine.agents.get('ada')).toMatchObject({ session: 'online' })
    await expectIdle(engine)
  })
})
