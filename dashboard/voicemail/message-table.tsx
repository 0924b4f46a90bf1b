/** Messages as a table: who, when, how long, and hearing, marking and deleting each. */
import { ActionIcon, Button, Modal } from '@mantine/core'
import { useState } from 'react'
import type { VoicemailRecord } from '../../server/api/voicemail.ts'
import { voicemail as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { callPath } from '../navigation.ts'
import { serverNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { useAction } from '../ui/action.ts'
import { Dot, Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { callerNumber, callerTitle } from '../words.ts'

interface MessagesProps {
  readonly messages: readonly VoicemailRecord[]
  readonly names: ReadonlyMap<string, string>
  readonly reload: () => void
}

export function MessageTable({ messages, names, reload }: MessagesProps) {
  return (
    <table className="data messages">
      <thead>
        <tr>
          <th>Caller</th>
          <th>Mailbox</th>
          <th>Left</th>
          <th className="right">Length</th>
          <th>Message</th>
          <th>
            <span className="sw-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {messages.map(message => (
          <MessageRow key={message.messageId} message={message} names={names} reload={reload} />
        ))}
      </tbody>
    </table>
  )
}

interface MessageProps {
  readonly message: VoicemailRecord
  readonly names: ReadonlyMap<string, string>
  readonly reload: () => void
}

function MessageRow({ message, names, reload }: MessageProps) {
  const { format, canSupervise } = useReader()
  const { run, isBusy } = useAction()
  const { messageId, mailboxId, ani, receivedAt, durationMs, heardAt, heardBy, callId } = message
  const [title, number] = [callerTitle(ani), callerNumber(ani)]
  const isHeard = heardAt !== null
  const mark = async (heard: boolean) => {
    if (heard !== isHeard && (await run(() => resource.setHeard(messageId, heard)))) reload()
  }
  return (
    <tr className={isHeard ? undefined : 'is-unheard'}>
      <td className="main">
        <span className="with-icon">
          {isHeard ? <span className="icon-space" /> : <Dot size={14} />}
          {!isHeard && <span className="sw-hidden">Unheard: </span>}
          {canSupervise ? <Link to={callPath(callId)}>{title}</Link> : title}
        </span>
        {number !== title && <span className="sub num message-number">{number}</span>}
      </td>
      <td data-label="Mailbox">{names.get(mailboxId) ?? mailboxId}</td>
      <td data-label="Left" className="num">
        {format.dateTime(receivedAt, serverNowMs())}
        {heardBy !== null && <span className="sub">heard by {heardBy.slice(heardBy.indexOf(':') + 1)}</span>}
      </td>
      <td data-label="Length" className="right num">
        {formatDuration(durationMs)}
      </td>
      <td className="message-player">
        {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what a caller said */}
        <audio
          controls
          preload="none"
          src={resource.audioPath(messageId)}
          aria-label={`Message of ${title}`}
          onPlay={() => void mark(true)}
        />
      </td>
      <td className="right">
        <div className="toolbar message-actions">
          <Button variant="default" size="sm" loading={isBusy} onClick={() => void mark(!isHeard)}>
            {isHeard ? 'Mark unheard' : 'Mark heard'}
          </Button>
          <DeleteMessage message={message} title={title} reload={reload} />
        </div>
      </td>
    </tr>
  )
}

function DeleteMessage({ message, title, reload }: Omit<MessageProps, 'names'> & { readonly title: string }) {
  const [isOpen, setOpen] = useState(false)
  const { run, isBusy } = useAction()
  const remove = async () => {
    if (!(await run(() => resource.remove(message.messageId), 'The message is deleted'))) return
    setOpen(false)
    reload()
  }
  return (
    <>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={`Delete the message of ${title}`}
        onClick={() => setOpen(true)}
      >
        <Icon name="trash" />
      </ActionIcon>
      <Modal opened={isOpen} onClose={() => setOpen(false)} title="Delete this message?" centered>
        <p>
          The message of {title}, {formatDuration(message.durationMs)} long, and its recording are gone then for
          everybody.
        </p>
        <div className="toolbar dialog-buttons">
          <Button variant="default" onClick={() => setOpen(false)}>
            Keep it
          </Button>
          <Button color="red" loading={isBusy} onClick={() => void remove()}>
            Delete
          </Button>
        </div>
      </Modal>
    </>
  )
}
