/** What is told to those who keep the engine running. */
import Type from 'typebox'
import { Instant, Millis, Nullable } from './shapes.ts'

export const operationsEvents = {
  /**
   * A process was killed while its store was out of reach, or might have been: the cursors from `first` to `last` stand
   * for nothing. What was told under them as `durable: false` is lost, and none of them is ever given out again.
   */
  'journal.skipped': Type.Object({ first: Type.String(), last: Type.String(), reason: Type.Enum(['killed']) }),
  /** Too many wrong PINs were pressed at a phone, or for an agent from many: it takes none, or his is not looked at. */
  'security.pin_locked': Type.Object({
    what: Type.Enum(['phone', 'agent']),
    id: Type.String(),
    failures: Type.Integer(),
    until: Instant,
  }),
  /** Too many wrong passwords came from an address, or for IPv6 a network: it gets no answer for a time. */
  'security.source_banned': Type.Object({ source: Type.String(), failures: Type.Integer(), until: Instant }),
  /** New calls are sent away with 503 from now on: there are too many of them, or too much to do. */
  'security.overload_started': Type.Object({
    reason: Type.Enum(['calls', 'halfOpen', 'load'], {
      description: 'which bound was reached: sip.overload.maxCalls, maxHalfOpen, or the load of the signalling thread',
    }),
    callsActive: Type.Integer(),
  }),
  /**
   * Calls to outside numbers are refused for a bound of `outboundLimits`: from the first refusal on, or from the moment when
   * calls that run have used up the minutes: then these end, with the cause `outboundLimited`. Told again only after a minute in
   * which none was refused.
   */
  'security.outbound_limited': Type.Object({
    limit: Type.Enum(['rate', 'concurrency', 'numbers', 'minutes']),
    number: Type.String({
      description: 'The first that was refused; before any was, the last one that was let through',
    }),
  }),
  /** We are registered at the trunk, after not having been. */
  'trunk.registered': Type.Object({ trunkId: Type.String(), expiresSec: Type.Integer() }),
  /** We are not registered at the trunk any more, or the first try failed. It is tried again. */
  'trunk.unregistered': Type.Object({
    trunkId: Type.String(),
    reason: Type.String(),
    sipCode: Nullable(Type.Integer()),
  }),
  /** New calls are taken again. */
  'security.overload_ended': Type.Object({ durationMs: Millis, callsRefused: Type.Integer() }),
} as const
