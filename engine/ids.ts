/** Makes ULIDs and tokens from the clock and random ports. */
import type { Clock } from './ports/clock.ts'
import type { Ids } from './ports/ids.ts'
import type { Random } from './ports/random.ts'

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The same text in one piece: what is joined from pieces stays a tree of them until it is read, and so do all that begin with it. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** The two characters that stand for 10 bits. */
const pairs: readonly string[] = Array.from(
  { length: 1024 },
  (_, bits) => alphabet.charAt(bits >>> 5) + alphabet.charAt(bits & 31),
)

const counterLimit = 2 ** 20

/**
 * ULIDs ascend strictly, within a millisecond and when the clock stands still or steps back: the last four
 * characters count up from a random start. Tokens are 18 characters with 90 random bits.
 */
export function createIds(clock: Clock, random: Random): Ids {
  let lastMs = -1
  let prefix = ''
  let counter = 0

  /** Time and 60 random bits: all but the counter. */
  function begin(timeMs: number): void {
    lastMs = timeMs
    prefix = flat(encodeTime(timeMs) + threePairs(random.uint32()) + threePairs(random.uint32()))
    // The lower half of its range, so that at least half a million ids fit into any millisecond.
    counter = random.uint32() >>> 13
  }

  return {
    ulid() {
      const timeMs = Math.floor(clock.now())
      if (timeMs > lastMs) begin(timeMs)
      else if (counter + 1 < counterLimit) counter += 1
      // Borrows from the next millisecond, so that ids still ascend.
      else begin(lastMs + 1)
      return prefix + pair(counter >>> 10) + pair(counter)
    },
    token: () => threePairs(random.uint32()) + threePairs(random.uint32()) + threePairs(random.uint32()),
  }
}

/** What every id of an instant and after it is greater than, and every earlier one smaller. */
export function idsFrom(timeMs: number): string {
  return encodeTime(Math.floor(timeMs)) + '0'.repeat(16)
}

/** When an id was made, in milliseconds since the epoch; null: it is none of ours. */
export function timeOfId(id: string): number | null {
  if (!/^[0-9A-HJKMNP-TV-Z]{26}$/.test(id)) return null
  return [...id.slice(0, 10)].reduce((time, letter) => time * 32 + alphabet.indexOf(letter), 0)
}

function pair(bits: number): string {
  return pairs[bits & 1023] ?? ''
}

/** Six characters for the low 30 bits. */
function threePairs(bits: number): string {
  return pair(bits >>> 20) + pair(bits >>> 10) + pair(bits)
}

/** Ten characters for 48 bits of milliseconds. */
function encodeTime(timeMs: number): string {
  const high = Math.floor(timeMs / 2 ** 30)
  return pair(high >>> 10) + pair(high) + threePairs(timeMs % 2 ** 30)
}
