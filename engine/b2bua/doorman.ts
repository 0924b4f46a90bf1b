/**
 * Stands at the door: knows who may always come in, keeps strangers from costing more than they are worth, sends new calls
 * away when there are too many, and says when he does (SIP.md §2 rows 6 and 13 to 15; DESIGN §7, "Bans").
 */
import type { DoorCounters } from '../api.ts'
import type { CenterConfig } from '../config.ts'
import type { EventData } from '../events.ts'
import type { LoadProbe } from '../ports/load.ts'
import {
  type DoorVerdict,
  type Flow,
  isScanner,
  OverloadControl,
  type RequestDoor,
  type Shedding,
  type SipRequest,
  SourceGuard,
  type Standing,
  type UserAgent,
} from '../sip/index.ts'

/** What is told of the defence, each with its own subject. */
export type SecurityEventType =
  | 'security.pin_locked'
  | 'security.source_banned'
  | 'security.overload_started'
  | 'security.overload_ended'

export interface DoormanOptions {
  readonly userAgent: UserAgent
  readonly load: LoadProbe
  /** `phone`: a fixed contact, or the flow of a live registration. */
  standingOf(flow: Flow): Standing
  activeCalls(): number
  onSecurity<T extends SecurityEventType>(type: T, data: EventData<T>): void
}

/** Bans told in a minute; past that they are only counted, or an attacker would fill the journal. */
const maxToldPerMin = 30

export class Doorman implements RequestDoor {
  readonly #options: DoormanOptions
  readonly #guard: SourceGuard
  readonly #overload: OverloadControl
  #ignoreScanners = false
  #toldSince = 0
  #told = 0

  constructor(options: DoormanOptions) {
    this.#options = options
    const { clock, random, network } = options.userAgent.options
    this.#guard = new SourceGuard(clock, ({ source, failures, untilMs }) => {
      options.userAgent.closeConnections(flow => this.isBanned(flow))
      if (!this.#mayTell(clock.now())) return
      options.onSecurity('security.source_banned', { source, failures, until: new Date(untilMs).toISOString() })
    })
    this.#overload = new OverloadControl({
      clock,
      random,
      probe: options.load,
      waitedMs: () => network.waitedMs?.() ?? 0,
      activeCalls: () => options.activeCalls(),
      halfOpen: () => options.userAgent.halfOpen,
      onStarted: reason =>
        options.onSecurity('security.overload_started', { reason, callsActive: options.activeCalls() }),
      onEnded: (durationMs, refused) =>
        options.onSecurity('security.overload_ended', { durationMs, callsRefused: refused }),
    })
  }

  configure({ defence, overload }: CenterConfig['sip']): void {
    this.#guard.configure(defence)
    this.#overload.configure(overload)
    this.#ignoreScanners = defence.ignoreScanners
  }

  get counters(): DoorCounters {
    const { failures, throttled, unanswered, bans } = this.#guard.counters
    return {
      authFailures: failures,
      authThrottled: throttled,
      strangersUnanswered: unanswered,
      sourcesBanned: bans,
      sourcesBannedNow: this.#guard.banned,
      callsShed: this.#overload.refused,
      overloaded: this.#overload.overloaded,
    }
  }

  admit(request: SipRequest, flow: Flow): DoorVerdict {
    if (this.isStranger(flow) && this.#turnsAway(request, flow)) {
      this.#guard.counters.unanswered++
      return 'drop'
    }
    // Only what begins a call is sent away: a REGISTER keeps a phone reachable, and the rest is answered at once.
    if (request.method !== 'INVITE' || request.headers.toTag !== '') return 'take'
    // A stranger's is no call yet, only a challenge, which has bounds of its own: he must not use up the places of callers.
    return this.isStranger(flow) ? 'take' : (this.#overload.ask() ?? 'take')
  }

  /** Asked for the call of a stranger who has shown who he is. Null: it may come. */
  admitProven(): Shedding | null {
    return this.#overload.ask()
  }

  isStranger(flow: Flow): boolean {
    return this.#options.standingOf(flow) === 'stranger'
  }

  isBanned(flow: Flow): boolean {
    return this.isStranger(flow) && this.#guard.isBanned(flow)
  }

  takeAnswer(flow: Flow): boolean {
    const taken = this.#guard.takeAnswer(flow)
    if (!taken) this.#guard.counters.unanswered++
    return taken
  }

  /** Whether credentials are looked at. */
  mayTry(flow: Flow, username: string, proven: boolean): boolean {
    // Over a connection nobody speaks from an address that is not his.
    return this.#guard.mayTry(flow, username, this.#options.standingOf(flow), proven || flow.reliable)
  }

  /** Credentials were wrong. */
  failed(flow: Flow, username: string, proven: boolean): void {
    this.#guard.failed(flow, username, this.#options.standingOf(flow), proven || flow.reliable)
  }

  stop(): void {
    this.#overload.stop()
  }

  #turnsAway(request: SipRequest, flow: Flow): boolean {
    if (this.#guard.isBanned(flow)) return true
    if (this.#ignoreScanners && isScanner(request.headers.get('user-agent'))) return true
    // Credentials have a limit of their own: a flood in his name must not shut out a phone that has something to show.
    const shows = (request.method === 'REGISTER' || request.method === 'INVITE') && request.headers.has('authorization')
    return !shows && !this.#guard.mayAnswer(flow)
  }

  #mayTell(now: number): boolean {
    if (now - this.#toldSince >= 60_000) {
      this.#toldSince = now
      this.#told = 0
    }
    this.#told++
    return this.#told <= maxToldPerMin
  }
}
