/** A caller whose connection ends before the answer (RFC 3261 §18.2.2): another one to where he listens, or he is given up. */
import { describe, expect, it } from 'vitest'
import { createStage, present, type Stage } from '../testing/stage.ts'
import { createTestSocket } from '../testing/test-socket.ts'
import { answerSdp, offerSdp, requestText } from '../testing/wire.ts'
import type { DialogEnd } from './invite-dialog.ts'
import { InviteServer } from './invite-server.ts'

const host = '10.0.0.4'

/** Calls over a connection, by default with a Via that has no port. */
async function called(options: { port?: number; rings?: boolean } = {}) {
  const stage = await createStage()
  const tcp = stage.connect(host)
  const via = `SIP/2.0/TCP ${host}${options.port === undefined ? '' : `:${options.port}`};branch=z9hG4bKt`
  const invite = { method: 'INVITE', via, body: offerSdp, headers: [`Contact: <sip:c@${host};transport=tcp>`] }
  tcp.request(invite)
  const canceled: (string | null)[] = []
  const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), {
    onCanceled: reason => canceled.push(reason),
  })
  if (options.rings !== false) server.progress(180)
  stage.clock.advance(0)
  const lose = () => {
    tcp.connection.destroy()
    stage.clock.advance(0)
  }
  const accept = () => {
    const ends: DialogEnd[] = []
    server.accept(answerSdp, false, { onOffer: () => {}, onAnswer: () => {}, onEnded: end => ends.push(end) })
    stage.clock.advance(0)
    return ends
  }
  const over = () => {
    stage.clock.advance(120_000)
    return { ...stage.userAgent.load, halfOpen: stage.userAgent.halfOpen, pending: stage.clock.pending }
  }
  return { stage, tcp, server, canceled, lose, accept, over }
}

const nothingLeft = { dialogs: 0, transactions: 0, halfOpen: 0, pending: 0 }

/** Takes connections at the caller's. */
async function listen(stage: Stage, port = 5060) {
  const heard: string[] = []
  const connections: { destroy(): void; write(text: string): void }[] = []
  const at = { host, port }
  const listener = await stage.network.host(host).listenStream(at, connection => {
    connections.push(connection)
    connection.attach({
      onData: data => heard.push(...new TextDecoder().decode(data).split(/(?=SIP\/2\.0 \d)/)),
      onClose: () => {},
    })
  })
  return { heard, connections, close: () => listener.close(), statuses: () => heard.map(text => text.slice(8, 11)) }
}

