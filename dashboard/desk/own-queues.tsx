/** What waits in the agent's own queues. */
import { useQueues } from '../live/store.ts'
import { useNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { Icon } from '../ui/icons.tsx'
import { longestWaitMs, waitLevel } from '../wallboard/status.ts'

export function OwnQueues({ queueIds }: { readonly queueIds: readonly string[] }) {
  const queues = useQueues()
  const nowMs = useNowMs()
  const own = queueIds.flatMap(id => queues.get(id) ?? [])
  if (own.length === 0) return null
  return (
    <section className="card own-queues" aria-labelledby="own-queues">
      <h2 id="own-queues">Your queues</h2>
      <ul>
        {own.map(queue => {
          const waitMs = longestWaitMs(queue, nowMs)
          const level = waitLevel(waitMs, queue.targetMs)
          return (
            <li key={queue.id}>
              <span>{queue.name}</span>
              <span className="muted num">{queue.metrics.waiting} waiting</span>
              <span className={`with-icon num own-wait level-${level}`}>
                {level !== 'ok' && <Icon name={level === 'bad' ? 'warning' : 'alert'} size={16} />}
                {waitMs === null ? <span className="muted">–</span> : formatDuration(waitMs)}
              </span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
