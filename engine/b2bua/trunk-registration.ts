/**
 * Our own registration at a carrier (RFC 3261 §10.2): kept alive, and tried again with growing patience when it fails, or when
 * the connection that it went by is gone (RFC 5626 §4.5). One Call-ID and a rising CSeq for all of its life (§10.2.4).
 */
import type { TrunkConfig } from '../config.ts'
import type { TimerHandle } from '../ports/clock.ts'
import {
  createRequest,
  type DigestClient,
  encodeUser,
  type Flow,
  hostPort,
  parseNameAddress,
  type SipRequest,
  type SipResponse,
  type Target,
  type UserAgent,
} from '../sip/index.ts'
import { FlowKeeper } from './flow-keeper.ts'
import type { TrunkLine } from './trunk-lines.ts'

export interface RegistrationState {
  readonly registered: boolean
  /** Since when, in milliseconds since the epoch. */
  readonly sinceMs: number
  /** Why not; null while registered, and before the first try has ended. */
  readonly reason: string | null
  readonly sipCode: number | null
}

export interface TrunkRegistrationOptions {
  readonly userAgent: UserAgent
  readonly line: TrunkLine
  readonly register: NonNullable<TrunkConfig['register']>
  readonly digest: DigestClient | null
  readonly failoverMs: number
  /** On the edge: registered, or not any more. The first failure is one, too. */
  onChange(state: RegistrationState, expiresSec: number): void
}

/**
 * Waits between tries: doubling from the first to the last, each drawn between half of it and the whole, as in RFC 5626 §4.5,
 * which begins with 30 s: that is for devices by the thousand, a center is one and gets no calls meanwhile.
 */
const firstWaitMs = 2_000
const longestWaitMs = 300_000
/** Challenges and corrections in one go; a registrar that wants more than that is broken. */
const maxRounds = 4

export class TrunkRegistration {
  readonly #options: TrunkRegistrationOptions
  readonly #callId: string
  readonly #fromTag: string
  readonly #keeper: FlowKeeper
  #sequence = 0
  #expiresSec: number
  /** For the next try; null: one is under way. */
  #timer: TimerHandle | null = null
  #silence: TimerHandle | null = null
  #failures = 0
  #flow: Flow | null = null
  /** Our contact as the registrar took it last; null: it has none, or its end is waited for. */
  #bound: string | null = null
  #stopped = false
  /** Counts tries, so that a late answer to an old one is known. */
  #turn = 0
  #state: RegistrationState

  constructor(options: TrunkRegistrationOptions) {
    const { ids, clock, random } = options.userAgent.options
    this.#options = options
    this.#keeper = new FlowKeeper({ clock, random, onHeld: () => this.#onHeld() })
    this.#callId = ids.token()
    this.#fromTag = ids.token()
    this.#expiresSec = options.register.expiresSec
    this.#state = { registered: false, sinceMs: clock.now(), reason: null, sipCode: null }
  }

  get state(): RegistrationState {
    return this.#state
  }

  start(): void {
    this.#begin(this.#expiresSec)
  }

