/** A day that was recorded by an engine with real SIP phones on a virtual network, and what is made of it. */
import { beforeAll, describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { EngineError } from '../errors.ts'
import { chartHtml, chartSvg } from './chart.ts'
import type { History } from './history.ts'
import { parseJournal } from './history-file.ts'
import { type ReplayResult, replay } from './replay.ts'
import { replayText } from './replay-report.ts'
import { parseScenario } from './scenario-check.ts'
import { createSeededRandom } from './seeded-random.ts'
import { createWorld } from './world.ts'

const agents = ['ada', 'bob', 'cay']
const queue = { id: 'q', answer: 'with-agent', wrapUpMs: 5_000, serviceLevel: { targetMs: 20_000 } } as const
const center: CenterInput = {
  queues: [queue],
  agents: agents.map(id => ({ id, queues: ['q'] })),
  numbers: [{ match: 'support', queue: 'q' }],
  media: { timeoutMs: 0 },
}
const minuteMs = 60_000

/** Two hours; cay leaves after one. Who waits for a minute gives up. */
async function recordedDay(): Promise<string> {
  const world = await createWorld({ seed: 3, center })
  const random = createSeededRandom(5)
  for (const id of agents) world.engine.agents.signIn(id, { availability: 'available' })
  for (const untilMs = world.clock.now() + 120 * minuteMs; world.clock.now() < untilMs; ) {
    const talkMs = Math.round(-Math.log(1 - random.float()) * 90_000)
    await world.call('support', { patienceMs: minuteMs, talkMs, talkFrom: 'answer' })
    await world.run(Math.round(-Math.log(1 - random.float()) * 45_000))
    if (world.clock.now() > untilMs - 60 * minuteMs && world.engine.agents.get('cay').session === 'online')
      world.engine.agents.signOut('cay')
  }
  await world.runUntil(() => world.engine.counters().callsActive === 0, 30 * minuteMs)
  await world.stop()
  return world.events
    .filter(({ cursor }) => cursor !== undefined)
    .map(event => JSON.stringify(event))
    .join('\n')
}

function what(center: unknown, history: History, more: object = {}): Promise<ReplayResult> {
  return replay(parseScenario({ center, replications: 4, intervals: 6, ...more }, { history }), history)
}

describe('a recorded day', () => {
  let text = ''
  let history: History
  beforeAll(async () => {
    text = await recordedDay()
    history = parseJournal(text, 'day.jsonl')
  })

  it('has its calls, how long they took, and who was there', () => {
    const { calls, presence, fromMs, toMs } = history
    expect(calls.length).toBeGreaterThan(130)
    expect(calls.every(({ atMs }) => atMs >= fromMs && atMs < toMs)).toBe(true)
    const answered = calls.filter(({ ending }) => ending === 'answered')
    const abandoned = calls.filter(({ ending }) => ending === 'abandoned')
    expect(answered.length + abandoned.length).toBe(calls.length)
    expect(abandoned.length).toBeGreaterThan(3)
    for (const { waitMs } of abandoned) expect(Math.abs(waitMs - minuteMs)).toBeLessThan(500)
    // Cay signs out while she wraps up.
    expect(answered.filter(({ wrapUpMs }) => wrapUpMs !== 5_000).length).toBeLessThanOrEqual(1)
    const hours = (id: string) =>
      (presence.get(id) ?? []).reduce((sum, time) => sum + time.toMs - time.fromMs, 0) / 3_600_000
    expect(hours('ada')).toBeGreaterThan(1.9)
    expect(hours('cay')).toBeGreaterThan(0.9)
    expect(hours('cay')).toBeLessThan(1.1)
  })

  it('comes out nearly as it was under the same policy and with the same people', async () => {
    const { recorded, simulated } = await what(center, history)
    expect(recorded.all.offered).toBe(history.calls.length)
    expect(simulated.all.offered).toBe(history.calls.length * 4)
    expect(simulated.all.answered / 4 / recorded.all.answered).toBeCloseTo(1, 1)
    expect(simulated.all.serviceLevel?.value).toBeCloseTo(recorded.all.serviceLevel?.value ?? 0, 1)
    expect(simulated.occupancy?.value).toBeCloseTo(recorded.occupancy?.value ?? 0, 1)
    const asaSec = (result: typeof recorded) => result.all.asaSec?.value ?? 0
    expect(Math.abs(asaSec(simulated) - asaSec(recorded))).toBeLessThan(3)
  })

  it('would have been worse with fewer people, and better with more', async () => {
    const staff = (count: number) => ({ staff: [{ id: 'other', agents: count, queues: ['q'] }] })
    const [worse, better] = [await what(center, history, staff(1)), await what(center, history, staff(6))]
    const levelOf = ({ simulated }: ReplayResult) => simulated.all.serviceLevel?.value ?? 0
    expect(worse.recorded).toEqual(better.recorded)
    expect(levelOf(worse)).toBeLessThan((worse.recorded.all.serviceLevel?.value ?? 0) - 0.2)
    expect(levelOf(better)).toBeGreaterThan(0.97)
    expect(replayText(better)).toMatch(
      /queue +figure +recorded +simulated +change\nq +offered[\s\S]*service level +\d+\.\d % ±/,
    )
    const svg = chartSvg(better.simulated, better.recorded)
    expect(svg).toMatch(/^<svg [\s\S]*<polygon class="band"[\s\S]*<polyline class="recorded"[\s\S]*<\/svg>\n$/)
    expect(svg).not.toContain('NaN')
    expect(chartHtml(better.simulated)).not.toContain('class="recorded"')
  })

  it('goes through the whole SIP stack as well', async () => {
    const { recorded, simulated } = await what(center, history, { replications: 1, through: 'sip' })
    expect(simulated.all.offered).toBe(history.calls.length)
    expect(simulated.all.answered / recorded.all.answered).toBeCloseTo(1, 1)
    expect(simulated.occupancy?.value).toBeCloseTo(recorded.occupancy?.value ?? 0, 1)
  })

  it.each([
    [
      'without its queue',
      { center: { ...center, queues: [{ ...queue, id: 'z' }], agents: [], numbers: [] } },
      /center.queues: got \["q"\]/,
    ],
    [
      'without its agents',
      { center: { ...center, agents: [] } },
      /center.agents: got \["ada","bob","cay"\]; .*`staff`/,
    ],
    [
      'with calls beside',
      { center, arrivals: [{ number: 'support', perHour: 1, talk: { meanSec: 1 } }] },
      /arrivals: got 1; allowed: none with --replay/,
    ],
    ['with a warm-up', { center, warmUpMin: 5 }, /warmUpMin: got 5/],
  ])('is refused %s', (_what, scenario, words) => {
    expect(() => parseScenario(scenario, { history })).toThrow(words)
  })

  it('is refused where a line is no event, with the line', () => {
    const broken = (lines: readonly string[]) => () => parseJournal(lines.join('\n'), 'day.jsonl')
    const [first = '', second = '', ...others] = text.split('\n')
    expect(broken([])).toThrow(EngineError)
    expect(broken([first, '{"type":"call.que'])).toThrow(/^day.jsonl: line 2: got "\{\\"type.* an event/)
    expect(broken([second, first])).toThrow(/line 2: .*the journal is in order/)
    const queued = others.find(line => line.includes('"call.queued"')) ?? ''
    expect(broken([first, queued.replace('"priority":0', '"priority":"high"')])).toThrow(
      /line 2: got "call.queued"; .*priority/,
    )
  })
})
