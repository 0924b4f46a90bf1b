/** Why not ready: one press or one digit. */
import { Button, Kbd, Modal, TextInput, UnstyledButton } from '@mantine/core'
import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react'
import { useReader } from '../context.ts'
import { refreshSession } from '../session/session.ts'

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
  const { notReadyReasons } = useReader().who
  const [other, setOther] = useState('')
  useEffect(() => {
    if (isOpen) void refreshSession()
  }, [isOpen])
  const choices = notReadyReasons.map((reason, index) => ({ digit: index + 1, reason }))
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
        {choices.map(({ digit, reason }) => (
          // By digit, so that the one with the focus keeps it when the list changes under it.
          <UnstyledButton
            key={digit}
            className="choice"
            disabled={isBusy}
            data-autofocus={digit === 1 ? true : undefined}
            onClick={() => onChoose(reason)}
          >
            {reason}
            <Kbd aria-hidden="true">{digit}</Kbd>
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
