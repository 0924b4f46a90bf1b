/** Two of our own user agents in one long call: refreshes, changes from both sides at once, loss, and a side that dies. */
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../node/logger.ts'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { createTestClock } from '../../simulation/test-clock.ts'
import { createTestIds } from '../../simulation/test-ids.ts'
import { createVirtualNetwork } from '../../simulation/virtual-network.ts'
import { present } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'
import { InviteClient } from './invite-client.ts'
import type { DialogEnd, InviteDialog } from './invite-dialog.ts'
import { InviteServer } from './invite-server.ts'
import { UserAgent } from './user-agent.ts'

const session = { sessionExpiresSec: 90, minSessionExpiresSec: 90 }
const hourMs = 3_600_000

async function inACall(seed: number, lossRate: number) {
  const clock = createTestClock(0)
  const random = createSeededRandom(seed)
  const network = createVirtualNetwork({ clock, random, conditions: { delayMs: { min: 5, max: 40 } } })
  const ids = createTestIds()
  const told: string[] = []
  const handlersOf = (side: string) => ({
    onOffer: (exchange: { accept(sdp: string): void }) => exchange.accept(answerSdp),
    onAnswer: () => {},
    onEnded: (end: DialogEnd) => void told.push(`${side} ended: ${end.by} ${end.cause}`),
  })
  const dialogs: Record<string, InviteDialog> = {}
  const make = async (host: string) => {
    const userAgent = new UserAgent({
      clock,
      random,
      ids,
      logger: silentLogger,
      network: network.host(host),
      listen: [{ transport: 'UDP', host, port: 5060 }],
      advertise: [],
      product: host,
      session: () => session,
      handlers: {
        onRequest: incoming => {
          const server = new InviteServer(userAgent, incoming, { onCanceled: () => {} })
          server.progress(180)
          dialogs.called = server.accept(answerSdp, false, handlersOf('called'))
        },
        onFlowClosed: () => {},
      },
    })
    await userAgent.listen()
    return userAgent
  }
  const [caller, called] = [await make('10.0.0.1'), await make('10.0.0.2')]
  new InviteClient(
    caller,
    {
      uri: 'sip:b@10.0.0.2',
      from: '<sip:a@10.0.0.1>',
      to: '<sip:b@10.0.0.2>',
      callId: 'long',
      flow: present(caller.flowTo('sip:10.0.0.2')),
      pinned: false,
      headers: [],
      maxForwards: 70,
      sdp: offerSdp,
    },
    {
      onProgress: () => {},
      onAccepted: dialog => {
        dialogs.caller = dialog
      },
      onFailed: () => {},
      dialog: handlersOf('caller'),
    },
  )
  clock.advance(5_000)
  network.setConditions({ lossRate })
  const sides = { caller: present(dialogs.caller), called: present(dialogs.called) }
  return { clock, told, caller, called, sides }
}

describe('an hour with an interval of 90 s', () => {
  it.each([0, 0.1])('is kept up by refreshes alone (%d lost)', async lossRate => {
    const { clock, told, caller, called, sides } = await inACall(3, lossRate)
    clock.advance(hourMs)
    expect(told).toEqual([])
    const updates = called.counters.requests.UPDATE ?? 0
    expect(updates + (caller.counters.requests.UPDATE ?? 0)).toBeGreaterThanOrEqual(75)
    sides.caller.bye()
    clock.advance(120_000)
    expect([caller.load, called.load, clock.pending]).toEqual([
      { dialogs: 0, transactions: 0 },
      { dialogs: 0, transactions: 0 },
      0,
    ])
  })

  it('in which both change the session at the same moment, again and again: each change gets through', async () => {
    for (let seed = 0; seed < 5; seed++) {
      const { clock, told, caller, called, sides } = await inACall(seed, 0)
      let answers = 0
      for (let round = 0; round < 100; round++) {
        for (const side of [sides.caller, sides.called])
          side.reinvite(() => `${offerSdp}a=x-${round}\r\n`, {
            onAnswer: () => void answers++,
            onRefused: status => void told.push(`refused ${status}`),
          })
        clock.advance(30_000)
      }
      expect([told, answers]).toEqual([[], 200])
      // They did meet: some of them had to be sent again.
      expect((caller.counters.requests.INVITE ?? 0) + (called.counters.requests.INVITE ?? 0)).toBeGreaterThan(250)
    }
  })

  it('ends for who is left when the other one dies', async () => {
    for (const dead of ['caller', 'called'] as const) {
      const { clock, told, sides, caller, called } = await inACall(4, 0)
      const agents = { caller, called }
      clock.advance(200_000)
      agents[dead].close()
      clock.advance(120_000)
      const left = dead === 'caller' ? 'called' : 'caller'
      expect(told).toEqual([`${left} ended: local dead`])
      expect(sides[left].ended).toBe(true)
    }
  })
})
