/** Why not ready: one press or one digit. */
import { Button, Kbd, Modal, TextInput, UnstyledButton } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, useState } from 'react'
import { notReadyReasons } from '../words.ts'

interface NotReadyDialogProps {
  readonly isOpen: boolean
  /** The state waits until the present work ends. */
  readonly isLater: boolean
  readonly isBusy: boolean
  readonly onClose: () => void
  readonly onChoose: (reason: string) => void
}

const maxReasonLength = 64

export function NotReadyDialog({ isOpen, isLater, isBusy, onClose, onChoose }: NotReadyDialogProps) {
  const [other, setOther] = useState('')
  const byDigit = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement) return
    const reason = notReadyReasons[Number(event.key) - 1]
    if (reason === undefined || isBusy) return
    event.preventDefault()
    onChoose(reason)
  }
  const submitOther = (event: FormEvent) => {
    event.preventDefault()
    if (other.trim() !== '') onChoose(other.trim())
  }
  return (
    <Modal
      opened={isOpen}
      onClose={onClose}
      onKeyDown={byDigit}
      title={isLater ? 'Not ready when this work ends' : 'Not ready'}
      centered
    >
      <div className="reasons">
        {notReadyReasons.map((reason, index) => (
          <UnstyledButton
            key={reason}
            className="choice"
            disabled={isBusy}
            data-autofocus={index === 0 ? true : undefined}
            onClick={() => onChoose(reason)}
          >
            {reason}
            <Kbd aria-hidden="true">{index + 1}</Kbd>
          </UnstyledButton>
        ))}
      </div>
      <form className="other-reason" onSubmit={submitOther}>
        <TextInput
          label="Another reason"
          maxLength={maxReasonLength}
          value={other}
          onChange={event => setOther(event.currentTarget.value)}
        />
        <Button type="submit" variant="default" disabled={other.trim() === ''} loading={isBusy}>
          Use it
        </Button>
      </form>
    </Modal>
  )
}
