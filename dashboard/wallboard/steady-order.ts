/** Rows that stand still while the reader points at them. */
import { type FocusEvent, type PointerEvent, useRef, useState } from 'react'

/** The new order, unless the reader is in the list: then the old one, with newcomers at the end and the gone left out. */
export function steadyOrder(held: readonly string[], wanted: readonly string[]): readonly string[] {
  const present = new Set(wanted)
  const kept = held.filter(id => present.has(id))
  const known = new Set(kept)
  return [...kept, ...wanted.filter(id => !known.has(id))]
}

/** @returns the ids in the order to show, and the handlers for the element that holds the rows */
export function useSteadyOrder(wanted: readonly string[]) {
  const [isPointed, setPointed] = useState(false)
  const [isFocused, setFocused] = useState(false)
  const shown = useRef<readonly string[]>(wanted)
  shown.current = isPointed || isFocused ? steadyOrder(shown.current, wanted) : wanted
  return {
    order: shown.current,
    isHeld: (isPointed || isFocused) && shown.current.some((id, index) => id !== wanted[index]),
    handlers: {
      // A finger leaves no pointer behind: only a mouse or a pen rests on a row.
      onPointerEnter: (event: PointerEvent) => setPointed(event.pointerType !== 'touch'),
      onPointerLeave: () => setPointed(false),
      onFocus: () => setFocused(true),
      onBlur: (event: FocusEvent) => setFocused(event.currentTarget.contains(event.relatedTarget)),
    },
  }
}
