/**
 * Mutated datagrams and streams against a whole user agent: nothing is thrown, it still answers, what it says is legal,
 * and nothing stays behind. The seed makes a run repeatable.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { mutate } from '../testing/mutation.ts'
import { createStage, ownHost, present, type Stage } from '../testing/stage.ts'
import { answerSdp, offerSdp, requestText, responseText } from '../testing/wire.ts'
import { DigestVerifier, digestSecret } from './digest.ts'
import { InviteClient } from './invite-client.ts'
import { InviteServer } from './invite-server.ts'
import { Registrar } from './registrar.ts'

const runs = 15_000
const folder = new URL('../message/torture/', import.meta.url)

/** Legal and illegal messages to begin with; those in a dialog carry the tags of a call that is up. */
function corpus(localTag: string, invite: string, response: string, progress: string): string[] {
  const inDialog = { toTag: localTag, sequence: 50 }
  return [
    ...readdirSync(folder).map(file => readFileSync(new URL(file, folder)).toString('latin1')),
    requestText({ method: 'INVITE', body: offerSdp, headers: ['Contact: <sip:caller@10.0.0.2>'] }),
    requestText({ method: 'CANCEL', branch: 'z9hG4bK-INVITE' }),
    requestText({
      method: 'REGISTER',
      headers: [
        'Contact: <sip:a@10.0.0.2>;expires=60',
        'Authorization: Digest realm="r", username="a", nonce="n", uri="sip:x", response="0", nc=00000001, cnonce="c", qop=auth',
      ],
    }),
    requestText({ method: 'OPTIONS' }),
    requestText({ method: 'INVITE', body: offerSdp, branch: 'z9hG4bKre', ...inDialog }),
    requestText({ method: 'ACK', branch: 'z9hG4bKa', ...inDialog }),
    requestText({ method: 'INFO', branch: 'z9hG4bKi', ...inDialog }),
    requestText({
      method: 'UPDATE',
      branch: 'z9hG4bKu',
      body: offerSdp,
      headers: ['Supported: timer', 'Session-Expires: 90;refresher=uac', 'Min-SE: 90'],
      ...inDialog,
    }),
    requestText({ method: 'PRACK', branch: 'z9hG4bKp', headers: ['RAck: 1 1 INVITE'], ...inDialog }),
    requestText({
      method: 'INVITE',
      callId: 'parts',
      headers: ['Require: 100rel', 'Contact: <sip:caller@10.0.0.2>'],
      contentType: 'multipart/mixed;boundary="b"',
      body: `--b\r\nContent-Type: application/sdp\r\n\r\n${offerSdp}\r\n--b--`,
    }),
    progress,
    requestText({ method: 'BYE', branch: 'z9hG4bKb', ...inDialog }),
    invite,
    response,
  ]
}

/** Someone who answers, registers and refuses, as the rooms above do. */
function occupy(stage: Stage): Registrar {
  const { userAgent, clock } = stage
  const digest = new DigestVerifier({
    realm: 'r',
    algorithms: ['MD5', 'SHA-256'],
    nonceTtlMs: 60_000,
    key: new Uint8Array(32),
    now: () => clock.now(),
  })
  const registrar = new Registrar({ clock, onChange: () => {} })
  let calls = 0
  stage.onRequest = incoming => {
    const { request, transaction, flow } = incoming
    const respond = (status: number) => transaction.respond(userAgent.response(request, status, 'tag'))
    if (request.method === 'OPTIONS') userAgent.answerOptions(incoming)
    else if (request.method === 'REGISTER') {
      digest.verify(request, () => digestSecret('a', 'r', 'p'))
      respond(registrar.register('a', request, flow).status)
    } else if (request.method === 'INVITE') {
      const server = new InviteServer(userAgent, incoming, { onCanceled: () => {} })
      server.trying()
      calls++
      if (calls % 3 === 0) server.reject(486)
      else {
        server.progress(180)
        const dialog = server.accept(answerSdp, false, {
          onOffer: exchange => exchange.accept(answerSdp),
          onAnswer: () => {},
          onEnded: () => {},
        })
        if (calls % 3 === 1) dialog.bye()
      }
    } else respond(481)
  }
  return registrar
}

