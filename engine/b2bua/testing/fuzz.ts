/**
 * Mutated messages against the whole door, over UDP, TCP, TLS and WebSocket, from a trunk, from phones and from strangers, while calls in
 * both directions are up. Repeatable by its seed; what is left behind is counted, not timed.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { createSeededRandom } from '../../simulation/seeded-random.ts'
import { InviteClient } from '../../sip/index.ts'
import { mutate } from '../../sip/testing/mutation.ts'
import { answerSdp, offerSdp, type RequestText, requestText, responseText } from '../../sip/testing/wire.ts'
import { digestText, nonceOf } from './digest.ts'
import { type Door, openDoor, requests, responses, strangerHost, trunkHost } from './door.ts'

export interface FuzzOptions {
  /** In a pass. */
  readonly messages: number
  readonly seed: number
  /** How many times the same mutations are said, to the same door; by default once. Only what may not be a copy differs. */
  readonly passes?: number
  onProgress?(sent: number): void
  /** Sends what it is given, and may take the time. */
  around?(send: () => void): void
}

export interface FuzzReport {
  /** In all passes. */
  readonly messages: number
  /** Errors that were logged: faults of ours. */
  readonly faults: readonly unknown[]
  /** OPTIONS that were asked after each hundred messages, and how many were answered 200. */
  readonly asked: number
  readonly answered: number
  /** What could not be read of what we said ourselves, refusals aside: they carry back what came. */
  readonly unreadable: readonly string[]
  /** What is left when everything has had its time, after each thousand messages. */
  readonly plateaus: readonly Plateau[]
  /** Messages that reached somebody above: a fuzz that gets no further than the parser shows nothing. */
  readonly calls: number
  readonly registered: number
}

export interface Plateau {
  readonly dialogs: number
  readonly transactions: number
  readonly halfOpen: number
  readonly bindings: number
  readonly timers: number
}

const blockSize = 1_000
/** Stands for what no two messages may share: a copy would only be absorbed. */
const fresh = 'always-new'
const trunk = { host: trunkHost, port: 5060 }
const phone = { host: '192.0.2.5', port: 5060 }
const stranger = { host: strangerHost, port: 5060 }
const sources = [trunk, trunk, trunk, phone, phone, stranger] as const
const registrar = 'sip:10.0.0.1'

const folders = ['torture', 'torture-ipv6'].map(name => new URL(`../../sip/message/${name}/`, import.meta.url))
const torture = folders.flatMap(folder =>
  readdirSync(folder).map(file => readFileSync(new URL(file, folder)).toString('latin1')),
)

export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { seed, passes = 1, onProgress, around = send => send() } = options
  const messages = passes * options.messages
  let random = createSeededRandom(seed)
  const door = await openDoor({ conditions: { splitRate: 0.5 } })
  for (const at of [trunk, phone, stranger]) await door.bind(at)
  const report = { asked: 0, answered: 0, calls: 0, registered: 0 }
  const unreadable: string[] = []
  const plateaus: Plateau[] = []
  const hangUp = answerCalls(door, () => report.calls++)

  for (let sent = 0; sent < messages; ) {
    const inPass = sent % options.messages
    if (inPass === 0) random = createSeededRandom(seed)
    const live = openBlock(door, sent)
    const block = Math.min(blockSize, options.messages - inPass)
    const waiting: Uint8Array[] = []
    for (let i = 1; i <= block; i++) {
      // What goes on with something gets further than what only begins.
      const seeds = random.uint32() % 3 === 0 ? torture : live
      const mutated = mutate(seeds[random.uint32() % seeds.length] ?? '', random)
      const text = Buffer.from(mutated.replaceAll(fresh, `f${sent + i}`), 'latin1')
      const from = sources[random.uint32() % sources.length] ?? trunk
      if (i % 5 !== 0) around(() => door.sendNow(from, text))
      else {
        waiting.push(text)
        // One to three on a connection: what is wrong with one must not hurt the framing of the next.
        if (random.uint32() % 3 === 0 || waiting.length === 3 || i > block - 5)
          around(() => overConnection(door, from.host, waiting.splice(0), random.uint32()))
      }
      if (i % 7 === 0) door.clock.advance(50)
      if (i % 100 !== 0) continue
      report.asked++
      const alive = requestText({ method: 'OPTIONS', callId: `alive${sent + i}`, branch: `z9hG4bKalive${sent + i}` })
      if (responses(door.sendNow(trunk, alive)).some(({ status }) => status === 200)) report.answered++
    }
    sent += block
    report.registered += door.phones.registrar.size
    for (const { text } of door.sent.splice(0)) if (!isReadable(text)) unreadable.push(text)
    hangUp()
    plateaus.push(settle(door))
    door.sent.length = 0
    onProgress?.(sent)
  }
  const { faults } = door
  door.close()
  return { messages, faults, unreadable, plateaus, ...report }
}

/** Someone who answers, rings on, refuses and hangs up, in turn. @returns what ends all that is still up */
function answerCalls(door: Door, onCall: () => void): () => void {
  const up: { bye(): void }[] = []
  let calls = 0
  door.onCall = admission => {
    const { invite } = admission
    door.admissions.push(admission)
    onCall()
    calls++
    if (calls % 4 === 0) invite.reject(486)
    else if (calls % 4 === 1) invite.progress(180)
    else {
      const dialog = invite.accept(answerSdp, false, {
        onOffer: exchange => exchange.accept(answerSdp),
        onAnswer: () => {},
        onEnded: () => {},
      })
      up.push(dialog)
      if (calls % 4 === 2 && !invite.request.headers.callId.startsWith('up')) dialog.bye()
    }
  }
  return () => {
    for (const dialog of up.splice(0)) dialog.bye()
    for (const { invite } of door.admissions.splice(0)) invite.reject(480)
  }
}

