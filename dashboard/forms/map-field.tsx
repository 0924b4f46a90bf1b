/** Settings by name, where the names are free: skills, cases, headers. */
import { ActionIcon, Button, TextInput } from '@mantine/core'
import { type KeyboardEvent, useState } from 'react'
import { Icon } from '../ui/icons.tsx'
import { useProblem } from './context.ts'
import { Field, type FieldProps } from './field.tsx'
import { beginningOf } from './group-field.tsx'
import { isRecord, type SchemaNode } from './schema.ts'
import { hintOf } from './words.ts'

export function MapField({
  node,
  name,
  path,
  label,
  item,
  value,
  onChange,
}: FieldProps & { readonly item: SchemaNode }) {
  const [adding, setAdding] = useState('')
  const problem = useProblem(path)
  const entries = Object.entries(isRecord(value) ? value : {})
  const key = adding.trim()
  const canAdd = key !== '' && !entries.some(([each]) => each === key)
  const put = (next: readonly (readonly [string, unknown])[]) =>
    onChange(next.length === 0 && node.default !== undefined ? undefined : Object.fromEntries(next))
  const add = () => {
    if (!canAdd) return
    // Of several kinds the first one.
    put([...entries, [key, beginningOf(item.anyOf?.[0] ?? item)]])
    setAdding('')
  }
  const addByKey = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return
    event.preventDefault()
    add()
  }
  return (
    <fieldset className="form-list" data-path={path}>
      <legend>{label}</legend>
      <p className="form-hint muted">{hintOf(name, node)}</p>
      {problem !== undefined && <p className="form-error">{problem}</p>}
      {entries.length > 0 && (
        <ul>
          {entries.map(([each, given]) => (
            <li key={each} className="form-item">
              <div className="form-entry">
                <span className="form-key mono">{each}</span>
                <Field
                  node={item}
                  name=""
                  path={`${path}.${each}`}
                  label=""
                  value={given}
                  onChange={next => put(entries.map(([at, old]) => [at, at === each ? (next ?? '') : old]))}
                  isRequired
                />
              </div>
              <div className="form-item-actions">
                <ActionIcon
                  variant="subtle"
                  aria-label={`Remove ${each}`}
                  onClick={() => put(entries.filter(([at]) => at !== each))}
                >
                  <Icon name="trash" />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ul>
      )}
      <div className="toolbar">
        <TextInput
          size="xs"
          aria-label={`${label}: name of a new one`}
          placeholder="Name"
          autoCapitalize="none"
          autoComplete="off"
          value={adding}
          onChange={event => setAdding(event.currentTarget.value)}
          onKeyDown={addByKey}
        />
        <Button variant="default" size="xs" disabled={!canAdd} onClick={add}>
          Add
        </Button>
      </div>
    </fieldset>
  )
}
