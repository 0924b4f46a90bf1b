/** What callers have left: mailboxes with what nobody has heard yet, and their messages to listen to. */
import { Button, NativeSelect } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { MailboxReply } from '../../server/api/voicemail.ts'
import { messageOf } from '../api/http.ts'
import { voicemail as resource } from '../api/resources.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading, Notice } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { counted } from '../words.ts'
import { MessageTable } from './message-table.tsx'
import './voicemail.css'

const lookAgainMs = 15_000
const firstMessages = 50
/** More at once than the server gives. */
const mostMessages = 200

export function VoicemailPage() {
  const [mailbox, setMailbox] = useState('')
  const [unheard, setUnheard] = useState(false)
  const [limit, setLimit] = useState(firstMessages)
  const tick = useTick()
  const mailboxes = useResource(() => resource.mailboxes(), 'mailboxes', tick)
  const filter = {
    limit,
    ...(mailbox === '' ? {} : { mailbox }),
    ...(unheard ? { unheard: 'true' as const } : {}),
  }
  const messages = useResource(() => resource.list(filter), `${mailbox} ${unheard}`, `${tick} ${limit}`)
  const reload = () => {
    mailboxes.reload()
    messages.reload()
  }
  const boxes = mailboxes.value?.items ?? []
  const items = messages.value?.items ?? []

  return (
    <>
      <div className="page-head">
        <h1>Voicemail</h1>
        <Unheard mailboxes={boxes} />
        <div className="toolbar">
          <NativeSelect
            aria-label="Heard or not"
            value={unheard ? 'unheard' : ''}
            onChange={event => setUnheard(event.currentTarget.value === 'unheard')}
            data={[
              { value: '', label: 'All messages' },
              { value: 'unheard', label: 'Unheard only' },
            ]}
          />
          <NativeSelect
            aria-label="Mailbox"
            value={mailbox}
            onChange={event => setMailbox(event.currentTarget.value)}
            data={[
              { value: '', label: 'All mailboxes' },
              ...boxes.map(({ id, name, unheard: left }) => ({
                value: id,
                label: left === 0 ? name : `${name} (${left})`,
              })),
            ]}
          />
        </div>
      </div>
      <FullMailboxes mailboxes={boxes} />
      {messages.value === null && messages.error === null ? (
        <Loading rows={5} height={64} />
      ) : messages.value === null ? (
        <div className="card">
          <Failure title="The messages can’t be read" message={messageOf(messages.error)} retry={reload} />
        </div>
      ) : items.length === 0 ? (
        <div className="card">
          <Notice icon="envelope" title={unheard ? 'Everything has been heard' : 'Nobody has left a message'}>
            {boxes.length === 0 && mailboxes.value !== null && (
              <p>
                There is no mailbox for you. An administrator adds them to the center’s definition, under “mailboxes”.
              </p>
            )}
          </Notice>
        </div>
      ) : (
        <div className="card table-card">
          <MessageTable messages={items} names={new Map(boxes.map(({ id, name }) => [id, name]))} reload={reload} />
        </div>
      )}
      {messages.value !== null && messages.error !== null && (
        <p className="with-icon table-foot level-bad" role="alert">
          <Icon name="warning" size={16} /> {messageOf(messages.error)}
        </p>
      )}
      {messages.value !== null && messages.value.next !== null && limit < mostMessages && (
        <Button variant="default" mt={12} onClick={() => setLimit(Math.min(mostMessages, limit + firstMessages))}>
          Show older messages
        </Button>
      )}
    </>
  )
}

function Unheard({ mailboxes }: { readonly mailboxes: readonly MailboxReply[] }) {
  const count = mailboxes.reduce((sum, { unheard }) => sum + unheard, 0)
  if (count === 0) return null
  return (
    <span className="with-icon unheard-count num" role="status">
      <Icon name="envelope" size={18} /> {count} unheard
    </span>
  )
}

function FullMailboxes({ mailboxes }: { readonly mailboxes: readonly MailboxReply[] }) {
  const full = mailboxes.filter(mailbox => mailbox.full)
  if (full.length === 0) return null
  return (
    <p className="with-icon level-warn full-mailboxes" role="status">
      <Icon name="alert" size={16} />
      <span>
        {full.map(({ name, messages }) => `${name} is full with ${counted(messages, 'message')}`).join('; ')}: callers
        can leave nothing there until some are deleted.
      </span>
    </p>
  )
}

/** Changes from time to time, while the page can be seen. */
function useTick(): number {
  const [tick, setTick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setTick(count => count + 1)
    }, lookAgainMs)
    return () => clearInterval(timer)
  }, [])
  return tick
}
