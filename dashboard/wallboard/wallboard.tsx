/** The wallboard: one row per queue, what matters most first and largest (DESIGN §12). */
import type { ReactNode } from 'react'
import { useReader } from '../context.ts'
import { useAgents, useConnection, useLoaded, useQueues } from '../live/store.ts'
import { useNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { Icon, type IconName } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { Loading, Notice } from '../ui/notices.tsx'
import { QueueRow } from './queue-row.tsx'
import { bySeverity, type Finding, type Level, overallStatus } from './status.ts'
import { useSteadyOrder } from './steady-order.ts'
import './wallboard.css'

export function Wallboard() {
  const isLoaded = useLoaded()
  const { phase } = useConnection()
  const queues = useQueues()
  const nowMs = useNowMs()
  const list = [...queues.values()]
  const { order, isHeld, handlers } = useSteadyOrder(bySeverity(list, nowMs).map(queue => queue.id))

  if (!isLoaded) return phase === 'refused' ? null : <Loading rows={5} height={84} />
  return (
    <>
      <h1 className="sw-hidden">Wallboard</h1>
      {list.length === 0 ? <NoQueues /> : <StatusLine nowMs={nowMs} />}
      {list.length > 0 && (
        <div className="board card" {...handlers}>
          <div className="board-head" aria-hidden="true">
            <span>Queue</span>
            <span>Longest wait</span>
            <span className="right">Waiting</span>
            <span className="right">Free</span>
            <span className="right">Service level today</span>
            <span className="right first">Ringing</span>
            <span className="right">On call</span>
            <span className="right">Wrap-up</span>
            <span className="right">Not ready</span>
            <span className="right">Unreach.</span>
            <span className="right first">Answered</span>
            <span className="right">Aband.</span>
            <span className="right">ASA</span>
          </div>
          <ul className="board-rows">
            {order.map(id => {
              const queue = queues.get(id)
              return queue === undefined ? null : <QueueRow key={id} queue={queue} nowMs={nowMs} />
            })}
          </ul>
        </div>
      )}
      {list.length > 0 && (
        <p className="board-foot muted">
          <span>
            Since midnight in {<TimeZone />}. ASA: average time until answered. Service level counts callers who left
            within 5 s as served.
          </span>
          <span aria-live="polite">{isHeld && 'Order held while you point at it.'}</span>
        </p>
      )}
    </>
  )
}

function TimeZone() {
  return useReader().who.timeZone
}

const findingIcons: Readonly<Record<Level, IconName>> = { ok: 'checkCircle', warn: 'alert', bad: 'warning' }

function StatusLine({ nowMs }: { readonly nowMs: number }) {
  const queues = [...useQueues().values()]
  const agents = [...useAgents().values()]
  const { waiting, free, broken } = overallStatus(queues, agents, nowMs)
  const longestMs = Math.max(
    0,
    ...queues.flatMap(({ metrics }) =>
      metrics.oldestEnqueuedAt === null ? [] : [nowMs - Date.parse(metrics.oldestEnqueuedAt)],
    ),
  )
  return (
    <div className="status-line" role="status">
      <FindingView finding={waiting}>
        {waiting.level === 'ok' ? null : <strong className="num">{formatDuration(longestMs)}</strong>}
      </FindingView>
      <FindingView finding={free} />
      <FindingView finding={broken} />
    </div>
  )
}

function FindingView({ finding, children }: { readonly finding: Finding; readonly children?: ReactNode }) {
  return (
    <span className={`finding finding-${finding.level}`}>
      <Icon name={findingIcons[finding.level]} size={20} />
      <span>{finding.text}</span>
      {children}
    </span>
  )
}

function NoQueues() {
  const { isAdministrator } = useReader()
  return (
    <div className="card">
      <Notice icon="board" title="No queues yet">
        <p>A queue appears here as soon as the center defines one.</p>
        {isAdministrator && <Link to="/admin">Define the center</Link>}
      </Notice>
    </div>
  )
}
