/** One entry as text: what differs from the defaults, in YAML. The parser is loaded when somebody wants it. */
import { useEffect, useState } from 'react'
import { isRecord } from '../forms/schema.ts'
import { Loading } from '../ui/notices.tsx'
import { LinedText } from './lined-text.tsx'

type Yaml = typeof import('yaml')

interface EntryYamlProps {
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** null: it can be read. */
  readonly onFault: (fault: string | null) => void
}

export function EntryYaml(props: EntryYamlProps) {
  const [yaml, setYaml] = useState<Yaml | null>(null)
  useEffect(() => {
    void import('yaml').then(setYaml)
  }, [])
  return yaml === null ? <Loading rows={1} height={240} /> : <Text {...props} yaml={yaml} />
}

function Text({ yaml, value, onChange, onFault }: EntryYamlProps & { readonly yaml: Yaml }) {
  const [text, setText] = useState(() => yaml.stringify(value))
  const [fault, setFault] = useState<string | null>(null)
  const tell = (words: string | null) => {
    setFault(words)
    onFault(words)
  }
  const change = (next: string) => {
    setText(next)
    try {
      const read: unknown = yaml.parse(next) ?? {}
      if (!isRecord(read)) return tell('A text with a setting in each line is wanted.')
      tell(null)
      onChange(read)
    } catch (error) {
      tell((error as Error).message.split('\n')[0] ?? '')
    }
  }
  return (
    <div className="card editor entry-yaml">
      <LinedText label="The entry as YAML" text={text} onChange={change} />
      {fault !== null && <p className="form-error">{fault}</p>}
    </div>
  )
}
