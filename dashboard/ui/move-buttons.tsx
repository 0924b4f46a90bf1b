/** Moves something up or down in its list, one place at a time, by pointer or by key. */
import { ActionIcon } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { Icon } from './icons.tsx'

interface MoveButtonsProps {
  /** E.g. `rule 2`. */
  readonly what: string
  readonly index: number
  readonly count: number
  readonly onMove: (to: number) => void
}

/** It can be focused still, or the keyboard would lose its place there. */
const atEnd = { 'aria-disabled': true, 'data-disabled': true } as const

export function MoveButtons({ what, index, count, onMove }: MoveButtonsProps) {
  const [up, down] = [useRef<HTMLButtonElement>(null), useRef<HTMLButtonElement>(null)]
  const pressed = useRef<'up' | 'down' | null>(null)
  // What moves in the page loses the focus, and whoever moves something several places goes on pressing.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is the reason
  useEffect(() => {
    const button = pressed.current === 'up' ? up : pressed.current === 'down' ? down : null
    pressed.current = null
    if (document.activeElement === document.body) button?.current?.focus()
  }, [index])
  const move = (by: -1 | 1) => {
    const to = index + by
    if (to < 0 || to >= count) return
    pressed.current = by < 0 ? 'up' : 'down'
    onMove(to)
  }
  const isFirst = index === 0
  const isLast = index === count - 1
  return (
    <>
      <ActionIcon
        ref={up}
        variant="subtle"
        aria-label={`Move ${what} up`}
        {...(isFirst ? atEnd : {})}
        onClick={() => move(-1)}
      >
        <Icon name="up" />
      </ActionIcon>
      <ActionIcon
        ref={down}
        variant="subtle"
        aria-label={`Move ${what} down`}
        {...(isLast ? atEnd : {})}
        onClick={() => move(1)}
      >
        <Icon name="down" />
      </ActionIcon>
    </>
  )
}
