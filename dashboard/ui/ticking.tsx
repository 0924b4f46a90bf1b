/** Numbers that move: derived from an instant and the shared ticker, so they cost no traffic. */
import { useNowMs } from '../time/clock.ts'
import { formatDuration, isoDuration } from '../time/format.ts'

/** A fixed duration. */
export function Duration({ ms }: { readonly ms: number }) {
  return (
    <time className="num" dateTime={isoDuration(ms)}>
      {formatDuration(ms)}
    </time>
  )
}

/** How long ago. */
export function Elapsed({ since }: { readonly since: string }) {
  return <Duration ms={useNowMs() - Date.parse(since)} />
}

/** How long until; `0:00` afterwards. */
export function Remaining({ until }: { readonly until: string }) {
  return <Duration ms={Date.parse(until) - useNowMs()} />
}

/** What ticks or has stopped, as the live state tells it. */
export function Span({ span }: { readonly span: { since: string } | { ms: number } | null }) {
  if (span === null) return <span className="muted">–</span>
  return 'since' in span ? <Elapsed since={span.since} /> : <Duration ms={span.ms} />
}