  /** Takes our contact away again, without waiting for the answer. */
  stop(): void {
    const flow = this.#stopped || !this.#state.registered ? null : this.#flow
    this.leave()
    if (flow === null) return
    const request = this.#request(flow, 0)
    const deregister = (again: SipRequest) =>
      this.#options.userAgent.request(again, flow, {
        onResponse: response => {
          const next = this.#authorized(again, response, flow, 0)
          if (next !== null) deregister(next)
        },
        onTimeout: () => {},
        onTransportError: () => {},
      })
    deregister(request)
  }

  /** Leaves our contact where it is. */
  leave(): void {
    this.#stopped = true
    this.#disarm()
    this.#keeper.leave()
  }

  /** A try that is under way hears by itself of the end of its connection. */
  flowClosed(flow: Flow): void {
    if (flow === this.#flow && this.#timer !== null) this.#failed('connectionLost', null)
  }

  #begin(expiresSec: number): void {
    const { userAgent, line } = this.#options
    const turn = ++this.#turn
    const found = userAgent.location.locate(line.nextHop)
    const go = (targets: readonly Target[]) => {
      if (turn === this.#turn && !this.#stopped) this.#tryNext(turn, targets, 0, expiresSec)
    }
    if (found instanceof Promise) found.then(go, () => go([]))
    else go(found)
  }

  #tryNext(turn: number, targets: readonly Target[], index: number, expiresSec: number): void {
    const { userAgent, failoverMs } = this.#options
    const target = targets[index]
    if (target === undefined) {
      this.#failed(index === 0 ? 'unlocated' : 'noAnswer', null)
      return
    }
    const next = () => this.#tryNext(turn, targets, index + 1, expiresSec)
    const flow = userAgent.flowToTarget(target)
    if (flow === null) {
      next()
      return
    }
    const isLast = index + 1 >= targets.length
    let heard = false
    const left = () => {
      if (heard || turn !== this.#turn) return
      heard = true
      this.#quiet()
      userAgent.location.failed(target)
      next()
    }
    if (!isLast) this.#silence = userAgent.options.clock.setTimeout(left, failoverMs)
    this.#send(turn, this.#request(flow, expiresSec), flow, {
      onHeard: response => {
        if (heard) return false
        heard = true
        this.#quiet()
        if (response.status !== 503) {
          userAgent.location.answered(target)
          return true
        }
        const retryAfterMs = response.headers.retryAfterMs ?? 0
        userAgent.location.failed(target, retryAfterMs)
        if (isLast) this.#failed('refused', 503, retryAfterMs)
        else next()
        return false
      },
      onLeft: left,
      expiresSec,
      round: 0,
    })
  }

  #send(
    turn: number,
    request: SipRequest,
    flow: Flow,
    how: {
      readonly onHeard: (response: SipResponse) => boolean
      readonly onLeft: () => void
      readonly expiresSec: number
      readonly round: number
    },
  ): void {
    const sent = this.#options.userAgent.request(request, flow, {
      onResponse: response => {
        if (response.status < 200 || turn !== this.#turn || this.#stopped) return
        // Its connection may have been made anew meanwhile.
        if (how.onHeard(response)) this.#onAnswer(turn, request, response, sent.channel as Flow, how)
      },
      onTimeout: how.onLeft,
      onTransportError: how.onLeft,
    })
  }

  #onAnswer(
    turn: number,
    request: SipRequest,
    response: SipResponse,
    flow: Flow,
    how: { readonly expiresSec: number; readonly round: number },
  ): void {
    const { status, headers } = response
    if (status < 300) {
      this.#succeeded(request, response, flow, how.expiresSec)
      return
    }
    const again = (next: SipRequest, expiresSec: number) =>
      this.#send(turn, next, flow, {
        onHeard: () => true,
        onLeft: () => {
          if (turn === this.#turn) this.#failed('noAnswer', null)
        },
        expiresSec,
        round: how.round + 1,
      })
    if (how.round < maxRounds) {
      const authorized = this.#authorized(request, response, flow, how.expiresSec)
      if (authorized !== null) {
        again(authorized, how.expiresSec)
        return
      }
      // §10.2.8: the registrar wants longer ones.
      const least = status === 423 ? (headers.integer('min-expires') ?? 0) : 0
      if (least > how.expiresSec && least <= 86_400) {
        this.#expiresSec = least
        again(this.#request(flow, least), least)
        return
      }
    }
    // Not every registrar takes two contacts in one request.
    this.#bound = null
    const reason = status === 401 || status === 407 ? 'unauthorized' : status === 403 ? 'forbidden' : 'refused'
    this.#failed(reason, status, headers.retryAfterMs ?? 0)
  }

  /** The next try with credentials; null if there is none. */
  #authorized(request: SipRequest, response: SipResponse, flow: Flow, expiresSec: number): SipRequest | null {
    if (response.status !== 401 && response.status !== 407) return null
    const credentials = this.#options.digest?.answer(request, response) ?? null
    if (credentials === null) return null
    const next = this.#request(flow, expiresSec)
    // What was answered before goes along: a proxy and the registrar may both ask.
    for (const name of ['authorization', 'proxy-authorization'])
      if (name !== credentials[0]) for (const value of request.headers.fields(name)) next.headers.append(name, value)
    next.headers.append(...credentials)
    return next
  }

  #request(flow: Flow, expiresSec: number): SipRequest {
    const { line } = this.#options
    const user = encodeUser(line.trunk.username ?? '')
    const aor = `<sip:${user}@${line.host}>`
    const contact = this.#contactOn(flow)
    const request = createRequest('REGISTER', `sip:${line.host}`)
    if (line.route !== null) request.headers.append('route', line.route)
    request.headers
      .append('max-forwards', '70')
      .append('from', `${aor};tag=${this.#fromTag}`)
      .append('to', aor)
      .append('call-id', this.#callId)
      .append('cseq', `${++this.#sequence} REGISTER`)
      .append('contact', `${contact};expires=${expiresSec}`)
    // §10.2.2: who is known by his connection alone has another contact with each, and is not rung at the one before.
    if (this.#bound !== null && this.#bound !== contact) request.headers.append('contact', `${this.#bound};expires=0`)
    request.headers.append('expires', String(expiresSec))
    return request
  }

  #contactOn(flow: Flow): string {
    const { line, register } = this.#options
    const user = register.user ?? line.trunk.username ?? ''
    return this.#options.userAgent.contactOn(flow).replace('<sip:', `<sip:${encodeUser(user)}@`)
  }

  #succeeded(request: SipRequest, response: SipResponse, flow: Flow, askedSec: number): void {
    this.#flow = flow
    this.#bound = this.#contactOn(flow)
    this.#keeper.keep(flow)
    const grantedSec = grantedTo(request, response) ?? askedSec
    const { clock, random } = this.#options.userAgent.options
    // Well before it runs out, and not all trunks at once (§10.2.4).
    const refreshMs = Math.max(5, grantedSec * (0.7 + 0.2 * random.float()) - 5) * 1000
    this.#arm(refreshMs)
    if (this.#state.registered) return
    this.#state = { registered: true, sinceMs: clock.now(), reason: null, sipCode: null }
    this.#options.onChange(this.#state, grantedSec)
  }

  /** Not before: a peer that takes the registration and hangs up would be asked again and again without a pause. */
  #onHeld(): void {
    this.#failures = 0
  }

  #failed(reason: string, sipCode: number | null, retryAfterMs = 0): void {
    this.#quiet()
    this.#keeper.leave()
    this.#flow = null
    const { clock, random } = this.#options.userAgent.options
    const wholeMs = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 20)
    this.#arm(Math.max(retryAfterMs, wholeMs * (0.5 + 0.5 * random.float())))
    const before = this.#state
    if (!before.registered && before.reason === reason && before.sipCode === sipCode) return
    this.#state = { registered: false, sinceMs: before.registered ? clock.now() : before.sinceMs, reason, sipCode }
    if (before.registered || before.reason === null) this.#options.onChange(this.#state, 0)
  }

  #arm(delayMs: number): void {
    const { clock } = this.#options.userAgent.options
    this.#disarm()
    this.#timer = clock.setTimeout(() => {
      this.#timer = null
      this.#begin(this.#expiresSec)
    }, delayMs)
  }

  #quiet(): void {
    if (this.#silence !== null) this.#options.userAgent.options.clock.clearTimeout(this.#silence)
    this.#silence = null
  }

  #disarm(): void {
    this.#quiet()
    if (this.#timer !== null) this.#options.userAgent.options.clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}

/** How long our contact holds: a registrar lists those of others beside it (§10.2.4). Null: it doesn't say. */
function grantedTo(request: SipRequest, response: SipResponse): number | null {
  const ours = parseNameAddress(request.headers.get('contact') ?? '')?.uri
  for (const value of response.headers.list('contact')) {
    const contact = parseNameAddress(value)
    if (ours === undefined || contact === null) continue
    const { uri, params } = contact
    if (hostPort(uri.host, uri.port) !== hostPort(ours.host, ours.port) || uri.user !== ours.user) continue
    const seconds = Number(params.get('expires'))
    if (params.has('expires') && Number.isInteger(seconds) && seconds > 0) return seconds
  }
  const whole = response.headers.integer('expires')
  return whole !== null && whole > 0 ? whole : null
}
