/** Dead servers: tried last, asked every thirty seconds, back on a good answer. */
import { expect, it } from 'vitest'
import { createTestClock } from '../../simulation/test-clock.ts'
import { parseUri } from '../message/uri.ts'
import { createStage, present } from '../testing/stage.ts'
import type { Target } from './selection.ts'
import { TargetHealth } from './target-health.ts'

const target = (host: string): Target => ({ transport: 'UDP', host, port: 5060, serverName: host })
const [a, b, c] = [target('10.0.0.2'), target('10.0.0.3'), target('10.0.0.4')]

function setUp() {
  const clock = createTestClock(0)
  const probes: { target: Target; atMs: number; done: (good: boolean) => void }[] = []
  const changes: [string, boolean][] = []
  const health = new TargetHealth({
    clock,
    probe: (of, done) => probes.push({ target: of, atMs: clock.now(), done }),
    onChange: ({ host }, alive) => changes.push([host, alive]),
  })
  return { clock, probes, changes, health }
}

it('tries a dead one last, and first again after a good answer', () => {
  const { clock, probes, changes, health } = setUp()
  health.failed(a)
  expect(health.inOrder([a, b, c])).toEqual([b, c, a])
  clock.advance(30_000)
  expect(probes).toHaveLength(1)
  probes[0]?.done(false)
  clock.advance(29_999)
  expect(probes).toHaveLength(1)
  clock.advance(1)
  probes[1]?.done(true)
  expect(health.inOrder([a, b, c])).toEqual([a, b, c])
  expect(changes).toEqual([
    ['10.0.0.2', false],
    ['10.0.0.2', true],
  ])
  expect(clock.pending).toBe(0)
})

it('keeps to Retry-After', () => {
  const { clock, probes, health } = setUp()
  health.failed(a, 90_000)
  clock.advance(89_999)
  expect(probes).toHaveLength(0)
  clock.advance(1)
  expect(probes).toHaveLength(1)
})

it('forgets one that nobody wants, and never more than a thousand are kept', () => {
  const { clock, probes, health } = setUp()
  health.failed(a)
  for (let i = 0; i < 40; i++) {
    clock.advance(30_000)
    probes.at(-1)?.done(false)
  }
  expect(health.dead).toEqual([])
  expect(probes.length).toBeLessThan(25)
  for (let i = 0; i < 1_100; i++) health.failed(target(`10.1.${i >> 8}.${i & 255}`))
  expect(health.dead).toHaveLength(1_000)
  health.stop()
  expect(clock.pending).toBe(0)
})

it('asks by OPTIONS, and takes any answer but 503 and silence for a sign of life', async () => {
  const stage = await createStage()
  const { location } = stage.userAgent
  const uri = present(parseUri('sip:10.0.0.2:5060'))
  const [peer] = (await location.locate(uri)) as [Target]
  location.failed(peer)
  await stage.clock.advanceAsync(30_000)
  expect(stage.peer.requests('OPTIONS')).toHaveLength(1)
  stage.peer.respond(stage.peer.last('OPTIONS'), 503)
  await stage.clock.advanceAsync(30_000)
  expect(location.dead).toEqual([peer])
  stage.peer.respond(stage.peer.last('OPTIONS'), 404)
  expect(location.dead).toEqual([])
  location.failed(peer)
  await stage.clock.advanceAsync(30_000 + 32_000)
  expect(location.dead).toEqual([peer])
  stage.userAgent.close()
})
