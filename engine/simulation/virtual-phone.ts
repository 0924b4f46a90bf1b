/**
 * A SIP phone for simulations, on the engine's own SIP stack: it places calls and reacts to calls as a plan says. It runs
 * over any network, clock and media port, the virtual ones or those of Node.
 */
import { createIds } from '../ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { MediaPort, MediaSession } from '../ports/media.ts'
import type { Network } from '../ports/network.ts'
import type { Random } from '../ports/random.ts'
import {
  bracketed,
  decodeUser,
  encodeUser,
  formatNameAddress,
  hostPort,
  type IncomingRequest,
  InviteClient,
  InviteServer,
  parseListenAddress,
  UserAgent,
} from '../sip/index.ts'
import { PhoneCall, type PhoneCallEnd, type PhoneCallOptions } from './phone-call.ts'
import type { CallerPlan, Reaction, TalkPlan } from './phone-plan.ts'

export interface VirtualPhoneOptions {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The local address; numeric. */
  readonly host: string
  /** Default 0: a free one. */
  readonly port?: number
  /** Who the phone is: the user part of its addresses. */
  readonly user: string
  /** Default: it is deaf and mute, and its calls are signalling only. */
  readonly media?: MediaPort
  /** How an incoming call is treated. Default: it is refused as busy. */
  onCall?(call: { readonly peer: string; readonly sipCallId: string }): Reaction
  /** A call has ended, whoever ended it. */
  onEnded?(call: PhoneCall, end: PhoneCallEnd): void
}

export interface VirtualPhone {
  /** Where it can be called: `sip:user@host:port`. */
  readonly uri: string
  /** Calls in progress, oldest first. */
  readonly calls: readonly PhoneCall[]
  /** SIP dialogs and transactions alive. */
  readonly load: { readonly dialogs: number; readonly transactions: number }
  /**
   * Calls a URI with a numeric host.
   * @param caller the user part of From; the phone's own unless told otherwise
   * @param name the display name of From; none unless told
   * @throws an Error if the URI leads nowhere, and as the media port does
   */
  dial(uri: string, plan: CallerPlan, caller?: string, name?: string): Promise<PhoneCall>
  /** Vanishes without a word: no call is ended in good order, every timer and socket is gone. */
  stop(): void
}

/** The port that a mute phone says it hears on: discard (RFC 863). */
const discardPort = 9
const busy: Reaction = { kind: 'refuse', ringAfterMs: null, afterMs: 0, status: 486 }