it(`${runs} mutated messages over UDP and TCP`, async () => {
  const random = createSeededRandom(20_260_105)
  const stage = await createStage({ conditions: { splitRate: 0.5 } })
  const { clock, userAgent, network } = stage
  const registrar = occupy(stage)
  // A peer that doesn't read: what comes back to it may be as mutated as what it sent.
  const deaf = await network
    .host('10.0.0.3')
    .bindDatagram({ host: '10.0.0.3', port: 5060 }, { onMessage: () => {}, onError: () => {} })
  const send = (text: string) => deaf.send(Buffer.from(text, 'latin1'), { host: ownHost, port: 5060 })
  stage.peer.request({ method: 'INVITE', callId: 'call-0', branch: 'z9hG4bK0', body: offerSdp })
  clock.advance(0)
  const localTag = stage.peer.lastResponse('INVITE').headers.toTag
  stage.peer.request({ method: 'ACK', callId: 'call-0', branch: 'z9hG4bK00', toTag: localTag })
  const ringing = new InviteClient(
    userAgent,
    {
      uri: 'sip:agent@10.0.0.2',
      from: '<sip:c@10.0.0.1>',
      to: '<sip:agent@10.0.0.2>',
      callId: 'call-out',
      flow: stage.flowToPeer(),
      pinned: false,
      headers: [],
      maxForwards: 70,
      sdp: offerSdp,
    },
    {
      onProgress: () => {},
      onAccepted: dialog => dialog.bye(),
      onFailed: () => {},
      dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} },
    },
  )
  clock.advance(0)
  const invite = stage.peer.last('INVITE')
  const seeds = corpus(
    localTag,
    requestText({ method: 'INVITE', via: 'SIP/2.0/UDP 10.0.0.3', callId: 'old' }),
    responseText(invite, 200, { toTag: 'agent', body: answerSdp, headers: ['Contact: <sip:agent@10.0.0.3>'] }),
    responseText(invite, 183, { toTag: 'agent', body: answerSdp, headers: ['Require: 100rel', 'RSeq: 1'] }),
  )

  let mostSent = 0
  for (let run = 1; run <= runs; run++) {
    const text = mutate(present(seeds[run % seeds.length]), random)
    if (run % 5 === 0) {
      const connection = network.host('10.0.0.4').connectStream({ host: ownHost, port: 5060 })
      connection.attach({ onData: () => {}, onClose: () => {} })
      connection.write(Buffer.from(text, 'latin1'))
      clock.advance(0)
      if (run % 2 === 0) connection.destroy()
    } else send(text)
    const sentBefore = network.counts.sent
    clock.advance(run % 7 === 0 ? 50 : 0)
    if (run % 7 !== 0) mostSent = Math.max(mostSent, network.counts.sent - sentBefore)
    if (run % 100 !== 0) continue
    stage.peer.forget()
    stage.peer.request({ method: 'OPTIONS', callId: `alive-${run}`, branch: `z9hG4bKalive${run}` })
    expect(stage.peer.lastResponse('OPTIONS').status).toBe(200)
  }
  expect(stage.faults).toEqual([])
  // Lenient in reading, exact in writing: only a refusal may carry back what could not be read.
  expect(stage.unreadable.filter(text => !/^SIP\/2\.0 (400|505) /.test(text))).toEqual([])
  // Whatever one message says, it sets off no more than a call does: 100, 180, 200 and a BYE.
  expect(mostSent).toBeGreaterThan(0)
  expect(mostSent).toBeLessThanOrEqual(4)

  ringing.cancel()
  clock.advance(120_000)
  registrar.stop()
  expect(userAgent.load.transactions).toBe(0)
  userAgent.close()
  clock.advance(120_000)
  expect([userAgent.load, clock.pending]).toEqual([{ dialogs: 0, transactions: 0 }, 0])
})
