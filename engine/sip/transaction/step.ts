/**
 * What the four transaction machines of RFC 3261 §17 (with RFC 6026) share: their timers, and the effects that they ask
 * their runner for. A machine is a pure function from a state and an input to the next state and effects.
 */

/** RFC 3261 §17.1.1.1, §17.1.2.2: estimate of the round trip, longest retransmission interval, life of a message in the net. */
export const t1Ms = 500
export const t2Ms = 4_000
export const t4Ms = 5_000
export const transactionTimeoutMs = 64 * t1Ms

/** A 100 goes out at 200 ms at the latest, and only if nothing else has by then (§17.2.1). */
export const tryingAfterMs = 150

export type TransactionTimer = 'trying' | 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M'

export type TransactionEffect =
  /** Send our request, or our last response, again or for the first time. */
  | { readonly do: 'send' }
  /** Send the ACK to a final response that isn't 2xx. */
  | { readonly do: 'ack' }
  | { readonly do: 'arm'; readonly timer: TransactionTimer; readonly delayMs: number }
  | { readonly do: 'disarm'; readonly timer: TransactionTimer }
  /** Hand the message at hand to the transaction user. */
  | { readonly do: 'deliver' }
  /** Tell the transaction user that nothing came in time. */
  | { readonly do: 'timeout' }
  | { readonly do: 'transportFailed' }
  | { readonly do: 'terminate' }

export interface TransactionStep<State> {
  readonly state: State
  /** In the order in which they are to be carried out: the transaction user hears of things when all else is done. */
  readonly effects: readonly TransactionEffect[]
}

export type ClientInput =
  | { readonly kind: 'start' }
  /** A CANCEL for this INVITE went out. */
  | { readonly kind: 'canceled' }
  | { readonly kind: 'response'; readonly status: number }
  | { readonly kind: 'timer'; readonly timer: TransactionTimer }
  | { readonly kind: 'transportError' }

export type ServerInput =
  | { readonly kind: 'retransmission' }
  | { readonly kind: 'ack' }
  | { readonly kind: 'respond'; readonly status: number }
  | { readonly kind: 'timer'; readonly timer: TransactionTimer }
  | { readonly kind: 'transportError' }

export const send: TransactionEffect = { do: 'send' }
export const ack: TransactionEffect = { do: 'ack' }
export const deliver: TransactionEffect = { do: 'deliver' }
export const timeout: TransactionEffect = { do: 'timeout' }
export const transportFailed: TransactionEffect = { do: 'transportFailed' }
export const terminate: TransactionEffect = { do: 'terminate' }
export const noEffects: readonly TransactionEffect[] = []

export function arm(timer: TransactionTimer, delayMs: number): TransactionEffect {
  return { do: 'arm', timer, delayMs }
}

export function disarm(timer: TransactionTimer): TransactionEffect {
  return { do: 'disarm', timer }
}