/** Binds the phone's UDP socket. @throws EngineError `sip.listen_failed` */
export async function createVirtualPhone(options: VirtualPhoneOptions): Promise<VirtualPhone> {
  const { clock, random, host, user, media } = options
  const ids = createIds(clock, random)
  const calls = new Set<PhoneCall>()
  const userAgent = new UserAgent({
    clock,
    random,
    ids,
    logger: options.logger,
    network: options.network,
    product: 'simulated phone',
    listen: [parseListenAddress(`udp://${bracketed(host)}:${options.port ?? 0}`)],
    advertise: [],
    handlers: { onRequest: receive, onFlowClosed() {} },
  })
  await userAgent.listen()
  const port = portOf(userAgent.listening[0] ?? '')

  async function begin(
    direction: PhoneCall['direction'],
    sipCallId: string,
    peer: string,
    plan: TalkPlan,
    giveUp: () => void,
  ): Promise<PhoneCall> {
    const session: MediaSession | null = media === undefined ? null : await media.open({ host, onEvent() {} })
    const details: PhoneCallOptions = {
      clock,
      direction,
      sipCallId,
      peer,
      plan,
      sessionId: String(random.uint32()),
      local: { host, port: session?.port ?? discardPort },
      media: session,
      giveUp,
      onEnded(call, end) {
        calls.delete(call)
        options.onEnded?.(call, end)
      },
    }
    const call = new PhoneCall(details)
    calls.add(call)
    return call
  }

  async function dial(uri: string, plan: CallerPlan, caller = user, name = ''): Promise<PhoneCall> {
    const flow = userAgent.flowTo(uri)
    if (flow === null) throw new Error(`${uri} leads nowhere`)
    const callId = ids.token()
    let client: InviteClient | null = null
    const call = await begin('outgoing', callId, decodeUser(uri.slice(4, uri.indexOf('@'))), plan, () =>
      client?.cancel(),
    )
    const { patienceMs, talkFrom } = plan
    if (patienceMs !== null) call.after(patienceMs, 'patience', () => call.hangup())
    client = new InviteClient(
      userAgent,
      {
        uri,
        from: formatNameAddress(name, `sip:${encodeUser(caller)}@${bracketed(host)}`),
        to: `<${uri}>`,
        callId,
        flow,
        pinned: false,
        headers: [],
        maxForwards: 70,
        sdp: call.offer(),
      },
      {
        onProgress: () => call.rings(),
        onAccepted(dialog, answer) {
          call.answered(dialog)
          if (!call.accept(answer)) call.hangup()
          else if (talkFrom === 'answer') call.joined()
        },
        onFailed: (status, response) => call.ended({ by: response === null ? 'network' : 'peer', status }),
        dialog: call.dialogHandlers,
      },
    )
    return call
  }

  function receive(incoming: IncomingRequest): void {
    const { request, transaction } = incoming
    if (request.method === 'INVITE') takeCall(incoming)
    else if (request.method === 'OPTIONS') userAgent.answerOptions(incoming)
    else transaction.respond(userAgent.response(request, 405, ids.token()))
  }

  function takeCall(incoming: IncomingRequest): void {
    let call: PhoneCall | null = null
    const invite = new InviteServer(userAgent, incoming, {
      onCanceled: () => call?.ended({ by: 'peer', status: 487 }),
    })
    invite.trying()
    const { headers } = incoming.request
    const peer = decodeUser(headers.from?.uri.user ?? '')
    const sipCallId = headers.callId
    const reaction = options.onCall?.({ peer, sipCallId }) ?? busy
    const plan: TalkPlan = reaction.kind === 'answer' ? reaction : { talkMs: null }
    begin('incoming', sipCallId, peer, plan, () => invite.reject(486)).then(
      begun => {
        call = begun
        if (invite.open) react(begun, invite, reaction)
        else begun.ended({ by: 'peer', status: 487 })
      },
      error => {
        options.logger.error({ err: error }, 'a simulated phone has no audio')
        invite.reject(500)
      },
    )
  }

  function react(call: PhoneCall, invite: InviteServer, reaction: Reaction): void {
    if (reaction.ringAfterMs !== null)
      call.after(reaction.ringAfterMs, 'ring', () => {
        invite.progress(180)
        call.rings()
      })
    if (reaction.kind === 'answer') call.after(reaction.afterMs, 'act', () => answer(call, invite))
    if (reaction.kind === 'refuse')
      call.after(reaction.afterMs, 'act', () => {
        const { status, retryAfterSec } = reaction
        invite.reject(status, response => {
          if (retryAfterSec !== undefined) response.headers.append('retry-after', String(retryAfterSec))
        })
        call.ended({ by: 'self', status })
      })
  }

  function answer(call: PhoneCall, invite: InviteServer): void {
    const sdp = invite.offer === null ? call.offer() : call.answerTo(invite.offer)
    if (sdp === null) {
      invite.reject(488)
      call.ended({ by: 'self', status: 488 })
      return
    }
    call.answered(invite.accept(sdp, false, call.dialogHandlers))
    call.joined()
  }

  return {
    uri: `sip:${encodeUser(user)}@${hostPort(host, port)}`,
    get calls() {
      return [...calls]
    },
    get load() {
      return userAgent.load
    },
    dial,
    stop() {
      for (const call of [...calls]) call.ended({ by: 'network', status: 200 })
      userAgent.close()
    },
  }
}

/** Of an entry of `listening`, e.g. `udp://127.0.0.1:5060`. */
function portOf(listening: string): number {
  return Number(listening.slice(listening.lastIndexOf(':') + 1))
}
