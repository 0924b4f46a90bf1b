/** Keys of a page that work wherever the reader isn't typing or pressing something else. */
import { type MouseEvent, useEffect, useRef } from 'react'

export type Keys = Readonly<Record<string, () => void>>

const typing = 'input, textarea, select, [role="menu"], [role="dialog"], [contenteditable]'
/** These take Enter and the space bar for themselves, but no letters. */
const pressable = 'button, a'

/** @param keys handlers by `event.key`, letters in lower case; space is ` ` */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys)
  latest.current = keys
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return
      const isPress = event.key === 'Enter' || event.key === ' '
      const taken = isPress ? `${typing}, ${pressable}` : typing
      if (event.target instanceof Element && event.target.closest(taken) !== null) return
      const handler = latest.current[event.key.toLowerCase()]
      if (handler === undefined) return
      event.preventDefault()
      handler()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
}

/** Lets go of a button that was clicked, so that Enter means the next action again; the keyboard's focus stays. */
export function releaseAfterClick(event: MouseEvent<HTMLElement>): void {
  if (event.detail > 0) event.currentTarget.blur()
}
