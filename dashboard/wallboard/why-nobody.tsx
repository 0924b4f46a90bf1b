/**
 * Why nobody is being rung for those who wait in a queue, and what each free agent lacks: asked for when somebody wants to know,
 * then kept up to date.
 */
import { UnstyledButton } from '@mantine/core'
import type { QueueExplanationReply } from '../../server/api/queues.ts'
import { messageOf } from '../api/http.ts'
import { queues } from '../api/resources.ts'
import { type Names, useNames } from '../calls/names.ts'
import { formatDuration } from '../time/format.ts'
import { useResource } from '../ui/resource.ts'
import { counted, spaced, unmetWords } from '../words.ts'

interface WhyNobodyProps {
  readonly isOpen: boolean
  readonly onToggle: () => void
}

export function WhyNobody({ isOpen, onToggle }: WhyNobodyProps) {
  return (
    <UnstyledButton className="why-button muted" aria-expanded={isOpen} onClick={onToggle}>
      Why does nobody ring?
    </UnstyledButton>
  )
}

interface AnswerProps {
  readonly queueId: string
  readonly nowMs: number
  /** Changes when the queue's figures do. */
  readonly version: unknown
}

export function WhyNobodyAnswer({ queueId, nowMs, version }: AnswerProps) {
  const { value, error } = useResource(() => queues.explain(queueId), queueId, version)
  const names = useNames()
  const text = value?.summary ?? (error === null ? 'One moment…' : messageOf(error))
  const passedOver = value?.visits.filter(({ excluded }) => excluded.length > 0) ?? []
  return (
    <div className="why-answer">
      <p role="status">{text}</p>
      {value !== null && passedOver.length > 0 && (
        <details>
          <summary>{counted(value.free, 'free agent')}, and what each lacks</summary>
          <ol>
            {passedOver.map(visit => (
              <PassedOver key={visit.visitId} visit={visit} nowMs={nowMs} names={names} />
            ))}
          </ol>
        </details>
      )}
    </div>
  )
}

interface PassedOverProps {
  readonly visit: QueueExplanationReply['visits'][number]
  readonly nowMs: number
  readonly names: Names
}

function PassedOver({ visit, nowMs, names }: PassedOverProps) {
  const waitedMs = Math.max(0, nowMs - Date.parse(visit.enqueuedAt))
  return (
    <li>
      <span className="muted num">
        {visit.callbackId === undefined ? 'Call' : 'Callback'} {visit.position}. in line, {formatDuration(waitedMs)}
        {visit.step !== null && `, asking for ${visit.step}`}
      </span>
      <ul>
        {visit.excluded.map(({ agentId, reason, unmet }) => (
          <li key={agentId}>
            <strong>{names.agent(agentId)}</strong>: {unmet === undefined ? spaced(reason) : unmetWords(unmet)}
          </li>
        ))}
      </ul>
    </li>
  )
}
