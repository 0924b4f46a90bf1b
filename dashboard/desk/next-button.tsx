/** The one next action, large, with the keys that do the same. */
import { Button, Kbd } from '@mantine/core'
import { Icon } from '../ui/icons.tsx'
import type { NextAction } from './next-action.ts'

interface NextButtonProps {
  readonly action: NextAction
  readonly isBusy: boolean
  readonly onPress: () => void
}

export function NextButton({ action, isBusy, onPress }: NextButtonProps) {
  if (action.kind === 'none') return null
  return (
    <div className="next">
      <Button
        className="next-button"
        size="lg"
        loading={isBusy}
        onClick={onPress}
        rightSection={action.kind === 'openRecord' ? <Icon name="external" /> : null}
      >
        {action.title}
      </Button>
      <p className="next-keys muted">
        <Kbd>Enter</Kbd> or <Kbd>Space</Kbd>
      </p>
    </div>
  )
}
