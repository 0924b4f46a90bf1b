/** Opening or closing now, whatever the calendar says: for how long, and why. */
import { Button, Modal, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { HoursOverride } from '../../server/api/hours.ts'
import { serverNowMs } from '../time/clock.ts'
import { hoursWish, maxReasonLength } from './hours-wish.ts'

interface DialogProps {
  readonly hoursId: string
  readonly state: 'open' | 'closed'
  readonly isBusy: boolean
  /** @returns whether it holds now */
  readonly onSay: (wish: HoursOverride) => Promise<boolean>
}

export function HoursDialog({ hoursId, state, isBusy, onSay }: DialogProps) {
  const [isAsking, setAsking] = useState(false)
  const word = state === 'open' ? 'Open' : 'Close'
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        {word} now
      </Button>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={`${word} ${hoursId} now`} centered>
        <WishForm
          word={word}
          state={state}
          isBusy={isBusy}
          onSay={async wish => {
            if (await onSay(wish)) setAsking(false)
          }}
        />
      </Modal>
    </>
  )
}

interface FormProps extends Pick<DialogProps, 'state' | 'isBusy'> {
  readonly word: string
  readonly onSay: (wish: HoursOverride) => Promise<void>
}

function WishForm({ word, state, isBusy, onSay }: FormProps) {
  const [span, setSpan] = useState('')
  const [reason, setReason] = useState('')
  const isWrong = hoursWish(state, { span, reason }, 0) === null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wish = hoursWish(state, { span, reason }, serverNowMs())
    if (wish !== null) void onSay(wish)
  }
  return (
    <form className="dialog-form" onSubmit={submit}>
      <TextInput
        label="For how long"
        description="Such as 2 h or 45 min; empty: until it is taken back"
        value={span}
        error={isWrong ? 'A length of time, at most a year' : null}
        onChange={event => setSpan(event.currentTarget.value)}
      />
      <TextInput
        label="Reason"
        maxLength={maxReasonLength}
        value={reason}
        onChange={event => setReason(event.currentTarget.value)}
      />
      <Button type="submit" loading={isBusy} disabled={isWrong}>
        {word} now
      </Button>
    </form>
  )
}
