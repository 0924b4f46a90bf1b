/** JsSIP, the stack of browser phones, over WebSocket (RFC 7118): it registers, is rung over its connection, and calls. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { realParts } from '../../server/parts.ts'
import { startServer } from '../../server/process.ts'
import { readSettings } from '../../server/settings.ts'
import { silentLogger } from '../../server/testing/silent-logger.ts'
import { until } from '../peers/deadline.ts'
import { expectIdle, startEngine } from '../peers/engine.ts'
import { JsSipPhone, serveSipSocket } from '../peers/jssip.ts'
import { freePort, hosts } from '../peers/loopback.ts'
import { scratchFolder } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'

const password = 'correct-horse'
const center: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 0, answer: 'with-agent' }],
  agents: [
    { id: 'ada', password, queues: ['support'], alwaysAvailable: true },
    { id: 'bob', password },
  ],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
  // The browser's media are not for our relay.
  media: { mode: 'direct' },
  // JsSIP registers nowhere where SHA-256 is offered as well.
  sip: { digestAlgorithms: ['MD5'] },
}

const tells = (phone: JsSipPhone, what: string) =>
  until(what, () => (phone.told.includes(what) ? true : null)).catch(error => {
    throw new Error(`${error.message}; told so far: ${phone.told}`)
  })

it('a browser phone registers, takes a call over its own connection and is hung up', async () => {
  const under = await startEngine(center)
  const { engine, log, address } = under
  const agent = new JsSipPhone(await serveSipSocket(engine), 'ada', password, true)
  await tells(agent, 'registered')
  expect(engine.agents.get('ada').devices).toEqual([expect.stringMatching(/\.invalid;transport=ws/)])
  const caller = await startPackagePhone(hosts.caller)
  const call = await caller.call('support', address)
  await log.waitFor('call.connected', ({ agentId }) => agentId === 'ada')
  await tells(agent, 'confirmed')
  expect(await call.hangUp()).toBe(200)
  await tells(agent, 'ended Terminated')
  await expectIdle(engine)
})

it('a browser phone calls another and hangs up', async () => {
  const { engine, log } = await startEngine(center)
  const url = await serveSipSocket(engine)
  const agent = new JsSipPhone(url, 'ada', password, true)
  const caller = new JsSipPhone(url, 'bob', password, false)
  await Promise.all([tells(agent, 'registered'), tells(caller, 'registered')])
  caller.call('support')
  await log.waitFor('call.connected', ({ agentId }) => agentId === 'ada')
  await Promise.all([tells(agent, 'confirmed'), tells(caller, 'confirmed')])
  caller.hangUp()
  await tells(agent, 'ended Terminated')
  await expectIdle(engine)
})

it('a page that is closed is no phone any more', async () => {
  const { engine } = await startEngine(center)
  const agent = new JsSipPhone(await serveSipSocket(engine), 'bob', password, true)
  await tells(agent, 'registered')
  agent.vanish()
  await until('the registration to end', () => (engine.counters().registrations === 0 ? true : null))
  expect(engine.agents.get('bob').endpoint).toBe('unreachable')
})

it('a wrong password registers nobody', async () => {
  const { engine } = await startEngine(center)
  const stranger = new JsSipPhone(await serveSipSocket(engine), 'ada', 'wrong', true)
  await tells(stranger, 'registrationFailed')
  expect(engine.counters().registrations).toBe(0)
})

it('the server takes a browser phone at /sip', async () => {
  const file = join(scratchFolder(), 'center.json')
  writeFileSync(file, JSON.stringify(center))
  const port = await freePort(hosts.engine)
  const given = ['--center', file, '--database-url', 'memory://', '--http-port', '0', '--admin-password', 'x']
  const settings = readSettings([...given, '--sip-listen', `udp://${hosts.engine}:${port}`], {}, () => '')
  const running = await startServer(settings, { stdout: { write: () => true }, logger: silentLogger, parts: realParts })
  onTestFinished(() => running.stop({ drainMs: 0 }))
  const agent = new JsSipPhone(`${running.httpAddress.replace('http', 'ws')}/sip`, 'ada', password, true)
  await tells(agent, 'registered')
  const caller = await startPackagePhone(hosts.caller)
  const call = await caller.call('support', `${hosts.engine}:${port}`)
  await tells(agent, 'confirmed')
  expect(await call.hangUp()).toBe(200)
  await tells(agent, 'ended Terminated')
})
