/** What waits in the agent's own queues, and whether he takes their calls. */
import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Switch.css'
import { Switch } from '@mantine/core'
import type { AgentReply } from '../../server/api/agents.ts'
import { agents } from '../api/resources.ts'
import { useQueues } from '../live/store.ts'
import { useNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { longestWaitMs, waitLevel } from '../wallboard/status.ts'

export function OwnQueues({ agent }: { readonly agent: AgentReply }) {
  const queues = useQueues()
  const nowMs = useNowMs()
  const { run, isBusy } = useAction()
  // In an order that does not change when one is left.
  const own = [...agent.queues, ...agent.queuesLeft].sort().flatMap(id => queues.get(id) ?? [])
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
              <Switch
                size="xs"
                label={queue.name}
                aria-label={`Take calls of ${queue.name}`}
                disabled={isBusy}
                checked={agent.queues.includes(queue.id)}
                onChange={event => void run(() => agents.setQueue(agent.id, queue.id, event.currentTarget.checked))}
              />
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
