/** A dialog (RFC 3261 §12): identifiers, sequence numbers, route set and remote target. It makes requests, it sends none. */
import { createRequest, type SipRequest, type SipResponse, withTag } from '../message/message.ts'
import { parseNameAddress } from '../message/name-address.ts'

/** JSON: what a checkpoint needs to go on with a dialog in another process. */
export interface DialogState {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  /** From and To values with their tags, from our point of view. */
  readonly local: string
  readonly remote: string
  readonly localSequence: number
  /** -1: the peer has sent no request yet. */
  readonly remoteSequence: number
  readonly routeSet: readonly string[]
  readonly remoteTarget: string
  /** Our INVITE made the dialog, so the Call-ID is ours. */
  readonly initiator: boolean
}

export class Dialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly initiator: boolean
  /** Finds the dialog of a request of the peer. */
  readonly key: string
  readonly #local: string
  readonly #remote: string
  /** Frozen when the dialog is confirmed (§12.1); only the target can be refreshed. */
  #routeSet: readonly string[]
  #localSequence: number
  #remoteSequence: number
  #remoteTarget: string

  constructor(state: DialogState) {
    this.callId = state.callId
    this.localTag = state.localTag
    this.remoteTag = state.remoteTag
    this.initiator = state.initiator
    this.key = dialogKey(state.callId, state.localTag, state.remoteTag)
    this.#local = state.local
    this.#remote = state.remote
    this.#localSequence = state.localSequence
    this.#remoteSequence = state.remoteSequence
    this.#routeSet = state.routeSet
    this.#remoteTarget = state.remoteTarget
  }

  /** §12.1.1: we answered `request` with a To tag of `localTag`. */
  static ofServer(request: SipRequest, localTag: string): Dialog {
    const { headers } = request
    return new Dialog({
      callId: headers.callId,
      localTag,
      remoteTag: headers.fromTag,
      local: withTag(headers.get('to') ?? '', localTag),
      remote: headers.get('from') ?? '',
      localSequence: 0,
      remoteSequence: headers.cseq?.number ?? 0,
      routeSet: headers.list('record-route'),
      remoteTarget: headers.contact?.uriText ?? headers.from?.uriText ?? '',
      initiator: false,
    })
  }

  /** §12.1.2: `response` answered our `request`. */
  static ofClient(request: SipRequest, response: SipResponse): Dialog {
    return new Dialog({
      callId: request.headers.callId,
      localTag: request.headers.fromTag,
      remoteTag: response.headers.toTag,
      local: request.headers.get('from') ?? '',
      remote: response.headers.get('to') ?? '',
      localSequence: request.headers.cseq?.number ?? 1,
      remoteSequence: -1,
      routeSet: response.headers.list('record-route').reverse(),
      remoteTarget: response.headers.contact?.uriText ?? request.uri,
      initiator: true,
    })
  }

  get state(): DialogState {
    return {
      callId: this.callId,
      localTag: this.localTag,
      remoteTag: this.remoteTag,
      local: this.#local,
      remote: this.#remote,
      localSequence: this.#localSequence,
      remoteSequence: this.#remoteSequence,
      routeSet: this.#routeSet,
      remoteTarget: this.#remoteTarget,
      initiator: this.initiator,
    }
  }

  /** The URI that decides where a request goes next: the first route, or the target (§12.2.1.1). */
  get nextHop(): string {
    const first = this.#routeSet[0]
    return first === undefined ? this.#remoteTarget : (parseNameAddress(first)?.uriText ?? this.#remoteTarget)
  }

  /** A new in-dialog request (§12.2.1.1), without Via and Contact. */
  createRequest(method: string): SipRequest {
    this.#localSequence++
    return this.#request(method, this.#localSequence)
  }

  /** The ACK to a 2xx: the sequence number of its INVITE, but a transaction of its own (§13.2.2.4). */
  createAck(inviteSequence: number): SipRequest {
    return this.#request('ACK', inviteSequence)
  }

  /** §12.2.2: false if the request is older than one that we have seen; it deserves a 500. */
  accept(request: SipRequest): boolean {
    const number = request.headers.cseq?.number ?? 0
    if (number < this.#remoteSequence) return false
    this.#remoteSequence = number
    return true
  }

  /** §13.2.2.4: the 2xx to our INVITE has the last word on the route set of an early dialog, and on its target. */
  confirm(response: SipResponse): void {
    this.#routeSet = response.headers.list('record-route').reverse()
    this.refreshTarget(response)
  }

  /** §12.2.2: a target refresh request or its 2xx carries the peer's new Contact. */
  refreshTarget(message: SipRequest | SipResponse): void {
    const contact = message.headers.contact
    if (contact !== null) this.#remoteTarget = contact.uriText
  }

  #request(method: string, sequence: number): SipRequest {
    const [first, ...others] = this.#routeSet
    const strict = first !== undefined && parseNameAddress(first)?.uri.params.has('lr') === false
    const request = createRequest(
      method,
      strict ? (parseNameAddress(first)?.uriText ?? this.#remoteTarget) : this.#remoteTarget,
    )
    const { headers } = request
    // A strict router takes its own URI from the Request-URI and finds the target last in Route (§12.2.1.1).
    const routes = strict ? [...others, `<${this.#remoteTarget}>`] : this.#routeSet
    for (const route of routes) headers.append('route', route)
    headers
      .append('max-forwards', '70')
      .append('from', this.#local)
      .append('to', this.#remote)
      .append('call-id', this.callId)
      .append('cseq', `${sequence} ${method}`)
    return request
  }
}

export function dialogKey(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}|${localTag}|${remoteTag}`
}
