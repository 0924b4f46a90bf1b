/** Requests of a dialog whose next hop has several servers, the first of which is dead (RFC 3263 §4.3). */
import { describe, expect, it } from 'vitest'
import { nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, type Peer, present } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'
import type { InviteDialog } from './invite-dialog.ts'
import { InviteServer } from './invite-server.ts'

const [firstHost, secondHost] = ['10.0.0.7', '10.0.0.8']

/** A call of the stage's peer, who is behind a proxy that is two servers. */
async function setUp(params = '') {
  const stage = await createStage()
  const { network, peer, clock } = stage
  network.setAddresses('a.example.com', [firstHost])
  network.setAddresses('b.example.com', [secondHost])
  const records = ['a', 'b'].map((name, i) => ({ name: `${name}.example.com`, port: 5060, priority: i, weight: 0 }))
  network.zone.setSrv(params === '' ? '_sip._udp.example.com' : '_sip._tcp.example.com', records)
  const first = await stage.addPeer({ host: firstHost, port: 5060 })
  const second = await stage.addPeer({ host: secondHost, port: 5060 })
  const headers = ['Contact: <sip:c@10.0.0.2>', `Record-Route: <sip:example.com${params};lr>`]
  peer.request({ method: 'INVITE', body: offerSdp, headers })
  const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
  const dialog = server.accept(answerSdp, false, { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} })
  clock.advance(0)
  peer.request({ method: 'ACK', toTag: server.localTag })
  await stage.dnsAnswers()
  const settle = (_value: unknown) => void clock.advance(0)
  const over = () => {
    // What is dead is not asked for a sign of life any more.
    stage.userAgent.location.stop()
    clock.advance(120_000)
    return { ...stage.userAgent.load, pending: clock.pending }
  }
  return { ...stage, first, second, dialog, settle, over }
}

const count = (peer: Peer, method: string) =>
  new Set(peer.requests(method).map(({ headers }) => headers.via?.branch)).size

const requests: readonly (readonly [method: string, ask: (dialog: InviteDialog) => unknown])[] = [
  ['BYE', dialog => dialog.bye()],
  ['OPTIONS', dialog => dialog.ping(() => {})],
  ['INFO', dialog => dialog.info('application/dtmf-relay', 'Signal=5')],
  ['INVITE', dialog => dialog.reinvite(() => offerSdp, { onAnswer: () => {}, onRefused: () => {} })],
]

describe.each(requests)('%s', (method, ask) => {
  it('goes to the next server when the first is silent', async () => {
    const { clock, first, second, dialog, settle, over } = await setUp()
    settle(ask(dialog))
    clock.advance(2_999)
    expect([count(first, method), count(second, method)]).toEqual([1, 0])
    clock.advance(1)
    expect([count(first, method), count(second, method)]).toEqual([1, 1])
    const [before, after] = [first.last(method), second.last(method)]
    expect(after.headers.cseq?.number).toBe((before.headers.cseq?.number ?? 0) + 1)
    for (const name of ['content-type', 'route', 'call-id', 'from', 'to'])
      expect(after.headers.fields(name)).toEqual(before.headers.fields(name))
    expect(after.body).toEqual(before.body)
    second.respond(after, 200, method === 'INVITE' ? { body: answerSdp } : {})
    if (method !== 'BYE') {
      settle(dialog.bye())
      // What is known to be dead is not asked again.
      expect([count(first, 'BYE'), count(second, 'BYE')]).toEqual([0, 1])
      second.respond(second.last('BYE'), 200)
    }
    expect(over()).toEqual(nothingLeft)
  })

  it('goes there at once after a 503', async () => {
    const { first, second, dialog, settle } = await setUp()
    settle(ask(dialog))
    first.respond(first.last(method), 503)
    expect([count(first, method), count(second, method)]).toEqual([1, 1])
  })

  it('stays where something was heard, and with the last server of all', async () => {
    const { clock, first, second, dialog, settle, userAgent } = await setUp()
    settle(ask(dialog))
    first.respond(first.last(method), 100)
    clock.advance(10_000)
    expect([count(second, method), userAgent.location.dead]).toEqual([0, []])
    const other = await setUp()
    other.settle(ask(other.dialog))
    other.first.respond(other.first.last(method), 503)
    other.second.respond(other.second.last(method), 503)
    other.clock.advance(20_000)
    expect([count(other.first, method), count(other.second, method)]).toEqual([1, 1])
  })
})

it('a server that can not be reached is left at once', async () => {
  const { network, clock, dialog } = await setUp(';transport=tcp')
  let heard = ''
  await network.host(secondHost).listenStream({ host: secondHost, port: 5060 }, connection =>
    connection.attach({
      onData(data) {
        heard += new TextDecoder().decode(data)
      },
      onClose() {},
    }),
  )
  dialog.bye()
  clock.advance(1_000)
  expect(heard).toMatch(/^BYE /)
})

it('what is known to be dead is not asked first, unless there is nothing else', async () => {
  for (const dead of [[firstHost], [firstHost, secondHost]]) {
    const { first, second, dialog, settle, userAgent } = await setUp()
    for (const host of dead) userAgent.location.failed({ transport: 'UDP', host, port: 5060, serverName: host })
    settle(dialog.bye())
    expect([count(first, 'BYE'), count(second, 'BYE')]).toEqual(dead.length === 1 ? [0, 1] : [1, 0])
  }
})

it('the ACK follows the server that has answered, and one that was given up gets its own, too', async () => {
  const { clock, first, second, dialog, settle } = await setUp()
  const told: (string | null)[] = []
  settle(dialog.reinvite(() => offerSdp, { onAnswer: answer => told.push(answer), onRefused: () => {} }))
  clock.advance(3_000)
  second.respond(second.last('INVITE'), 200, { body: answerSdp })
  expect(second.last('ACK').headers.cseq?.number).toBe(second.last('INVITE').headers.cseq?.number)
  first.respond(first.last('INVITE'), 200, { body: answerSdp })
  const acknowledged = [...first.requests('ACK'), ...second.requests('ACK')].map(({ headers }) => headers.cseq?.number)
  expect(acknowledged.sort()).toEqual([first, second].map(it => it.last('INVITE').headers.cseq?.number).sort())
  expect(told).toEqual([answerSdp])
})

it('nothing is tried elsewhere once the process stops', async () => {
  const { clock, second, dialog, settle, userAgent } = await setUp()
  settle(dialog.bye())
  userAgent.close()
  clock.advance(120_000)
  expect([count(second, 'BYE'), clock.pending]).toEqual([0, 0])
})

it('a re-INVITE that was given up is not tried elsewhere', async () => {
  const { clock, first, second, dialog, settle } = await setUp()
  settle(dialog.reinvite(() => offerSdp, { onAnswer: () => {}, onRefused: () => {} })())
  clock.advance(10_000)
  expect([count(first, 'INVITE'), count(second, 'INVITE')]).toEqual([1, 0])
})
