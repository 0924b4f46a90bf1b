/** An agent's phone in a test: it answers every call, and holds, calls, refers and hangs up when it is told to. Messages are text. */
import type { World } from '../../simulation/world.ts'
import { engineHost } from '../../simulation/world.ts'
import type { SipMessage, SipRequest, SipResponse } from '../../sip/message/message.ts'
import { message, offerSdp, type ResponseText, requestText, responseText } from '../../sip/testing/wire.ts'

/** A call of the phone, as it sees it. */
export interface ScriptedCall {
  readonly callId: string
  readonly localTag: string
  remoteTag: string
  /** From and To of the phone's own requests, without tags. */
  readonly local: string
  readonly remote: string
  /** What was dialled, and the Via of the INVITE; '' for a call that came in. */
  readonly number: string
  readonly via: string
  /** Its INVITE has made no offer: the ACK answers. */
  readonly lateOffer: boolean
  sequence: number
  /** Its INVITE has had a final response; until then {@link remoteTag} is that of the latest provisional one. */
  settled: boolean
  /** By whom it was ended; null: it goes on. */
  ended: 'engine' | 'self' | null
}

export interface ScriptedPhone {
  readonly calls: readonly ScriptedCall[]
  /** The sipfrag status lines that NOTIFYs have brought, with the state of the subscription. */
  readonly notes: string[]
  /** Final status codes of answers to its INVITEs outside calls, newest last. */
  readonly answered: number[]
  /** Status codes of answers to REFER, newest last. */
  readonly referred: number[]
  readonly received: readonly SipMessage[]
  /** Further headers of all that it sends. */
  marks: readonly string[]
  /** Calls a number. `more`: further headers; without an offer if `sdp` is ''. */
  dial(
    number: string,
    more?: { readonly headers?: readonly string[]; readonly sdp?: string; readonly fromTag?: string },
  ): ScriptedCall
  /** Gives a call up that was not answered. */
  cancel(call: ScriptedCall): void
  hold(call: ScriptedCall): void
  /** Offers another session in a call, which it stands by from then on, or asks for an offer if `sdp` is ''; gives up the last one of these, or {@link hold}. */
  reinvite(call: ScriptedCall, sdp: string): void
  giveUp(call: ScriptedCall): void
  /** Answers INVITEs within calls with this session from now on. */
  standBy(sdp: string): void
  hangup(call: ScriptedCall): void
  /** `headers`: instead of Refer-To. */
  refer(call: ScriptedCall, referTo: string, headers?: readonly string[]): void
  /** Any other request within a call. */
  ask(call: ScriptedCall, method: string, headers?: readonly string[], body?: string): void
  /** Names a call of the phone in the way of RFC 3891. `more`: further parameters. */
  dialogOf(call: ScriptedCall, more?: string): string
  /** As {@link dialogOf}, for Refer-To. */
  replaces(call: ScriptedCall, more?: string): string
  /** Plays something to the latest call that rings: 183 with a description. `headers`: further ones, as for a reliable one. */
  playEarly(headers?: readonly string[], sdp?: string): void
  /** Answers it; without a description if `sdp` is ''. */
  pickUp(sdp?: string): void
  /** Refuses it. */
  refuse(status: number, headers?: readonly string[]): void
  /** How INVITEs are answered from now on; 200 unless told, 180: it rings on. */
  answer: number
  /** It says nothing but 100 to INVITEs within a call, unless they are cancelled. */
  thinks: boolean
  /** It has a change of its own in mind, and refuses INVITEs within a call with 491. */
  isBusyChanging: boolean
  /** It knows of no subscriptions, and refuses NOTIFYs. */
  refusesNotes: boolean
  /** How INVITEs are refused, in place of {@link answer}; null: they aren't. */
  refusal: { readonly status: number; readonly headers: readonly string[] } | null
}

