/** How the built server ends, asked to and killed, with real calls in it; and what the next one makes of it. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AnyEvent } from '../../engine/index.ts'
import { until } from '../peers/deadline.ts'
import { callCenter, contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { asking } from './http.ts'
import { requireBuild, runStrowger, type ServerProcess, serverSettings, startServer } from './server-process.ts'
import { readJournal, watch } from './watch.ts'

beforeAll(requireBuild)

/** Calls the queue without retransmission; resolves with the final response. */
async function invite({ sipPort }: ServerProcess): Promise<string> {
  const socket = createSocket('udp4').bind(0, hosts.caller)
  try {
    await once(socket, 'listening')
    const own = `${hosts.caller}:${socket.address().port}`
    const target = `sip:support@${hosts.engine}:${sipPort}`
    const request = (method: string, to: string) =>
      [
        `${method} ${target} SIP/2.0`,
        `Via: SIP/2.0/UDP ${own};branch=z9hG4bKlate`,
        `From: <sip:late@${own}>;tag=late`,
        `To: ${to}`,
        'Call-ID: late',
        `CSeq: 1 ${method}`,
        'Max-Forwards: 70',
        `Contact: <sip:late@${own}>`,
        'Content-Length: 0',
        '\r\n',
      ].join('\r\n')
    socket.send(request('INVITE', `<${target}>`), sipPort, hosts.engine)
    for (;;) {
      const [bytes] = (await once(socket, 'message', { signal: AbortSignal.timeout(30_000) })) as [Buffer]
      const response = bytes.toString()
      if (response.startsWith('SIP/2.0 1')) continue
      const to = /^To: (.*)$/im.exec(response)?.[1] ?? ''
      // RFC 3261 §17.1.1.3: without the ACK it would be repeated.
      socket.send(request('ACK', to.trim()), sipPort, hosts.engine)
      return response
    }
  } finally {
    socket.close()
  }
}

