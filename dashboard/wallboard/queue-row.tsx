/** One queue: the longest wait against its target, who waits, who is free, the service level, then the rest. */
import { useCallback, useState } from 'react'
import type { QueueReply } from '../../server/api/queues.ts'
import { formatDuration, formatShare } from '../time/format.ts'
import { Icon } from '../ui/icons.tsx'
import { CallbackDialog } from './callback-dialog.tsx'
import { CallbackCount, CallbackList } from './queue-callbacks.tsx'
import {
  expectedWords,
  freeLevel,
  freeWords,
  type Level,
  longestWaitMs,
  serviceLevelLevel,
  serviceLevelWords,
  waitLevel,
  waitShare,
  waitWords,
} from './status.ts'
import { WhyNobody, WhyNobodyAnswer } from './why-nobody.tsx'

export function QueueRow({ queue, nowMs }: { readonly queue: QueueReply; readonly nowMs: number }) {
  const { metrics, targetMs } = queue
  const { agents, today } = metrics
  const waitMs = longestWaitMs(queue, nowMs)
  const free = freeLevel(queue)
  const served = serviceLevelLevel(today.serviceLevel)
  const [isListed, setListed] = useState(false)
  const [isAsked, setAsked] = useState(false)
  const showList = useCallback(() => setListed(true), [])
  const isStuck = metrics.waiting > metrics.offering
  return (
    <li className="queue" aria-label={queue.name}>
      <div className="queue-name">
        <strong>{queue.name}</strong>
        {metrics.ewt !== null && waitMs !== null && <span className="muted num">{expectedWords(metrics.ewt)}</span>}
        {metrics.callbacks > 0 && (
          <CallbackCount count={metrics.callbacks} isOpen={isListed} onToggle={() => setListed(!isListed)} />
        )}
        <CallbackDialog queueId={queue.id} name={queue.name} onAsked={showList} />
        {isStuck && <WhyNobody isOpen={isAsked} onToggle={() => setAsked(!isAsked)} />}
      </div>
      <Wait waitMs={waitMs} targetMs={targetMs} />
      <dl className="queue-main">
        <Big label="Waiting" value={String(metrics.waiting)} isZero={metrics.waiting === 0}>
          {metrics.offering > 0 ? `${metrics.offering} ringing` : ''}
        </Big>
        <Big label="Free" value={String(agents.available)} level={free}>
          {freeWords(queue)}
        </Big>
        <Big label="Service level" value={formatShare(today.serviceLevel)} level={served}>
          {serviceLevelWords(today.serviceLevel)}
        </Big>
      </dl>
      <dl className="queue-rest">
        <Small label="Ringing" value={agents.ringing} />
        <Small label="On call" value={agents.busy} />
        <Small label="Wrap-up" value={agents.wrapUp} />
        <Small label="Not ready" value={agents.notReady} />
        <Small label="Unreachable" value={agents.unreachable} isFault={agents.unreachable > 0} />
        <Small label="Answered" value={today.answered} isFirst />
        <Small label="Abandoned" value={today.abandoned} />
        <div className="small">
          <dt>ASA</dt>
          <dd className="num">{today.asaMs === null ? '–' : formatDuration(today.asaMs)}</dd>
        </div>
      </dl>
      {isStuck && isAsked && <WhyNobodyAnswer queueId={queue.id} nowMs={nowMs} version={metrics} />}
      {isListed && metrics.callbacks > 0 && <CallbackList queueId={queue.id} nowMs={nowMs} version={metrics} />}
    </li>
  )
}

function Wait({ waitMs, targetMs }: { readonly waitMs: number | null; readonly targetMs: number }) {
  const level = waitLevel(waitMs, targetMs)
  return (
    <div className={`wait wait-${level}`}>
      <div className="wait-line">
        <span className="wait-value num">{waitMs === null ? '–' : formatDuration(waitMs)}</span>
        <span className="wait-words">
          <span className="with-icon">
            {level !== 'ok' && <Icon name={level === 'bad' ? 'warning' : 'alert'} size={16} />}
            {waitWords(waitMs, targetMs)}
          </span>
          <span className="muted num">target {formatDuration(targetMs)}</span>
        </span>
      </div>
      <div className="wait-bar" aria-hidden="true">
        <span style={{ transform: `scaleX(${waitShare(waitMs, targetMs)})` }} />
      </div>
    </div>
  )
}

interface BigProps {
  readonly label: string
  readonly value: string
  readonly level?: Level
  readonly isZero?: boolean
  readonly children: string
}

function Big({ label, value, level = 'ok', isZero = false, children }: BigProps) {
  return (
    <div className={`big big-${level}`}>
      <dt>{label}</dt>
      <dd>
        <span className={`big-value num${isZero ? ' is-zero' : ''}`}>{value}</span>
        <span className="big-words">
          {level !== 'ok' && <Icon name={level === 'bad' ? 'warning' : 'alert'} size={14} />}
          {children}
        </span>
      </dd>
    </div>
  )
}

interface SmallProps {
  readonly label: string
  readonly value: number
  readonly isFault?: boolean
  readonly isFirst?: boolean
}

function Small({ label, value, isFault = false, isFirst = false }: SmallProps) {
  return (
    <div className={`small${isFirst ? ' first' : ''}`}>
      <dt>{label}</dt>
      <dd className={`num${value === 0 ? ' is-zero' : ''}${isFault ? ' level-bad with-icon' : ''}`}>
        {isFault && <Icon name="unplugged" size={16} />}
        {value}
      </dd>
    </div>
  )
}