export async function createScriptedPhone(world: World, user: string, host: string): Promise<ScriptedPhone> {
  const calls: ScriptedCall[] = []
  const received: SipMessage[] = []
  const notes: string[] = []
  const referred: number[] = []
  const answered: number[] = []
  const ringing = new Map<string, SipRequest>()
  /** Whose last INVITE within the call has made no offer: the ACK answers. */
  const asking = new Set<string>()
  /** The Via of its last INVITE within a call; and the INVITE in one that it thinks about. */
  const changes = new Map<string, string>()
  const considered = new Map<string, SipRequest>()
  let serial = 0
  /** What it answers within calls: what it has offered in one last, but for holding. */
  let said = ''
  const contact = `Contact: <sip:${user}@${host}:5060>`
  const sdp = offerSdp.replaceAll('10.0.0.2', host)
  said = sdp
  const heldSdp = `${sdp}a=sendonly\r\n`

  const socket = await world.network
    .host(host)
    .bindDatagram(
      { host, port: 5060 },
      { onMessage: bytes => receive(message(Buffer.from(bytes).toString())), onError: () => {} },
    )
  const send = (text: string) => socket.send(text, { host: engineHost, port: 5060 })

  function reply(to: SipRequest, status: number, more: ResponseText): void {
    send(responseText(to, status, { ...more, headers: [...phone.marks, ...(more.headers ?? [])] }))
  }

  function request(
    call: ScriptedCall,
    method: string,
    more: { headers?: readonly string[]; body?: string; via?: string } = {},
  ): void {
    if (method !== 'ACK' && method !== 'CANCEL') call.sequence++
    serial++
    const via = more.via ?? `SIP/2.0/UDP ${host}:5060;branch=z9hG4bK-${user}-${serial};rport`
    if (method === 'INVITE') changes.set(call.callId, via)
    if (method === 'INVITE' && more.body === undefined) asking.add(call.callId)
    else if (method === 'INVITE') asking.delete(call.callId)
    send(
      requestText({
        method,
        uri: `sip:${engineHost}`,
        via,
        from: call.local,
        fromTag: call.localTag,
        to: call.remote,
        toTag: call.remoteTag,
        callId: call.callId,
        sequence: call.sequence,
        headers: [contact, ...phone.marks, ...(more.headers ?? [])],
        ...(more.body === undefined ? {} : { body: more.body }),
      }),
    )
  }

  function receive(it: SipMessage): void {
    received.push(it)
    if (it.kind === 'request') onRequest(it)
    else onResponse(it)
  }

  function onRequest(it: SipRequest): void {
    const call = calls.find(({ callId }) => callId === it.headers.callId)
    if (it.method === 'ACK') return
    if (it.method === 'INVITE' && call === undefined) {
      const { status, headers } = phone.refusal ?? { status: phone.answer, headers: [] }
      if (status >= 300) {
        reply(it, status, { toTag: `${user}${serial}`, headers })
        return
      }
      serial++
      const begun: ScriptedCall = {
        callId: it.headers.callId,
        localTag: `${user}${serial}`,
        remoteTag: it.headers.fromTag,
        local: it.headers.get('to') ?? '',
        remote: (it.headers.get('from') ?? '').replace(/;tag=.*/, ''),
        number: '',
        via: '',
        lateOffer: false,
        sequence: 0,
        settled: true,
        ended: null,
      }
      calls.push(begun)
      reply(it, 180, { toTag: begun.localTag, headers: [contact] })
      if (phone.answer < 200) ringing.set(begun.callId, it)
      else reply(it, 200, { toTag: begun.localTag, headers: [contact], body: sdp })
      return
    }
    if (it.method === 'NOTIFY') notes.push(`${it.body.trim()} (${it.headers.get('subscription-state')?.split(';')[0]})`)
    if (it.method === 'NOTIFY' && phone.refusesNotes) {
      reply(it, 481, {})
      return
    }
    const rung = it.method === 'CANCEL' ? ringing.get(it.headers.callId) : undefined
    if (rung !== undefined && call !== undefined) {
      call.ended ??= 'engine'
      reply(rung, 487, { toTag: call.localTag })
    }
    if (it.method === 'BYE' && call !== undefined) call.ended ??= 'engine'
    if (it.method === 'INVITE' && phone.isBusyChanging) {
      reply(it, 491, {})
      return
    }
    if (it.method === 'INVITE' && phone.thinks) {
      considered.set(it.headers.callId, it)
      reply(it, 100, {})
      return
    }
    const weighed = it.method === 'CANCEL' ? considered.get(it.headers.callId) : undefined
    if (weighed !== undefined) reply(weighed, 487, {})
    reply(it, 200, it.method === 'INVITE' ? { headers: [contact], body: said } : {})
  }

  function onResponse(it: SipResponse): void {
    const call = calls.find(({ callId }) => callId === it.headers.callId)
    const { cseq } = it.headers
    if (cseq?.method === 'REFER') referred.push(it.status)
    if (call === undefined || cseq?.method !== 'INVITE') return
    if (it.status > 100) call.remoteTag = it.headers.toTag
    if (it.status < 200) return
    const isFirst = !call.settled
    if (isFirst) answered.push(it.status)
    call.settled = true
    const answers = it.headers.has('content-type') && (call.lateOffer || asking.has(call.callId))
    if (it.status < 300) request(call, 'ACK', answers ? { body: said } : {})
    // A call whose change is refused goes on as it was.
    else if (isFirst) call.ended ??= 'engine'
  }

  const phone: ScriptedPhone = {
    calls,
    notes,
    referred,
    answered,
    received,
    marks: [],
    answer: 200,
    thinks: false,
    isBusyChanging: false,
    refusesNotes: false,
    refusal: null,
    cancel(call) {
      send(
        requestText({
          method: 'CANCEL',
          uri: `sip:${call.number}@${engineHost}`,
          via: call.via,
          from: call.local,
          fromTag: call.localTag,
          to: call.remote,
          callId: call.callId,
        }),
      )
    },
    dial(number, { headers = [], sdp: own = sdp, fromTag } = {}) {
      serial++
      const call: ScriptedCall = {
        callId: `dialled-${user}-${serial}`,
        localTag: fromTag ?? `${user}${serial}`,
        remoteTag: '',
        local: `<sip:${user}@${host}>`,
        remote: `<sip:${encodeURIComponent(number)}@${engineHost}>`,
        number: encodeURIComponent(number),
        via: `SIP/2.0/UDP ${host}:5060;branch=z9hG4bK-${user}-${serial};rport`,
        lateOffer: own === '',
        sequence: 1,
        settled: false,
        ended: null,
      }
      calls.push(call)
      send(
        requestText({
          method: 'INVITE',
          uri: `sip:${call.number}@${engineHost}`,
          via: call.via,
          from: call.local,
          fromTag: call.localTag,
          to: call.remote,
          callId: call.callId,
          headers: [contact, ...phone.marks, ...headers],
          ...(own === '' ? {} : { body: own }),
        }),
      )
      return call
    },
    hold: call => request(call, 'INVITE', { body: heldSdp }),
    reinvite(call, body) {
      if (body !== '') said = body
      request(call, 'INVITE', body === '' ? {} : { body })
    },
    standBy(body) {
      said = body
    },
    giveUp: call => request(call, 'CANCEL', { via: changes.get(call.callId) ?? '' }),
    hangup(call) {
      call.ended ??= 'self'
      request(call, 'BYE')
    },
    refer: (call, referTo, headers = [`Refer-To: ${referTo}`]) => request(call, 'REFER', { headers }),
    ask: (call, method, headers = [], body = undefined) =>
      request(call, method, { headers, ...(body === undefined ? {} : { body }) }),
    // The tags are from the engine's point of view: its own first (RFC 3891 §3).
    dialogOf: ({ callId, localTag, remoteTag }, more = '') =>
      `${callId};to-tag=${remoteTag};from-tag=${localTag}${more}`,
    replaces: (call, more) => `<sip:${engineHost}?Replaces=${encodeURIComponent(phone.dialogOf(call, more))}>`,
    playEarly: (headers = [], own = sdp) => void respond(183, { headers: [contact, ...headers], body: own }),
    pickUp: (own = sdp) => void respond(200, { headers: [contact], ...(own === '' ? {} : { body: own }) }),
    refuse(status, headers = []) {
      respond(status, { headers }).ended = 'self'
    },
  }
  /** Answers the INVITE of the latest call that rings. */
  function respond(
    status: number,
    more: { readonly headers?: readonly string[]; readonly body?: string },
  ): ScriptedCall {
    const call = calls.findLast(({ callId, ended }) => ended === null && ringing.has(callId))
    const invite = ringing.get(call?.callId ?? '')
    if (call === undefined || invite === undefined) throw new Error(`nothing rings at ${user}`)
    if (status >= 200) ringing.delete(call.callId)
    reply(invite, status, { toTag: call.localTag, ...more })
    return call
  }

  return phone
}