describe.skipIf(sippPath === null)(titled('the server with calls in progress', 'SIPp', sippPath), () => {
  it('lets them end on SIGTERM, refuses new ones with Retry-After, and ends with 0', async () => {
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent })
    const center = callCenter([{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }])
    const server = await startServer({ folder: scratchFolder(), center })
    const { log } = await watch(server)
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', server.address)
    await log.waitFor('call.connected')

    const ended = server.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${server.url}/readyz`)).status).toBe(503)
    expect(await (await fetch(`${server.url}/healthz`)).json()).toMatchObject({ status: 'draining' })
    const refusal = await invite(server)
    expect(refusal).toMatch(/^SIP\/2\.0 503 /)
    expect(refusal).toMatch(/^Retry-After: *\d+\r$/im)

    expect(await call.hangUp()).toBe(200)
    await expectSuccess(agent)
    await log.waitFor('call.ended', ({ ending, cause }) => ending === 'completed' && cause === 'customerHangup')
    expect(await ended).toBe(0)
    expect(server.stdout()).toContain('Stopping: running calls may end')
    expect(server.stderr()).not.toMatch(/"level":[56]0/)
  })

  it('closes them at the next start when it was killed, and has lost nothing that it told', async () => {
    const folder = scratchFolder()
    const databaseUrl = `pglite://${folder}/data`
    const agent = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, calls: 2 })
    const base = callCenter([{ id: 'a1', contact: contactUri('a1', agent.host, agent.port) }])
    const ada = { id: 'ada', contact: 'sip:ada@127.0.0.4:5999', queues: ['sales', 'night'] }
    const queues = [...(base.queues ?? []), { id: 'sales' }, { id: 'night' }]
    const devices = [{ id: 'desk1', contact: 'sip:desk1@127.0.0.4:5998' }]
    const center = { ...base, queues, devices, agents: [...(base.agents ?? []), ada] }
    const first = await startServer({ folder, databaseUrl, center })
    const before = await watch(first)
    await before.rest.setAgentState('ada', { availability: 'available' })
    const ask = asking(first.url, before.token)
    for (const [path, body] of [
      ['queues/night', { signedIn: false }],
      ['device', { deviceId: 'desk1' }],
    ] as const)
      expect((await ask('PUT', `/api/v1/agents/ada/${path}`, body)).status).toBe(200)
    const second = runStrowger([], { folder, env: (await serverSettings(databaseUrl)).env })
    expect(await second.exited).toBe(1)
    expect(second.stderr()).toBe(
      `strowger: The data folder ${folder}/data is in use by the process ${first.process.pid}.\n`,
    )

    const caller = { scenario: 'uac-until-bye', host: hosts.caller, address: first.address }
    const talking = await sippCaller(caller)
    await before.log.waitFor('call.connected')
    // Killed in the middle of a burst: some have been told of, some not yet.
    const burst = await sippCaller({ ...caller, calls: 60, args: ['-r', '60', '-l', '60'] })
    const durablyQueued = () => before.log.all('call.queued').filter(({ durable }) => durable !== false)
    await until('a part of the burst to wait', () => (durablyQueued().length > 20 ? true : null))
    expect(await first.kill('SIGKILL')).toBeNull()
    before.close()
    await Promise.all([talking.kill(), burst.kill()])
    const dead = durablyQueued().map(({ data }) => data.callId)

    const sockets = () => readdirSync(folder).filter(name => /^strowger-[0-9a-f]{16}$/.test(name))
    const [left] = sockets()
    expect(left).toBeDefined()
    const again = await startServer({ folder, databaseUrl })
    // The killed one's socket is gone, and there is one of ours.
    expect(sockets()).toHaveLength(1)
    expect(sockets()).not.toEqual([left])
    const after = await watch(again)
    const { items } = await after.rest.calls({ limit: 200 })
    expect(items.map(({ callId }) => callId)).toEqual(expect.arrayContaining(dead))
    for (const record of items) {
      expect(record).toMatchObject({ endedBy: 'system', cause: 'restart', endedAt: expect.any(String) })
      expect(record.visits.every(({ outcome }) => outcome !== null)).toBe(true)
      expect(record.segments.every(({ endedAt }) => endedAt !== null)).toBe(true)
    }
    expect(items.filter(({ state }) => state !== 'failed').map(({ state }) => state)).toEqual(['completed'])
    expect(await after.rest.queue('support')).toMatchObject({ metrics: { waiting: 0, talking: 0 } })

    expect(await after.rest.agent('a1')).toMatchObject({ slot: 'idle', callId: null, routable: true })
    const offline = { slot: 'idle', callId: null, session: 'offline', queues: ['sales'], queuesLeft: ['night'] }
    expect(await after.rest.agent('ada')).toMatchObject(offline)
    const online = { routable: true, acting: 'desk1' }
    expect(await after.rest.setAgentState('ada', { availability: 'available' })).toMatchObject(online)
    const next = await (await startPackagePhone(hosts.caller)).call('support', again.address)
    const connected = await after.log.waitFor('call.connected')
    expect(connected.data.agentId).toBe('a1')
    expect(await next.hangUp()).toBe(200)
    await after.log.waitFor('call.ended', ({ callId }) => callId === connected.data.callId)

    const journal = await readJournal(after.rest)
    // Gap-free, but for what the killed process may have told without having written it.
    const skips = journal.filter(({ type }) => type === 'journal.skipped')
    expect(skips).toHaveLength(1)
    const resumed = journal.findIndex(({ type }) => type === 'journal.skipped')
    const goesOnAt = Number(skips[0]?.cursor)
    expect(journal.map(({ cursor }) => Number(cursor))).toEqual(
      journal.map((_, index) => (index < resumed ? index + 1 : goesOnAt + index - resumed)),
    )
    expect(skips[0]?.data).toMatchObject({ first: String(resumed + 1), last: String(goesOnAt - 1) })
    const kept = new Map(journal.map(event => [event.cursor, event]))
    const promised = before.told.filter(event => event.cursor !== undefined && event.durable !== false)
    expect(promised.length).toBeGreaterThan(40)
    expect(promised.filter(event => kept.get(event.cursor)?.id !== event.id)).toEqual([])
    for (const { callId } of items) expectOneEnd(journal.filter(event => event.correlationid === callId))
    expect(await again.kill('SIGTERM')).toBe(0)
    expect(sockets()).toEqual([])
    expect(again.stderr()).not.toMatch(/"level":[56]0/)
  })
})

/** Offer, visit, segment and call end once each, and the call's events are numbered without a gap. */
function expectOneEnd(events: readonly AnyEvent[]): void {
  const count = (...types: readonly AnyEvent['type'][]) => events.filter(({ type }) => types.includes(type)).length
  expect(count('call.ended')).toBe(1)
  expect(count('offer.accepted', 'offer.canceled')).toBe(count('offer.created'))
  expect(count('call.connected', 'call.rejected')).toBe(count('call.queued'))
  expect(count('call.segment_ended')).toBe(count('call.connected'))
  const own = events.filter(({ subject }) => subject.startsWith('call/'))
  expect(own.map(({ sequence }) => Number(sequence))).toEqual(own.map((_, index) => index + 1))
}