describe('whose connection is gone, over TCP', () => {
  it('is told over another what he was told last, and then the answer', async () => {
    const { stage, server, canceled, lose, accept, over } = await called({ port: 5062 })
    const there = await listen(stage, 5062)
    lose()
    expect([there.statuses(), canceled]).toEqual([['180'], []])
    const ends = accept()
    expect(there.statuses()).toEqual(['180', '200'])
    expect(there.connections).toHaveLength(1)
    const ack = { method: 'ACK', via: `SIP/2.0/TCP ${host}:5062;branch=z9hG4bKa`, toTag: server.localTag }
    there.connections[0]?.write(requestText(ack))
    stage.clock.advance(60_000)
    expect([there.heard.length, ends]).toEqual([2, []])
    there.connections[0]?.write(requestText({ ...ack, method: 'BYE', sequence: 2 }))
    expect([over(), ends.length]).toEqual([nothingLeft, 1])
  })

  it('at the usual port if his Via names none', async () => {
    const { stage, lose } = await called()
    const there = await listen(stage)
    lose()
    expect(there.statuses()).toEqual(['180'])
  })

  it('is given up if he can not be reached: he is no caller any more, and nothing is left', async () => {
    const { stage, server, canceled, lose, over } = await called()
    lose()
    expect([canceled, server.open, stage.userAgent.halfOpen]).toEqual([[null], false, 0])
    server.reject(480)
    expect([over(), canceled.length]).toEqual([nothingLeft, 1])
    // His own and the one that was tried: for what is said to him after that nobody tries again.
    expect(stage.closedFlows).toHaveLength(2)
  })

  it('is given up, too, if he was told nothing yet, or has gone silent and answers no connection', async () => {
    const early = await called({ rings: false })
    early.lose()
    expect(early.canceled).toEqual([null])
    const silent = await called({ port: 5062 })
    silent.stage.network.partition(host)
    silent.tcp.connection.destroy()
    silent.stage.userAgent.closeConnections(() => true)
    silent.stage.clock.advance(2_999)
    expect(silent.canceled).toEqual([])
    silent.stage.clock.advance(1)
    expect(silent.canceled).toEqual([null])
  })

  it('may lose one after the other: each is made when there is something to say', async () => {
    const { stage, server, canceled, lose } = await called()
    const there = await listen(stage)
    lose()
    there.connections[0]?.destroy()
    stage.clock.advance(30_000)
    expect([there.connections.length, canceled]).toEqual([1, []])
    server.progress(180)
    stage.clock.advance(0)
    expect([there.connections.length, there.statuses(), canceled]).toEqual([2, ['180', '180'], []])
    there.connections[1]?.destroy()
    there.close()
    stage.clock.advance(0)
    server.progress(180)
    stage.clock.advance(0)
    expect(canceled).toEqual([null])
  })

  it('may lose it after the 200: its copies find him', async () => {
    const { stage, lose, accept } = await called()
    accept()
    const there = await listen(stage)
    lose()
    stage.clock.advance(500)
    expect(there.statuses()).toEqual(['200'])
  })

  it('is not called back for a refusal', async () => {
    const { stage, server, lose, over } = await called()
    const there = await listen(stage)
    server.reject(486)
    stage.clock.advance(0)
    lose()
    expect([there.connections.length, over()]).toEqual([0, nothingLeft])
  })

  it('who has asked for a change in a call gets its answer', async () => {
    const stage = await createStage()
    const tcp = stage.connect(host)
    const via = (branch: string) => `SIP/2.0/TCP ${host};branch=${branch}`
    const contact = `Contact: <sip:c@${host};transport=tcp>`
    tcp.request({ method: 'INVITE', via: via('z9hG4bK1'), body: offerSdp, headers: [contact] })
    const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
    const answers: ((sdp: string) => boolean)[] = []
    server.accept(answerSdp, false, {
      onOffer: ({ accept }) => answers.push(accept),
      onAnswer: () => {},
      onEnded: () => {},
    })
    tcp.request({ method: 'ACK', via: via('z9hG4bK2'), toTag: server.localTag })
    tcp.request({ method: 'UPDATE', via: via('z9hG4bK3'), toTag: server.localTag, sequence: 2, body: offerSdp })
    const there = await listen(stage)
    tcp.connection.destroy()
    stage.clock.advance(0)
    expect(answers[0]?.(answerSdp)).toBe(true)
    stage.clock.advance(0)
    expect(there.statuses()).toEqual(['200'])
  })
})

it('over a WebSocket is given up at once', async () => {
  const stage = await createStage()
  const { socket, emit } = createTestSocket()
  const remote = { host: '10.0.0.9', port: 40_000 }
  stage.userAgent.acceptSocket(socket, { remote, local: { host: '10.0.0.1', port: 80 }, secure: false })
  emit(
    'message',
    new TextEncoder().encode(
      requestText({ method: 'INVITE', via: 'SIP/2.0/WS x.invalid;branch=z9hG4bKw', body: offerSdp }),
    ),
  )
  const canceled: (string | null)[] = []
  new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: reason => canceled.push(reason) })
  emit('close')
  stage.clock.advance(0)
  expect(canceled).toEqual([null])
  expect(stage.userAgent.load).toEqual({ dialogs: 0, transactions: 0 })
})

it('the 200 to a CANCEL and the 487 have one To tag (§9.2)', async () => {
  const { peer, ...stage } = await createStage()
  peer.request({ method: 'INVITE', body: offerSdp })
  const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
  peer.request({ method: 'CANCEL', branch: 'z9hG4bK-INVITE' })
  const tags = [peer.lastResponse('CANCEL'), peer.lastResponse('INVITE')].map(({ headers }) => headers.toTag)
  expect(tags).toEqual([server.localTag, server.localTag])
})

it('so have the 486 and the 200 to a CANCEL that came too late', async () => {
  const { peer, ...stage } = await createStage()
  peer.request({ method: 'INVITE', body: offerSdp })
  const server = new InviteServer(stage.userAgent, present(stage.incoming.at(-1)), { onCanceled: () => {} })
  server.reject(486)
  peer.request({ method: 'CANCEL', branch: 'z9hG4bK-INVITE' })
  const tags = [peer.lastResponse('CANCEL'), peer.lastResponse('INVITE')].map(({ headers }) => headers.toTag)
  expect(tags).toEqual([server.localTag, server.localTag])
})
