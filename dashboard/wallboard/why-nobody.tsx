/** Why nobody is being rung for those who wait in a queue: asked for when somebody wants to know, then kept up to date. */
import { UnstyledButton } from '@mantine/core'
import { useState } from 'react'
import { messageOf } from '../api/http.ts'
import { queues } from '../api/resources.ts'
import { useResource } from '../ui/resource.ts'

interface WhyNobodyProps {
  readonly queueId: string
  /** Changes when the queue's figures do. */
  readonly version: unknown
}

export function WhyNobody(props: WhyNobodyProps) {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <UnstyledButton className="why-button muted" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        Why does nobody ring?
      </UnstyledButton>
      {isOpen && <Answer {...props} />}
    </>
  )
}

function Answer({ queueId, version }: WhyNobodyProps) {
  const { value, error } = useResource(() => queues.explain(queueId), queueId, version)
  const text = value?.summary ?? (error === null ? 'One moment…' : messageOf(error))
  return (
    <span className="why-answer" role="status">
      {text}
    </span>
  )
}
