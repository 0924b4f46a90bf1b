/** Taking calls or not: two buttons large enough for a thumb, and their keys. */
import { Kbd, UnstyledButton } from '@mantine/core'
import type { MouseEvent } from 'react'
import type { AgentReply } from '../../server/api/agents.ts'
import { Icon } from '../ui/icons.tsx'
import { releaseAfterClick } from './keys.ts'

export interface AvailabilityChoiceProps {
  readonly agent: AgentReply
  readonly isBusy: boolean
  readonly onAvailable: () => void
  readonly onNotReady: () => void
}

/** While the agent works, what is chosen is what comes when the work ends. */
export function AvailabilityChoice({ agent, isBusy, onAvailable, onNotReady }: AvailabilityChoiceProps) {
  const wanted = agent.next?.availability ?? agent.availability
  const reason = agent.next?.availability === 'notReady' ? agent.next.reason : null
  const after = (act: () => void) => (event: MouseEvent<HTMLElement>) => {
    releaseAfterClick(event)
    act()
  }
  return (
    <div className="own-choice">
      <UnstyledButton
        className="choice"
        aria-pressed={wanted === 'available'}
        disabled={isBusy}
        onClick={after(onAvailable)}
      >
        <span className="with-icon">
          <Icon name={wanted === 'available' ? 'checkCircle' : 'circle'} />
          Available
        </span>
        <Kbd aria-hidden="true">A</Kbd>
      </UnstyledButton>
      <UnstyledButton
        className="choice"
        aria-pressed={wanted === 'notReady'}
        disabled={isBusy}
        onClick={after(onNotReady)}
      >
        <span className="with-icon">
          <Icon name={wanted === 'notReady' ? 'checkCircle' : 'circle'} />
          <span>
            Not ready
            {reason !== null && <span className="choice-detail">{reason}</span>}
          </span>
        </span>
        <Kbd aria-hidden="true">N</Kbd>
      </UnstyledButton>
    </div>
  )
}
