/** Who waits in a queue to be called back: how many on its row, and a list for those who may take one back. */
import { ActionIcon, UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import type { CallbackReply } from '../../server/api/callbacks.ts'
import { messageOf } from '../api/http.ts'
import { callbacks } from '../api/resources.ts'
import { Moments } from '../calls/moments.tsx'
import { useReader } from '../context.ts'
import { formatDuration, type TimeFormat } from '../time/format.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { useResource } from '../ui/resource.ts'
import { spaced } from '../words.ts'

interface CallbackListProps {
  readonly queueId: string
  readonly nowMs: number
  /** Changes when the queue's figures do. */
  readonly version: unknown
}

interface CallbackCountProps {
  readonly count: number
  readonly isOpen: boolean
  readonly onToggle: () => void
}

/** How many there are; for those who may see them, the way to the list. */
export function CallbackCount({ count, isOpen, onToggle }: CallbackCountProps) {
  const { canSupervise } = useReader()
  const words = count === 1 ? '1 callback' : `${count} callbacks`
  // Customers' numbers are not everybody's business.
  if (!canSupervise) return <span className="muted num">{words}</span>
  return (
    <UnstyledButton className="why-button muted num" aria-expanded={isOpen} onClick={onToggle}>
      {words}
    </UnstyledButton>
  )
}

export function CallbackList({ queueId, nowMs, version }: CallbackListProps) {
  const { value, error, reload } = useResource(() => callbacks.ofQueue(queueId), queueId, version)
  if (value === null)
    return (
      <p className="callback-list muted" role="status">
        {error === null ? 'One moment…' : messageOf(error)}
      </p>
    )
  return (
    <ul className="callback-list" aria-label="Callbacks">
      {value.items.map(one => (
        <Item key={one.id} callback={one} nowMs={nowMs} onCanceled={reload} />
      ))}
    </ul>
  )
}

interface StoryProps {
  readonly callbackId: string
  readonly number: string
  /** Changes when the callback does. */
  readonly version: unknown
}

interface ItemProps {
  readonly callback: CallbackReply
  readonly nowMs: number
  readonly onCanceled: () => void
}

function Item({ callback, nowMs, onCanceled }: ItemProps) {
  const { run, isBusy } = useAction()
  const { format } = useReader()
  const { id, number, name, position, enqueuedAt, attempts, maxAttempts } = callback
  const waitMs = Math.max(0, nowMs - Date.parse(enqueuedAt))
  return (
    <li>
      <span className="callback-who">
        <strong className="num">{number}</strong>
        {name !== null && <span>{name}</span>}
      </span>
      <span className="muted num">
        {position !== null && `${position}. in line, `}
        {formatDuration(waitMs)}, {stateWords(callback, format, nowMs)}
        {attempts > 0 && `, attempt ${attempts} of ${maxAttempts}`}
      </span>
      <CallbackStory callbackId={id} number={number} version={`${callback.state} ${attempts} ${callback.nextAt}`} />
      <ActionIcon
        variant="subtle"
        size="lg"
        loading={isBusy}
        aria-label={`Cancel the callback to ${number}`}
        title="Cancel this callback"
        onClick={() => run(() => callbacks.cancel(id), `Callback to ${number} canceled`).then(onCanceled)}
      >
        <Icon name="minusCircle" size={18} />
      </ActionIcon>
    </li>
  )
}

/** What has become of it so far: asked for when somebody wants to know. */
function CallbackStory({ callbackId, number, version }: StoryProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <div className="callback-story">
      <UnstyledButton
        className="why-button muted"
        aria-expanded={isOpen}
        aria-label={`What became of the callback to ${number}`}
        onClick={() => setOpen(!isOpen)}
      >
        What happened so far?
      </UnstyledButton>
      {isOpen && <Story callbackId={callbackId} version={version} />}
    </div>
  )
}

function Story({ callbackId, version }: Omit<StoryProps, 'number'>) {
  const { value, error } = useResource(() => callbacks.explain(callbackId), callbackId, version)
  if (value === null) return <p role="status">{error === null ? 'One moment…' : messageOf(error)}</p>
  return <Moments moments={value.moments} />
}

function stateWords({ state, because, lastReason, nextAt }: CallbackReply, format: TimeFormat, nowMs: number): string {
  const last = lastReason === null ? '' : ` (last: ${spaced(lastReason)})`
  if (state === 'calling') return 'being called'
  if (state === 'waiting') return `waits for its turn${last}`
  return Date.parse(nextAt) > nowMs ? `called from ${format.dateTime(nextAt, nowMs)} on${last}` : (because ?? 'later')
}
