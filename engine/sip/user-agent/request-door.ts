/** Who gets in and who gets an answer: what the user agent asks before it serves anybody, and what strangers may be sent. */
import type { SipRequest, SipResponse } from '../message/message.ts'
import { serialize } from '../message/message.ts'
import type { Flow } from '../transport/flow.ts'

/** `take` it, `drop` it without a word, or send it away with 503. */
export type DoorVerdict = 'take' | 'drop' | { readonly retryAfterSec: number }

export interface RequestDoor {
  /** Asked for each request that begins something: neither a transaction nor a dialog knows it. Nothing is kept for it yet. */
  admit(request: SipRequest, flow: Flow): DoorVerdict
  /** Nothing speaks for him: neither his address nor a registration. */
  isStranger(flow: Flow): boolean
  /** Counts an answer to a stranger. False: he gets none. */
  takeAnswer(flow: Flow): boolean
}

/** An answer to an address that nobody has proven, against what came from there (SIP.md §2 row 15). */
const longestRatio = 3
/** What every answer has to add: our tag, and where the request came from. */
const unavoidableBytes = 128
/** Nice to know, but not for everybody at our expense. */
const ornaments = ['server', 'accept-encoding', 'accept-language']
/** A challenge and our options may be longer than what they answer. */
const maybeLonger: ReadonlySet<number> = new Set([200, 401, 407])

/** What may be sent to a stranger over UDP in answer to `received` bytes: as short as need be. Null: nothing. */
export function shortAnswer(response: SipResponse, received: number): string | null {
  const { headers, status } = response
  for (const name of ornaments) headers.remove(name)
  const longest = maybeLonger.has(status) ? longestRatio * received : received + unavoidableBytes
  const whole = serialize(response)
  if (Buffer.byteLength(whole) <= longest) return whole
  const challenges = headers.fields('www-authenticate')
  if (challenges.length < 2) return null
  // The preferred one alone is a challenge, too.
  headers.set('www-authenticate', challenges[0] ?? '')
  const short = serialize(response)
  return Buffer.byteLength(short) <= longest ? short : null
}

/** The text that goes out, if any, by the door's leave. */
export function answerFor(
  door: RequestDoor | undefined,
  response: SipResponse,
  flow: Flow,
  received: number,
): string | null {
  if (door === undefined || !door.isStranger(flow)) return serialize(response)
  if (!door.takeAnswer(flow)) return null
  return flow.reliable ? serialize(response) : shortAnswer(response, received)
}
