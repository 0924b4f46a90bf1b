/** Requests within a dialog that are made while the DNS is still asked where they go (RFC 3261 §12.2.1.1, RFC 3263). */
import { describe, expect, it } from 'vitest'
import { nothingLeft } from '../testing/confirmed-call.ts'
import { createStage, type Peer, present } from '../testing/stage.ts'
import { answerSdp, offerSdp } from '../testing/wire.ts'
import { InviteClient } from './invite-client.ts'
import type { InviteDialog } from './invite-dialog.ts'

const routed = { host: '10.0.0.7', port: 5060 }
const contact = 'Contact: <sip:agent@edge.example.com:5060>'

const named = [
  ['the Contact', [contact]],
  ['a route', ['Contact: <sip:agent@10.0.0.2>', 'Record-Route: <sip:edge.example.com:5060;lr>']],
] as const

/** An INVITE to the stage's peer, whose dialog leads elsewhere, as nobody knows before the DNS has answered. */
async function setUp() {
  const stage = await createStage()
  const { network, userAgent, clock, peer } = stage
  network.setAddresses('edge.example.com', [routed.host])
  const there = await stage.addPeer(routed)
  const release = network.zone.hold()
  const dialogs: InviteDialog[] = []
  const told: string[] = []
  new InviteClient(
    userAgent,
    {
      uri: 'sip:agent@10.0.0.2',
      from: '<sip:c@10.0.0.1>',
      to: '<sip:agent@10.0.0.2>',
      callId: 'call-2',
      flow: stage.flowToPeer(),
      pinned: false,
      headers: [],
      maxForwards: 70,
      sdp: offerSdp,
    },
    {
      onProgress: () => {},
      onAccepted: dialog => dialogs.push(dialog),
      onFailed: () => {},
      dialog: { onOffer: () => {}, onAnswer: () => {}, onEnded: () => {} },
    },
  )
  clock.advance(0)
  const invite = peer.last('INVITE')
  const rings = (headers: readonly string[] = [contact], number = 1) =>
    peer.respond(invite, 180, { toTag: 'agent', headers: ['Require: 100rel', `RSeq: ${number}`, ...headers] })
  const answers = (headers: readonly string[] = [contact]) => {
    peer.respond(invite, 200, { toTag: 'agent', body: answerSdp, headers })
    return present(dialogs[0])
  }
  const reinvite = (dialog: InviteDialog) =>
    dialog.reinvite(() => 'v=1', {
      onAnswer: () => told.push('answered'),
      onRefused: status => told.push(`refused ${status}`),
    })
  const dnsAnswers = () => {
    release()
    return stage.dnsAnswers()
  }
  /** A request of the peer. */
  const say = (method: string, headers: readonly string[] = []) =>
    peer.request({ method, callId: 'call-2', sequence: 1, fromTag: 'agent', toTag: invite.headers.fromTag, headers })
  const over = () => {
    clock.advance(120_000)
    return { ...userAgent.load, pending: clock.pending }
  }
  return { ...stage, there, rings, answers, reinvite, told, settle: stage.dnsAnswers, dnsAnswers, say, over }
}

/** What was said within the dialog so far, each once. */
function said({ heard }: Peer): string[] {
  const texts = heard.flatMap(({ message: it }) =>
    it.kind === 'request' && it.headers.toTag !== '' ? [`${it.headers.cseq?.number} ${it.method}`] : [],
  )
  return [...new Set(texts)]
}

describe.each(named)('while the DNS is asked for %s', (_what, headers) => {
  it('PRACK waits, and goes where it leads', async () => {
    const { rings, dnsAnswers, peer, there } = await setUp()
    rings(headers)
    expect([said(peer), said(there)]).toEqual([[], []])
    await dnsAnswers()
    expect([said(peer), said(there)]).toEqual([[], ['2 PRACK']])
  })

  it('all that is asked waits, and goes in the order in which it was asked', async () => {
    const { rings, answers, reinvite, settle, dnsAnswers, peer, there } = await setUp()
    rings(headers)
    const dialog = answers(headers)
    dialog.info('application/dtmf-relay', 'Signal=5')
    reinvite(dialog)
    await settle()
    expect([said(peer), said(there)]).toEqual([[], []])
    await dnsAnswers()
    expect([said(peer), said(there)]).toEqual([[], ['2 PRACK', '1 ACK', '3 INFO', '4 INVITE']])
    expect(there.last('INVITE').headers.get('contact')).toBe('<sip:10.0.0.1:5060>')
  })

  it('BYE waits, and ends the call there', async () => {
    const { answers, dnsAnswers, peer, there, over } = await setUp()
    answers(headers).bye()
    expect([said(peer), said(there)]).toEqual([[], []])
    await dnsAnswers()
    expect([said(peer), said(there)]).toEqual([[], ['1 ACK', '2 BYE']])
    there.respond(there.last('BYE'), 200)
    expect(over()).toEqual(nothingLeft)
  })
})

