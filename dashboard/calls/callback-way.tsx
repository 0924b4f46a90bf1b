/** The way of the callback that a call has asked for, or that it was made for. */
import type { CallbackExplanationReply } from '../../server/api/callbacks.ts'
import { Icon } from '../ui/icons.tsx'
import { Moments } from './moments.tsx'
import type { Names } from './names.ts'

interface CallbackWayProps {
  readonly callback: CallbackExplanationReply
  /** The page's own: needs no way to it. */
  readonly callId: string
  readonly names: Names
}

export function CallbackWay({ callback, callId, names }: CallbackWayProps) {
  const { number, queueId, summary, moments } = callback
  return (
    <section className="card visit" aria-label="Callback">
      <div className="visit-head">
        <h3>Callback to {number}</h3>
        <span className="muted">{names.queue(queueId)}</span>
      </div>
      <p className="because with-icon">
        <Icon name="clock" />
        <span>{summary}</span>
      </p>
      <div className="moments">
        <Moments
          moments={moments.map(moment => ({ ...moment, callId: moment.callId === callId ? null : moment.callId }))}
        />
      </div>
    </section>
  )
}
