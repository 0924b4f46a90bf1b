/** What a party has said of its session last, which is what another one is offered in its name (RFC 3264 §8). */
import { type Direction, readDescription, type Section } from '../media/sdp/description.ts'
import { withAudioDirection } from '../media/sdp/direct-direction.ts'
import type { OfferExchange } from '../sip/index.ts'

/** What it has answered last, which most calls never ask for: reading descriptions is dear, so it is done when they do. */
interface Unread {
  readonly answer: string
  readonly offer: string | null
  /** What it had said before; null: nothing that counts. */
  readonly before: string | null
}

export class Said {
  #last: string | null
  #unread: Unread | null = null
  /** What it was offered when it asked for an offer, until it answers. */
  #offered: string | null = null
  /** What it had answered to the INVITE that calls it when it has offered something else; null: it has not. */
  #early: string | null = null

  constructor(last: string | null = null) {
    this.#last = last
  }

  /** Null: nothing yet. */
  get last(): string | null {
    if (this.#unread !== null) this.#last = read(this.#unread)
    this.#unread = null
    return this.#last
  }

  /** The exchange, which is taken note of if it comes to something. */
  noting(exchange: OfferExchange): OfferExchange {
    const { offer } = exchange
    return {
      ...exchange,
      accept: sdp => {
        const isTaken = exchange.accept(sdp)
        if (isTaken) this.#early = exchange.answered ?? null
        if (isTaken && offer === null) this.#offered = sdp
        else if (isTaken) {
          this.#last = offer
          this.#unread = null
        }
        return isTaken
      },
    }
  }

  /** It has asked for an offer in its INVITE, and this is what it gets; {@link answered} says what it makes of that. */
  offered(sdp: string): void {
    this.#offered = sdp
  }

  /**
   * It has answered. That names only what was chosen of an offer: what the party has offered itself says more of what it can,
   * and stands as long as its audio is where it was.
   * @param offer null: the one that it had asked for, or that of its INVITE's answer
   */
  answered(answer: string | null, offer: string | null = null): void {
    const to = offer ?? this.#offered
    if (offer === null) this.#offered = null
    if (answer !== null && answer !== '') this.#unread = { answer, offer: to, before: this.last }
  }

  /** As {@link answered}, to what was in force and offered again. True if it says something new. */
  refreshed(answer: string, offer: string): boolean {
    const before = this.last
    this.answered(answer, offer)
    return this.last !== before
  }

  /**
   * It has answered the INVITE that called it: what it has said before that (183) was of the same kind, and is over, unless it
   * has moved since (RFC 3311 §5.2).
   */
  picksUp(answer: string, offer: string): void {
    if (answer !== '' && answer !== this.#early) this.#unread = { answer, offer, before: null }
  }
}

function read({ answer, offer, before }: Unread): string {
  const place = before === null ? null : placeOf(answer)
  const isThere = before !== null && place !== null && place === placeOf(before)
  return wished(isThere ? before : answer, answer, offer, before)
}

/** The text with the direction that the party wants: where the offer left it no choice, the answer tells nothing of that. */
function wished(text: string, answer: string, offer: string | null, said: string | null): string {
  const now = directionOf(answer)
  if (now === null) return text
  const allowed = offer === null ? 'sendrecv' : (directionOf(offer) ?? 'sendrecv')
  const before = said === null ? 'sendrecv' : (directionOf(said) ?? 'sendrecv')
  // RFC 3264 §6.1: whoever is held may answer so, too, and wants no more by that than by the one way that is left.
  const tells = now !== 'inactive' || allowed === 'sendrecv'
  const sends = tells && receiving.has(allowed) ? sending.has(now) : sending.has(before)
  const receives = tells && sending.has(allowed) ? receiving.has(now) : receiving.has(before)
  const wanted = sends ? (receives ? 'sendrecv' : 'sendonly') : receives ? 'recvonly' : 'inactive'
  return directionOf(text) === wanted ? text : withAudioDirection(text, wanted)
}

const sending: ReadonlySet<Direction> = new Set(['sendrecv', 'sendonly'] as const)
const receiving: ReadonlySet<Direction> = new Set(['sendrecv', 'recvonly'] as const)

function directionOf(sdp: string): Direction | null {
  return audioOf(sdp)?.direction ?? null
}

/** Null: none that could be compared. Who encrypts may have changed the keys. */
function placeOf(sdp: string): string | null {
  const audio = audioOf(sdp)
  return audio === null || audio.protocol.toUpperCase() !== 'RTP/AVP' ? null : `${audio.host} ${audio.port}`
}

function audioOf(sdp: string): Section | null {
  const read = readDescription(sdp)
  if (!read.ok) return null
  return read.description.sections.find(({ kind, port }) => kind === 'audio' && port > 0) ?? null
}
