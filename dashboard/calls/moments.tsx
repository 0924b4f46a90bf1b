/** What happened moment by moment, each with how long after the beginning it was, and the way to a call that it is about. */
import { callPath } from '../navigation.ts'
import { formatDuration } from '../time/format.ts'
import { Link } from '../ui/link.tsx'

interface Moment {
  readonly at: string
  readonly afterMs: number
  readonly words: string
  /** Another call. */
  readonly callId?: string | null | undefined
}

export function Moments({ moments }: { readonly moments: readonly Moment[] }) {
  return (
    <ol className="moment-list">
      {moments.map(({ at, afterMs, words, callId }, index) => (
        // Moments are only ever added, and two may be of one instant.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <li key={index}>
          <time className="num muted" dateTime={at}>
            +{formatDuration(afterMs)}
          </time>
          <span>
            {words} {callId != null && <Link to={callPath(callId)}>See that call</Link>}
          </span>
        </li>
      ))}
    </ol>
  )
}
