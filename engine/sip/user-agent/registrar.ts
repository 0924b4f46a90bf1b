/** The registrar (RFC 3261 §10.3): which devices each address-of-record can be reached at, and for how long. */
import type { Clock, TimerHandle } from '../../ports/clock.ts'
import { parseInteger } from '../message/headers.ts'
import type { SipRequest } from '../message/message.ts'
import { type NameAddress, parseNameAddress } from '../message/name-address.ts'
import { type SipUri, sameUri } from '../message/uri.ts'
import type { Flow } from '../transport/flow.ts'

export interface Binding {
  readonly contact: string
  readonly uri: SipUri
  /** Requests to the device go over this flow (DESIGN §7, NAT). */
  readonly flow: Flow
  readonly callId: string
  readonly sequence: number
  readonly expiresAt: number
  readonly userAgent: string
  /** Which device it is, whatever its address (RFC 5626 §4.1); '' if it doesn't say. */
  readonly instance: string
  /** Which way of which device it is (RFC 5626 §4.2); '' if the device doesn't say. */
  readonly outbound: string
  /** Proxies on the way to the device, nearest first (RFC 3327): Route values. The flow then leads to the first, not to the device. */
  readonly path: readonly string[]
}

export interface RegistrarOptions {
  readonly clock: Clock
  /** The bindings of a user changed, by REGISTER, expiry or the end of a connection. Newest first. */
  onChange(username: string, bindings: readonly Binding[]): void
}

export type RegisterResult =
  | { readonly status: 200; readonly bindings: readonly Binding[] }
  | { readonly status: 400 | 403 | 423 | 500 }

const defaultExpiresSec = 3600
const maxExpiresSec = 7200
const minExpiresSec = 30
/** Devices of one user; a hot-desking agent has two or three. */
const maxBindings = 10

export const minExpires = minExpiresSec

interface Held {
  binding: Binding
  timer: TimerHandle
}

export class Registrar {
  readonly #options: RegistrarOptions
  readonly #users = new Map<string, Held[]>()
  /** Flow key → who is registered over it, the latest last: one phone may hold several lines. */
  readonly #owners = new Map<string, string[]>()
  /** Who is registered through a proxy: by its address, and by address and contact. */
  readonly #proxies = new Map<string, Map<string, string>>()

  constructor(options: RegistrarOptions) {
    this.#options = options
  }

