/** Who gets in and who gets an answer: what the user agent asks before it serves anybody, and what strangers may be sent. */
import type { Shedding } from '../defence/overload-control.ts'
import type { SipRequest, SipResponse } from '../message/message.ts'
import { serialize } from '../message/message.ts'
import { askForLess } from '../message/via.ts'
import type { Flow } from '../transport/flow.ts'

/** `take` it, `drop` it without a word, or send one whom we know away with 503 (RFC 7339 §12: a stranger would learn how we are). */
export type DoorVerdict = 'take' | 'drop' | Shedding

export interface RequestDoor {
  /** Asked for each request that begins something: neither a transaction nor a dialog knows it. Nothing is kept for it yet. */
  admit(request: SipRequest, flow: Flow): DoorVerdict
  /** Nothing speaks for him: neither his address nor a registration. */
  isStranger(flow: Flow): boolean
  /** Nothing that comes over it is taken for a time: a connection is of no use then. */
  isBanned(flow: Flow): boolean
  /** Counts an answer to a stranger. False: he gets none. */
  takeAnswer(flow: Flow): boolean
}

/** The 503 to a call too many. A proxy that knows overload control (RFC 7339) hears how many calls it should keep back. */
export function sendAway(response: SipResponse, shedding: Shedding, nowMs: number): void {
  const { headers } = response
  headers.append('retry-after', String(shedding.retryAfterSec))
  const top = headers.first('via')
  const told = askForLess(top, shedding.lossPercent, nowMs)
  if (told !== null) headers.replaceFirst('via', told + (headers.get('via') ?? '').slice(top.length))
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
