/** Far more calls than a server can carry, offered by SIPp: who is in stays in, who is not hears 503, and it passes by itself. */
import { beforeAll, describe, expect, it } from 'vitest'
import { contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'
import { scratchFolder, titled } from '../peers/program.ts'
import { expectSuccess, sippAgent, sippCaller, sippPath } from '../peers/sipp.ts'
import { requireBuild, startServer } from '../process/server-process.ts'

const talking = 40
const after = 20
/** No machine carries so many on one core (README, "How fast"). */
const offered = { perSecond: 2_000, calls: 16_000 }

beforeAll(requireBuild)

describe.skipIf(sippPath === null)(titled('offered far beyond its capacity, the server', 'SIPp', sippPath), () => {
  it('sends new calls away with 503, keeps those in progress whole, and takes calls again', async () => {
    const phones = await sippAgent({ scenario: 'uas-answer', host: hosts.agent, calls: talking })
    const crowd = await sippAgent({
      scenario: 'uas-answer',
      host: hosts.secondAgent,
      calls: offered.calls,
      terse: true,
    })
    const agents = (prefix: string, queue: string, count: number, { host, port }: { host: string; port: number }) =>
      Array.from({ length: count }, (_, index) => {
        const id = `${prefix}${index + 1}`
        return { id, contact: contactUri(id, host, port), queues: [queue], alwaysAvailable: true }
      })
    const server = await startServer({
      folder: scratchFolder(),
      center: {
        queues: ['support', 'crowd'].map(id => ({
          id,
          wrapUpMs: 0,
          answer: 'with-agent',
          offerCooldownMs: 0,
          maxWaiting: 20_000,
        })),
        agents: [...agents('a', 'support', talking, phones), ...agents('c', 'crowd', 500, crowd)],
        numbers: ['support', 'crowd'].map(id => ({ match: id, queue: id })),
        trunks: [{ id: 'carrier', addresses: [hosts.caller, hosts.stranger] }],
        media: { mode: 'direct' },
      },
    })
    const figure = async (name: string) => {
      const text = await (await fetch(`${server.url}/metrics`)).text()
      const line = text.split('\n').find(each => each.startsWith(`${name} `))
      return Number(line?.slice(name.length) ?? Number.NaN)
    }
    // They hold and take back, so that re-INVITEs and BYEs fall into the worst of it.
    const talkers = await sippCaller({
      scenario: 'uac-hold',
      host: hosts.caller,
      address: server.address,
      calls: talking,
      pauseMs: 4_000,
      args: ['-r', String(talking)],
    })
    await expect.poll(() => figure('strowger_queue_talking{queue="support"}')).toBe(talking)
    const flood = await sippCaller({
      scenario: 'uac-flood',
      host: hosts.stranger,
      to: 'crowd',
      address: server.address,
      calls: offered.calls,
      terse: true,
      pauseMs: 100,
      args: ['-r', String(offered.perSecond), '-l', String(offered.calls)],
    })
    await expectSuccess(talkers, phones)
    await expectSuccess(flood)
    const shed = await figure('strowger_calls_shed_total')
    expect(shed).toBeGreaterThan(offered.calls / 10)
    // Some were let in all the time. (A copy of a refused INVITE is refused again, so `shed` says nothing of that.)
    expect(await figure('strowger_calls_total')).toBeGreaterThan(talking + offered.calls / 100)
    await expect.poll(() => figure('strowger_overloaded'), { timeout: 60_000 }).toBe(0)
    const late = await sippCaller({
      scenario: 'uac-basic',
      host: hosts.caller,
      to: 'crowd',
      address: server.address,
      calls: after,
      args: ['-r', '10'],
    })
    await expectSuccess(late)
    expect(await figure('strowger_calls_shed_total')).toBe(shed)
    expect(server.stderr()).not.toMatch(/"level":[56]0/)
  })
})