it('a re-INVITE is answered and acknowledged there, as if it had not waited', async () => {
  const { answers, reinvite, dnsAnswers, there, told } = await setUp()
  reinvite(answers())
  await dnsAnswers()
  there.respond(there.last('INVITE'), 200, { body: answerSdp, headers: [contact] })
  expect(said(there)).toEqual(['1 ACK', '2 INVITE', '2 ACK'])
  expect(told).toEqual(['answered'])
})

it('a re-INVITE that is given up before it could go out never does', async () => {
  const { answers, reinvite, dnsAnswers, there, told } = await setUp()
  const dialog = answers()
  reinvite(dialog)()
  expect(told).toEqual(['refused 487'])
  reinvite(dialog)
  await dnsAnswers()
  expect(said(there)).toEqual(['1 ACK', '3 INVITE'])
})

it.each(['we', 'the peer'])('nor does one of a call that %s end meanwhile', async who => {
  const { answers, reinvite, dnsAnswers, say, peer, there, over } = await setUp()
  const dialog = answers()
  reinvite(dialog)
  if (who === 'we') dialog.bye()
  else say('BYE')
  await dnsAnswers()
  expect([said(peer), said(there)]).toEqual([[], who === 'we' ? ['1 ACK', '3 BYE'] : ['1 ACK']])
  expect(over()).toEqual(nothingLeft)
})

it('a DNS that fails, or is silent for too long, sends them where the peer was', async () => {
  for (const isSilent of [false, true]) {
    const { answers, rings, settle, dnsAnswers, clock, network, peer, there } = await setUp()
    if (!isSilent) {
      network.setAddresses('edge.example.com', [])
      network.zone.setOut(true)
    }
    rings()
    answers().bye()
    if (isSilent) {
      clock.advance(9_999)
      expect(said(peer)).toEqual([])
      clock.advance(1)
    } else await dnsAnswers()
    await settle()
    expect([said(peer), said(there)]).toEqual([['2 PRACK', '1 ACK', '3 BYE'], []])
  }
})

it('what is asked after the patience is over does not wait again, and what comes after the answer goes there', async () => {
  const { answers, dnsAnswers, clock, peer, there } = await setUp()
  const dialog = answers()
  clock.advance(10_000)
  dialog.info('text/plain', 'a')
  clock.advance(0)
  expect(said(peer)).toEqual(['1 ACK', '2 INFO'])
  await dnsAnswers()
  // Who repeats the 2xx still waits for the ACK.
  expect(said(there)).toEqual(['1 ACK'])
  answers()
  dialog.bye()
  clock.advance(0)
  expect([there.requests('ACK').length, peer.requests('ACK').length]).toEqual([2, 1])
  expect(said(there)).toEqual(['1 ACK', '3 BYE'])
})

it('keep their order where the target moves meanwhile, each on its own way', async () => {
  const { rings, answers, dnsAnswers, clock, peer, there } = await setUp()
  rings()
  const dialog = answers(['Contact: <sip:agent@10.0.0.2>'])
  dialog.bye()
  clock.advance(0)
  expect(said(peer)).toEqual([])
  await dnsAnswers()
  expect([said(there), said(peer)]).toEqual([['2 PRACK'], ['1 ACK', '3 BYE']])
  expect(there.last('PRACK').uri).toBe('sip:agent@edge.example.com:5060')
})

it('are not kept back by the end of the process', async () => {
  const { answers, rings, userAgent, clock, peer } = await setUp()
  rings()
  answers().bye()
  userAgent.close()
  clock.advance(0)
  expect([said(peer), clock.pending]).toEqual([['2 PRACK', '1 ACK', '3 BYE'], 0])
})

it('a change of the session is not begun at the end of the process', async () => {
  const { answers, reinvite, userAgent, clock, peer } = await setUp()
  reinvite(answers())
  userAgent.close()
  clock.advance(0)
  expect([said(peer), clock.pending]).toEqual([['1 ACK'], 0])
})
