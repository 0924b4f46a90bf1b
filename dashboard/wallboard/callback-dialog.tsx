/** Having a customer called back who is not on the phone: whom, how urgently, and not before when. */
import { Button, Modal, TextInput, UnstyledButton } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { type FormEvent, memo, useState } from 'react'
import { messageOf } from '../api/http.ts'
import { callbacks } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { serverNowMs } from '../time/clock.ts'
import { Icon } from '../ui/icons.tsx'
import { type CallbackWish, emptyWish, faultsOf, maxNameLength, maxNumberLength, requestOf } from './callback-wish.ts'

interface DialogProps {
  readonly queueId: string
  readonly name: string
  /** Somebody is in line now. */
  readonly onAsked: () => void
}

/**
 * For those who may have somebody called back, whether or not anybody waits for it already. Its row is drawn anew every second, and
 * a dialog is far more than the button that it mostly is.
 */
export const CallbackDialog = memo(function CallbackDialog({ queueId, name, onAsked }: DialogProps) {
  const { canSupervise } = useReader()
  const [isAsking, setAsking] = useState(false)
  if (!canSupervise) return null
  return (
    <>
      <UnstyledButton className="why-button muted" aria-haspopup="dialog" onClick={() => setAsking(true)}>
        New callback
      </UnstyledButton>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={`Call somebody back for ${name}`} centered>
        <WishForm
          queueId={queueId}
          onCancel={() => setAsking(false)}
          onAsked={() => {
            setAsking(false)
            onAsked()
          }}
        />
      </Modal>
    </>
  )
})

interface FormProps {
  readonly queueId: string
  readonly onCancel: () => void
  readonly onAsked: () => void
}

type Sending = { readonly state: 'no' | 'busy' } | { readonly state: 'refused'; readonly message: string }

function WishForm({ queueId, onCancel, onAsked }: FormProps) {
  const { who, format } = useReader()
  const [wish, setWish] = useState(emptyWish)
  const [sending, setSending] = useState<Sending>({ state: 'no' })
  const faults = faultsOf(wish, format, serverNowMs())
  const change = (field: keyof CallbackWish, value: string) => {
    setWish({ ...wish, [field]: value })
    // A refusal is of what was sent, not of what is being typed.
    setSending({ state: 'no' })
  }
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (sending.state === 'busy' || Object.keys(faultsOf(wish, format, serverNowMs())).length > 0) return
    setSending({ state: 'busy' })
    try {
      const { number } = await callbacks.request(queueId, requestOf(wish, format))
      notifications.show({ message: `${number} will be called back` })
      onAsked()
    } catch (error) {
      setSending({ state: 'refused', message: messageOf(error) })
    }
  }
  return (
    <form className="callback-form" onSubmit={submit}>
      <TextInput
        label="Number"
        description="As the outbound rules and this queue permit"
        type="tel"
        data-autofocus
        required
        withAsterisk={false}
        maxLength={maxNumberLength}
        value={wish.number}
        onChange={event => change('number', event.currentTarget.value)}
      />
      <TextInput
        label="Name"
        description="The agent’s phone shows it"
        maxLength={maxNameLength}
        value={wish.name}
        onChange={event => change('name', event.currentTarget.value)}
      />
      <TextInput
        label="Priority"
        description="0 to 100, higher is sooner; empty: 0"
        inputMode="numeric"
        value={wish.priority}
        error={faults.priority}
        onChange={event => change('priority', event.currentTarget.value)}
      />
      <TextInput
        label="Not before"
        description={`By the clocks of ${who.timeZone}; empty: when their turn comes`}
        type="datetime-local"
        value={wish.notBefore}
        error={faults.notBefore}
        onChange={event => change('notBefore', event.currentTarget.value)}
      />
      {sending.state === 'refused' && (
        <p className="with-icon level-bad" role="alert">
          <Icon name="warning" /> {sending.message}
        </p>
      )}
      <div className="toolbar dialog-buttons">
        <Button variant="default" onClick={onCancel}>
          Cancel
        </Button>
        <Button type="submit" loading={sending.state === 'busy'} disabled={Object.keys(faults).length > 0}>
          Call back
        </Button>
      </div>
    </form>
  )
}