/** Gets a call up, one ringing, one out and a phone registered. @returns the messages that would go on with them */
function openBlock(door: Door, serial: number): string[] {
  const own = { via: `SIP/2.0/UDP ${trunkHost}:5060;branch=z9hG4bKup${serial};rport`, callId: `up${serial}` }
  const invite = {
    method: 'INVITE',
    uri: 'sip:user@10.0.0.1',
    body: offerSdp,
    headers: [`Contact: <sip:c@${trunkHost}>`],
  }
  // The rooms above take turns, so the call is tried until one is answered.
  let toTag = ''
  let callId = own.callId
  for (let turn = 0; turn < 4 && toTag === ''; turn++) {
    callId = `up${serial}-${turn}`
    const text = requestText({ ...invite, callId, branch: `z9hG4bKup${serial}-${turn}` })
    toTag = responses(door.sendNow(trunk, text)).find(({ status }) => status === 200)?.headers.toTag ?? ''
  }
  const inDialog = { callId, toTag, sequence: 50 }
  door.sendNow(trunk, requestText({ method: 'ACK', branch: `z9hG4bKack${serial}`, callId, toTag }))
  const register = (options: Partial<RequestText>) =>
    requestText({
      method: 'REGISTER',
      uri: registrar,
      to: '<sip:ada@10.0.0.1>',
      callId: `register${serial}`,
      branch: `z9hG4bKr${serial}${options.sequence}`,
      ...options,
    })
  const contact = `Contact: <sip:ada@${phone.host}>;expires=60`
  const [challenge] = responses(door.sendNow(phone, register({ sequence: 1 })))
  const nonce = nonceOf(challenge?.headers.get('www-authenticate') ?? 'nonce="none"')
  const credentials = (nc: number) =>
    `Authorization: ${digestText({ username: 'ada', password: 'secret', method: 'REGISTER', uri: registrar, nonce, nc })}`
  const registered = (nc: number) => register({ sequence: nc + 1, headers: [contact, credentials(nc)] })
  door.sendNow(phone, registered(1))

  const flow = door.userAgent.flowTo(`sip:${trunkHost}:5060`)
  if (flow === null) throw new Error('no way to the trunk')
  const before = door.sent.length
  new InviteClient(
    door.userAgent,
    {
      uri: `sip:agent@${trunkHost}`,
      from: '<sip:c@10.0.0.1>',
      to: `<sip:agent@${trunkHost}>`,
      callId: `out${serial}`,
      flow,
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
  const out = requests(door.sent.slice(before)).at(-1)
  if (out === undefined) throw new Error('the call out did not go out')
  const from = { toTag: 'agent', headers: [`Contact: <sip:agent@${trunkHost}>`] }
  const call = { ...invite, callId: fresh, branch: `z9hG4bK${fresh}` }
  // Several times, as all the rest only goes on with what these begin.
  const calls = [[], [], ['Supported: 100rel, timer'], ['Require: 100rel', 'Session-Expires: 90']]
  return [
    ...calls.map(headers => requestText({ ...call, headers: [...invite.headers, ...headers] })),
    requestText({ method: 'CANCEL', branch: `z9hG4bKup${serial}-0`, callId }),
    requestText({ method: 'OPTIONS' }),
    ...[2, 3, 4].map(registered),
    requestText({ ...invite, branch: `z9hG4bK${fresh}`, ...inDialog }),
    ...['ACK', 'INFO', 'UPDATE', 'PRACK', 'BYE', 'REFER', 'NOTIFY'].map(method =>
      requestText({ method, branch: `z9hG4bK${fresh}`, ...inDialog, headers: ['RAck: 1 1 INVITE', ...invite.headers] }),
    ),
    responseText(out, 180, from),
    responseText(out, 183, { ...from, headers: [...from.headers, 'Require: 100rel', 'RSeq: 1'], body: answerSdp }),
    responseText(out, 200, { ...from, body: answerSdp }),
    responseText(out, 302, from),
    responseText(out, 401, { ...from, headers: ['WWW-Authenticate: Digest realm="x", nonce="y"'] }),
    responseText(out, 486, from),
  ]
}

const connected = ['TCP', 'TLS', 'WS'] as const

function overConnection(door: Door, host: string, texts: readonly Uint8Array[], chance: number): void {
  const transport = connected[chance % 3] ?? 'TCP'
  if (transport === 'WS') {
    const web = door.connectWeb(host)
    for (const text of texts) web.send(text)
    web.end()
    return
  }
  const caller = door.connect(host, transport)
  // A connection that was closed for one message takes no other.
  caller.send(Buffer.concat(texts))
  if (chance % 2 === 0) caller.connection.destroy()
  else caller.connection.end()
}

/** Lets everything run out. */
function settle(door: Door): Plateau {
  // Longer than any call here lives by itself: transactions, session timers, registrations.
  for (let minute = 0; minute < 240; minute++) door.clock.advance(60_000)
  const { dialogs, transactions } = door.userAgent.load
  const { halfOpen } = door.userAgent
  return { dialogs, transactions, halfOpen, bindings: door.phones.registrar.size, timers: door.clock.pending }
}

/** Lenient in reading, exact in writing: only a refusal may carry back what could not be read. */
function isReadable(text: string): boolean {
  if (text === '' || text === '\r\n' || /^SIP\/2\.0 (400|505) /.test(text)) return true
  const one = [{ atMs: 0, transport: 'UDP' as const, to: trunk, text }]
  return responses(one).length + requests(one).length === 1
}