  get size(): number {
    let size = 0
    for (const held of this.#users.values()) size += held.length
    return size
  }

  /** Newest first. */
  bindings(username: string): readonly Binding[] {
    return (this.#users.get(username) ?? []).map(({ binding }) => binding)
  }

  /** The user whose device registered last over this flow; null if none is. */
  ownerOf(flow: Flow): string | null {
    return this.#owners.get(flow.key)?.at(-1) ?? null
  }

  /** The user who has registered this contact through the proxy at the other end of a flow; null if nobody has. */
  ownerBehind({ remote }: Flow, contact: SipUri): string | null {
    return this.#proxies.get(remote.host)?.get(contactKey(contact)) ?? null
  }

  /** True if somebody is registered through the proxy at the other end of a flow. */
  isProxy({ remote }: Flow): boolean {
    return this.#proxies.has(remote.host)
  }

  /** Carries out a REGISTER of an authenticated user (§10.3 steps 6 to 8): all of it or nothing. */
  register(username: string, request: SipRequest, flow: Flow): RegisterResult {
    const { headers } = request
    const sequence = headers.cseq?.number ?? 0
    const values = headers.list('contact')
    const headerExpires = headers.integer('expires')
    const held = this.#users.get(username) ?? []

    if (values.includes('*')) {
      if (values.length !== 1 || headerExpires !== 0) return { status: 400 }
      if (held.some(({ binding }) => outdates(binding, headers.callId, sequence))) return { status: 500 }
      this.#replace(username, [])
      return { status: 200, bindings: [] }
    }

    let next = [...held]
    for (const value of values) {
      const contact = parseNameAddress(value)
      if (contact === null || (contact.uri.scheme !== 'sip' && contact.uri.scheme !== 'sips')) return { status: 400 }
      const asked = expiresOf(contact, headerExpires)
      if (asked > 0 && asked < minExpiresSec) return { status: 423 }
      const outbound = outboundOf(contact)
      const replaced = next.filter(({ binding }) =>
        outbound !== '' && binding.outbound !== '' ? binding.outbound === outbound : sameUri(binding.uri, contact.uri),
      )
      if (replaced.some(({ binding }) => outdates(binding, headers.callId, sequence))) return { status: 500 }
      next = next.filter(item => !replaced.includes(item))
      if (asked === 0) continue
      if (next.length >= maxBindings) return { status: 403 }
      const expiresAt = this.#options.clock.now() + Math.min(asked, maxExpiresSec) * 1000
      const binding: Binding = {
        contact: contact.uriText,
        uri: contact.uri,
        flow,
        callId: headers.callId,
        sequence,
        expiresAt,
        userAgent: headers.get('user-agent') ?? '',
        instance: contact.params.get('+sip.instance') ?? '',
        outbound,
        path: headers.list('path'),
      }
      next.unshift({ binding, timer: null })
    }
    if (values.length > 0) this.#replace(username, next)
    return { status: 200, bindings: this.bindings(username) }
  }

  /** Forgets what is registered over a connection that ended. */
  flowClosed(flow: Flow): void {
    for (const username of [...(this.#owners.get(flow.key) ?? [])]) {
      const held = this.#users.get(username) ?? []
      this.#replace(
        username,
        held.filter(({ binding }) => binding.flow.key !== flow.key),
      )
    }
  }

  remove(username: string, binding: Binding): void {
    const held = this.#users.get(username) ?? []
    this.#replace(
      username,
      held.filter(item => item.binding !== binding),
    )
  }

  /** Seconds until a binding expires, at least 0. */
  remainingSec(binding: Binding): number {
    return Math.max(0, Math.round((binding.expiresAt - this.#options.clock.now()) / 1000))
  }

  stop(): void {
    for (const held of this.#users.values()) for (const { timer } of held) this.#options.clock.clearTimeout(timer)
    this.#users.clear()
    this.#owners.clear()
    this.#proxies.clear()
  }

  #replace(username: string, next: readonly Held[]): void {
    const { clock } = this.#options
    const before = this.#users.get(username) ?? []
    for (const item of before) if (!next.includes(item)) clock.clearTimeout(item.timer)
    for (const item of next) {
      if (before.includes(item)) continue
      item.timer = clock.setTimeout(() => this.remove(username, item.binding), item.binding.expiresAt - clock.now())
    }
    for (const { binding } of before) {
      this.#disown(binding.flow.key, username)
      this.#forgetBehind(binding, username)
    }
    for (const { binding } of next) {
      // Behind a proxy many share its flow: what comes over it says nothing of who sent it.
      if (binding.path.length > 0) {
        this.#noteBehind(binding, username)
        continue
      }
      const owners = this.#owners.get(binding.flow.key)
      if (owners === undefined) this.#owners.set(binding.flow.key, [username])
      else if (!owners.includes(username)) owners.push(username)
    }
    if (next.length === 0) this.#users.delete(username)
    else this.#users.set(username, [...next])
    this.#options.onChange(
      username,
      next.map(({ binding }) => binding),
    )
  }

  #noteBehind({ flow, uri }: Binding, username: string): void {
    const { host } = flow.remote
    const contacts = this.#proxies.get(host) ?? new Map<string, string>()
    this.#proxies.set(host, contacts.set(contactKey(uri), username))
  }

  #forgetBehind({ flow, uri, path }: Binding, username: string): void {
    const contacts = path.length === 0 ? undefined : this.#proxies.get(flow.remote.host)
    if (contacts?.get(contactKey(uri)) !== username) return
    contacts.delete(contactKey(uri))
    if (contacts.size === 0) this.#proxies.delete(flow.remote.host)
  }

  #disown(flowKey: string, username: string): void {
    const owners = this.#owners.get(flowKey)?.filter(owner => owner !== username) ?? []
    if (owners.length === 0) this.#owners.delete(flowKey)
    else this.#owners.set(flowKey, owners)
  }
}

function contactKey({ user, host, port }: SipUri): string {
  return `${user ?? ''}@${host}:${port}`
}

/** §10.3 step 7: a request with the same Call-ID must have a higher CSeq. */
function outdates(binding: Binding, callId: string, sequence: number): boolean {
  return binding.callId === callId && sequence <= binding.sequence
}

/**
 * A device that comes back over another connection says which one it replaces (RFC 5626 §6): by instance and reg-id. One that
 * has several ways at a time may name the same address for all of them.
 */
function outboundOf({ params }: NameAddress): string {
  const instance = params.get('+sip.instance')
  const regId = params.get('reg-id')
  return instance === undefined || regId === undefined ? '' : `${instance}|${regId}`
}

function expiresOf(contact: NameAddress, headerExpires: number | null): number {
  const own = contact.params.get('expires')
  return (own === undefined ? null : parseInteger(own)) ?? headerExpires ?? defaultExpiresSec
}
