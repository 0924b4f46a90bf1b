/** SIP by TLS with programs that we did not write: openssl as a judge of it, baresip as a registered agent. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../../engine/index.ts'
import { createAuthority } from '../../engine/node/testing/certificates.ts'
import { baresipHost, baresipPath, startBaresip } from '../peers/baresip.ts'
import { until } from '../peers/deadline.ts'
import { expectIdle, startEngine } from '../peers/engine.ts'
import { freePort, hosts, portTaken } from '../peers/loopback.ts'
import { findProgram, runProgram, scratchFolder, titled } from '../peers/program.ts'
import { startPackagePhone } from '../peers/sip-package.ts'

const password = 'correct-horse'
const authority = createAuthority()
const identity = { ...authority.issue(hosts.engine), ca: authority.ca }
const center: CenterInput = {
  queues: [{ id: 'support', wrapUpMs: 0, answer: 'with-agent' }],
  agents: [{ id: 'ada', password, queues: ['support'], alwaysAvailable: true }],
  numbers: [{ match: 'support', queue: 'support' }],
  trunks: [
    { id: 'carrier', addresses: [hosts.caller] },
    { id: 'certified', certificate: 'sip.carrier.example' },
  ],
  sip: { digestAlgorithms: ['MD5'] },
}

describe.skipIf(baresipPath === null)(titled('baresip over TLS', 'baresip', baresipPath), () => {
  it('registers, is rung over its own connection, and outlives a new certificate', async () => {
    const { engine, log, host, port, address } = await startEngine(center, identity)
    const agent = await startBaresip({
      address: `${host}:${port + 1}`,
      user: 'ada',
      password,
      transport: 'tls',
      ca: authority.ca,
      toneHz: 1000,
    })
    await until('Ada to be registered', () => (engine.counters().registrations === 1 ? true : null))
    expect(engine.agents.get('ada').devices).toEqual([expect.stringMatching(/transport=tls/)])
    engine.renewTls({ ...authority.issue(hosts.engine), ca: authority.ca })
    const caller = await startPackagePhone(hosts.caller)
    const call = await caller.call('support', address)
    await log.waitFor('call.connected', ({ agentId }) => agentId === 'ada')
    await agent.waitFor('CALL_ESTABLISHED')
    expect(engine.counters().registrations).toBe(1)
    expect(await call.hangUp()).toBe(200)
    await agent.waitFor('CALL_CLOSED')
    await expectIdle(engine)
  })

  it('calls in over TLS', async () => {
    const { engine, log, host, port } = await startEngine(
      {
        ...center,
        agents: [{ id: 'ada', password, queues: ['support'] }],
        trunks: [{ id: 't', addresses: [baresipHost] }],
      },
      identity,
    )
    const address = `${host}:${port + 1}`
    const caller = await startBaresip({ address, user: 'c', transport: 'tls', ca: authority.ca, toneHz: 600 })
    caller.dial(`sip:support@${address};transport=tls`)
    await log.waitFor('call.queued')
    caller.hangup()
    await log.waitFor('call.abandoned')
    await expectIdle(engine)
  })
})

const opensslPath = findProgram('openssl')

describe.skipIf(opensslPath === null)(titled('openssl s_client', 'openssl', opensslPath), () => {
  /** Sends a request through openssl and returns all that it printed. */
  async function speak(args: readonly string[], request: string, port: number, wanted: RegExp): Promise<string> {
    const folder = scratchFolder()
    const certified = authority.issue('sip.carrier.example')
    writeFileSync(join(folder, 'ca.pem'), authority.ca)
    writeFileSync(join(folder, 'cert.pem'), certified.cert)
    writeFileSync(join(folder, 'key.pem'), certified.key)
    writeFileSync(join(folder, 'request'), request)
    const command = `exec ${opensslPath} s_client -connect ${hosts.engine}:${port} -CAfile ca.pem -ign_eof ${args.join(' ')} <request`
    const run = runProgram('/bin/sh', ['-c', command], folder)
    await until(`${wanted} from openssl`, () => (wanted.test(run.output()) ? true : null))
    return run.output()
  }
  const request = (method: string, uri: string, body = '') =>
    [
      `${method} ${uri} SIP/2.0`,
      'Via: SIP/2.0/TLS client.invalid:5061;branch=z9hG4bK1;rport',
      'Max-Forwards: 70',
      'From: <sip:caller@carrier.example>;tag=1',
      `To: <${uri}>`,
      'Call-ID: tls-1',
      `CSeq: 1 ${method}`,
      'Contact: <sip:caller@client.invalid:5061;transport=tls>',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${body.length}`,
      '',
      body,
    ].join('\r\n')
  const sdp = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 39000 RTP/AVP 0\r\n'

  it.each(['-tls1_2', '-tls1_3'])('is answered with %s, and finds our name in the certificate', async version => {
    const { port } = await startEngine(center, identity)
    const args = [version, '-verify_return_error', '-verify_ip', hosts.engine]
    const output = await speak(
      args,
      request('OPTIONS', `sips:support@${hosts.engine}`),
      port + 1,
      /SIP\/2\.0 \d+[\s\S]*\r?\n\r?\n/,
    )
    expect(output).toContain('SIP/2.0 200 OK')
    expect(output).toContain('Verify return code: 0 (ok)')
  })

  it('is the trunk whose certificate it shows, and nobody without it', async () => {
    const { port, log } = await startEngine(center, identity)
    const invite = request('INVITE', `sip:support@${hosts.engine}`, sdp)
    expect(await speak([], invite, port + 1, /SIP\/2\.0 [1-6]/)).toContain('SIP/2.0 401')
    await speak(['-cert', 'cert.pem', '-key', 'key.pem'], invite, port + 1, /SIP\/2\.0 1/)
    const arrived = await log.waitFor('call.arrived')
    expect(arrived.data).toMatchObject({ trunkId: 'certified', dnis: 'support' })
  })
})

describe.skipIf(opensslPath === null)(titled('a trunk reached by TLS', 'openssl', opensslPath), () => {
  const number = '+442071234567'

  /** A carrier that wants to see a certificate; it says what a test has it say. */
  async function startCarrier(names: readonly string[]) {
    const folder = scratchFolder()
    const { cert, key } = authority.issue(...names)
    for (const [file, text] of Object.entries({ 'ca.pem': authority.ca, 'cert.pem': cert, 'key.pem': key }))
      writeFileSync(join(folder, file), text)
    const port = await freePort(hosts.agent)
    const says = new PassThrough()
    const asksForUs = ['-Verify', '1', '-verify_return_error', '-CAfile', 'ca.pem']
    const run = runProgram(
      opensslPath ?? 'openssl',
      ['s_server', '-accept', `${hosts.agent}:${port}`, '-cert', 'cert.pem', '-key', 'key.pem', '-brief', ...asksForUs],
      folder,
      says,
    )
    await portTaken('tcp', hosts.agent, port)
    return { port, run, says }
  }
  const centerWith = (port: number): CenterInput => ({
    queues: [{ id: 'support', answer: 'with-agent', overflow: [{ afterMs: 100, to: { number } }] }],
    numbers: [{ match: 'support', queue: 'support' }],
    trunks: [
      { id: 'people', addresses: [hosts.caller] },
      { id: 'carrier', host: `${hosts.agent}:${port}`, transport: 'tls' },
    ],
    outbound: [{ prefix: '+44', trunk: 'carrier' }],
  })

  it('is shown our certificate and must prove its name; a call and its refusal go over it', async () => {
    const carrier = await startCarrier([hosts.agent])
    const { log, address, engine } = await startEngine(centerWith(carrier.port), identity)
    const caller = await startPackagePhone(hosts.caller)
    const refused = expect(caller.call('support', address)).rejects.toThrow('486')
    const sent = await until(
      'our INVITE',
      () => /^INVITE sip:[\s\S]*?\r?\n\r?\n/m.exec(carrier.run.output())?.[0] ?? null,
    )
    expect(sent).toMatch(/^Via: SIP\/2\.0\/TLS /im)
    expect(sent).toMatch(/^Contact: <sip:[^>]*;transport=tls>/im)
    // It says this elsewhere than what it hears.
    await expect.poll(carrier.run.output).toContain('Verification: OK')
    await expect
      .poll(carrier.run.output)
      .toMatch(new RegExp(`Peer certificate: CN ?= ?${hosts.engine.replaceAll('.', '\\.')}`))
    const copied = sent.split(/\r?\n/).filter(line => /^(via|from|call-id|cseq):/i.test(line))
    const to = sent.split(/\r?\n/).find(line => /^to:/i.test(line)) ?? ''
    carrier.says.write(['SIP/2.0 486 Busy Here', ...copied, `${to};tag=c`, 'Content-Length: 0', '', ''].join('\r\n'))
    expect((await log.waitFor('call.outside_ended')).data).toMatchObject({ outcome: 'failed', reason: 'busy' })
    await until('our ACK', () => (/^ACK sip:/m.test(carrier.run.output()) ? true : null))
    await refused
    await expectIdle(engine)
  })

  it('that has a certificate for another name hears nothing of the call', async () => {
    const carrier = await startCarrier(['sip.elsewhere.example'])
    const { log, address, engine } = await startEngine(centerWith(carrier.port), identity)
    const caller = await startPackagePhone(hosts.caller)
    const refused = expect(caller.call('support', address)).rejects.toThrow('480')
    expect((await log.waitFor('call.outside_ended')).data).toMatchObject({ outcome: 'failed' })
    await refused
    expect(carrier.run.output()).not.toContain('INVITE')
    await expectIdle(engine)
  })

  it('hears nothing either if we have no certificate for it to see', async () => {
    const carrier = await startCarrier([hosts.agent])
    const { log, address, engine } = await startEngine(centerWith(carrier.port), {
      ...createAuthority('Unknown Authority').issue(hosts.engine),
      ca: authority.ca,
    })
    const caller = await startPackagePhone(hosts.caller)
    const refused = expect(caller.call('support', address)).rejects.toThrow('480')
    expect((await log.waitFor('call.outside_ended')).data).toMatchObject({ outcome: 'failed' })
    await refused
    expect(carrier.run.output()).not.toContain('INVITE')
    await expectIdle(engine)
  })
})
