/** The wait of messages in real sockets. */
import dgram from 'node:dgram'
import { once } from 'node:events'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import type { DatagramSocket } from '../ports/network.ts'
import { createNodeNetwork } from './network.ts'

const open: DatagramSocket[] = []
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  for (const socket of open.splice(0)) socket.close()
})

async function bound(...hosts: readonly string[]) {
  const network = createNodeNetwork()
  const heard: Uint8Array[] = []
  for (const host of hosts) {
    const handlers = { onMessage: (bytes: Uint8Array) => heard.push(bytes), onError: () => {} }
    open.push(await network.bindDatagram({ host, port: 0 }, handlers))
  }
  const waitedMs = () => network.waitedMs?.() ?? Number.NaN
  // From now on it is watched.
  waitedMs()
  return { waitedMs, heard }
}

function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; ) {
    // Reads nothing.
  }
}

it.each([
  ['in a socket', ['127.0.0.1']],
  ['in connections', []],
])('%s is as long as nothing could be read, and short again when all has been', async (_where, hosts) => {
  const { waitedMs } = await bound(...hosts)
  await sleep(50)
  block(300)
  expect(waitedMs()).toBeGreaterThanOrEqual(300)
  await expect.poll(waitedMs, { interval: 30 }).toBeLessThan(100)
})

it.each([
  ['one address', ['127.0.0.1']],
  ['all addresses', ['0.0.0.0']],
  ['all addresses of IPv6', ['::']],
  ['several', ['127.0.0.1', '::1']],
  ['connections alone', []],
])('on %s is known although there is always something to do, and nobody hears of that', async (_what, hosts) => {
  const { waitedMs, heard } = await bound(...hosts)
  const begun = performance.now()
  let isShort = false
  // Turn by turn, as if each had brought something: the thread is never idle.
  for (let ms = 0; ms < 400 || (!isShort && ms < 4_000); ms = performance.now() - begun) {
    await nextTurn()
    isShort ||= ms > 200 && waitedMs() < 150
  }
  expect(isShort).toBe(true)
  expect(heard).toEqual([])
})

it('is not watched for long when nobody asks', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let now = performance.now()
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  const { waitedMs } = await bound('127.0.0.1')
  const pass = (ms: number) => {
    now += ms
    vi.advanceTimersByTime(25)
    return vi.getTimerCount()
  }
  expect(pass(9_000)).toBe(1)
  waitedMs()
  expect([pass(9_000), pass(2_000)]).toEqual([1, 0])
  expect([waitedMs(), vi.getTimerCount()]).toEqual([0, 1])
})

it('leaves nothing when the last socket is closed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const made = vi.spyOn(dgram, 'createSocket')
  await bound('127.0.0.1', '127.0.0.1')
  const own: dgram.Socket = made.mock.results.at(-1)?.value
  const closed = once(own, 'close')
  const [first, second] = open.splice(0)
  first?.close()
  expect(vi.getTimerCount()).toBe(1)
  second?.close()
  expect(vi.getTimerCount()).toBe(0)
  await closed
})
