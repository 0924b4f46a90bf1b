/** Our registrations at carriers: one per trunk that asks for it, begun, kept and ended as the center says. */
import type { EventData } from '../events.ts'
import type { Flow } from '../sip/index.ts'
import type { TrunkLine, TrunkLines, TrunkLinesOptions } from './trunk-lines.ts'
import type { RegistrationState } from './trunk-registration.ts'
import { TrunkRegistration } from './trunk-registration.ts'

export interface TrunkRegistrationsOptions extends TrunkLinesOptions {
  readonly lines: TrunkLines
  onEvent<T extends 'trunk.registered' | 'trunk.unregistered'>(type: T, data: EventData<T>): void
}

export interface RegisteredTrunk extends RegistrationState {
  readonly trunkId: string
}

interface Kept {
  /** What it was made of: another one is begun when that changes. */
  readonly sign: string
  readonly binding: string
  readonly registration: TrunkRegistration
}

export class TrunkRegistrations {
  readonly #options: TrunkRegistrationsOptions
  readonly #kept = new Map<string, Kept>()

  constructor(options: TrunkRegistrationsOptions) {
    this.#options = options
  }

  /** Brings what is registered in line with the trunks in force. */
  configure(): void {
    const wanted = new Map(this.#options.lines.all.map(line => [line.trunk.id, line]))
    for (const [trunkId, { sign, binding, registration }] of [...this.#kept]) {
      const line = wanted.get(trunkId)
      if (line !== undefined && signOf(line) === sign) continue
      this.#kept.delete(trunkId)
      // Which of the two the registrar hears last is the network's to say.
      if (line !== undefined && bindingOf(line) === binding) registration.leave()
      else registration.stop()
    }
    for (const [trunkId, line] of wanted) if (!this.#kept.has(trunkId)) this.#begin(trunkId, line)
  }

  /** What was registered over it has to be so anew. */
  flowClosed(flow: Flow): void {
    for (const { registration } of this.#kept.values()) registration.flowClosed(flow)
  }

  get states(): readonly RegisteredTrunk[] {
    return [...this.#kept].map(([trunkId, { registration }]) => ({ trunkId, ...registration.state }))
  }

  stop(): void {
    for (const { registration } of this.#kept.values()) registration.stop()
    this.#kept.clear()
  }

  #begin(trunkId: string, line: TrunkLine): void {
    const { lines, userAgent, logger, onEvent } = this.#options
    const { register } = line.trunk
    if (register === null) return
    const registration = new TrunkRegistration({
      userAgent,
      line,
      register,
      digest: lines.digestOf(line),
      failoverMs: lines.failoverMs,
      onChange({ registered, reason, sipCode }, expiresSec) {
        if (registered) {
          logger.info({ trunkId, expiresSec }, 'registered at a trunk')
          onEvent('trunk.registered', { trunkId, expiresSec })
        } else {
          logger.warn({ trunkId, reason, sipCode }, 'not registered at a trunk')
          onEvent('trunk.unregistered', { trunkId, reason: reason ?? 'stopped', sipCode })
        }
      },
    })
    this.#kept.set(trunkId, { sign: signOf(line), binding: bindingOf(line), registration })
    registration.start()
  }
}

function signOf({ trunk, password }: TrunkLine): string {
  const { host, proxy, transport, username, realm, register } = trunk
  return JSON.stringify([host, proxy, transport, username, realm, register, password])
}

/** The address of record and our contact: the next registration of the same two renews the last one's (RFC 3261 §10.3). */
function bindingOf({ trunk: { host, transport, username, register } }: TrunkLine): string {
  return JSON.stringify([host, transport, username, register === null ? null : (register.user ?? username)])
}
