/** Pieces of a message that outlive it. */

/**
 * The same text, cut loose: a piece of a string keeps the whole alive, and a tag that is remembered for half a minute
 * should not keep its message.
 */
export function detached(text: string): string {
  // Joining makes a new string, and the piece is one of that.
  return ` ${text}`.slice(1)
}
