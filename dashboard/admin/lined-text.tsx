/** A text area with line numbers that scroll with it. */
import { type KeyboardEvent, type UIEvent, useRef } from 'react'

interface LinedTextProps {
  readonly label: string
  readonly text: string
  readonly onChange: (text: string) => void
  readonly onKeyDown?: (event: KeyboardEvent) => void
  readonly describedBy?: string
}

export function LinedText({ label, text, onChange, onKeyDown, describedBy }: LinedTextProps) {
  const gutter = useRef<HTMLPreElement>(null)
  const count = text.split('\n').length
  const numbers = Array.from({ length: count }, (_, index) => index + 1).join('\n')
  const follow = (event: UIEvent<HTMLTextAreaElement>) => {
    if (gutter.current !== null) gutter.current.scrollTop = event.currentTarget.scrollTop
  }
  return (
    <div className="lined">
      <pre ref={gutter} className="lined-numbers mono" aria-hidden="true">
        {numbers}
      </pre>
      <textarea
        className="lined-text mono"
        aria-label={label}
        aria-describedby={describedBy}
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        wrap="off"
        value={text}
        onChange={event => onChange(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onScroll={follow}
      />
    </div>
  )
}
