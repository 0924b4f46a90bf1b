/** A call's events, one sentence each, with the time and how long after the arrival. */
import type { CallReply } from '../../server/api/calls.ts'
import { useReader } from '../context.ts'
import { formatDuration } from '../time/format.ts'
import { eventWords } from '../words.ts'
import type { Names } from './names.ts'

interface TimelineProps {
  readonly entries: CallReply['timeline']
  readonly arrivedAt: string
  readonly names: Names
}

export function Timeline({ entries, arrivedAt, names }: TimelineProps) {
  const { format } = useReader()
  const lines = entries.flatMap(entry => {
    const text = eventWords(entry, names)
    return text === null ? [] : [{ ...entry, text }]
  })
  if (lines.length === 0) return <p className="muted">Nothing has been written down yet.</p>
  return (
    <ol className="timeline">
      {lines.map(({ cursor, time, type, text }) => (
        <li key={`${cursor} ${type}`} className={`timeline-${type.startsWith('offer.') ? 'offer' : 'call'}`}>
          <time
            className="num muted"
            dateTime={time}
            title={`${formatDuration(Date.parse(time) - Date.parse(arrivedAt))} after the arrival`}
          >
            {format.time(time)}
          </time>
          <span>{text}</span>
        </li>
      ))}
    </ol>
  )
}
