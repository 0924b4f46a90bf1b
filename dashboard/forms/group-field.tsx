/** Settings that belong together: one after the other, or as a part that opens. */
import { NativeSelect } from '@mantine/core'
import { type ReactNode, useEffect, useState } from 'react'
import { Icon } from '../ui/icons.tsx'
import { useHasProblemWithin, useProblem } from './context.ts'
import { withValueAt } from './draft.ts'
import { Field, type FieldProps, isWide } from './field.tsx'
import { isRecord, type SchemaNode } from './schema.ts'
import { briefOf, hintOf, labelOf } from './words.ts'

interface BodyProps {
  readonly group: SchemaNode
  /** Of the group; the root is ''. */
  readonly path: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** Keys that are told elsewhere. */
  readonly without?: readonly string[]
}

/** The settings of a group: those of one value side by side, the others below. */
export function GroupBody({ group, path, value, onChange, without = [] }: BodyProps) {
  const alternatives = group['x-one-of'] ?? []
  const given = isRecord(value) ? value : {}
  const taken = alternatives.find(key => key in given)
  const shown = Object.entries(group.properties ?? {}).filter(
    ([key]) => !without.includes(key) && (!alternatives.includes(key) || key === taken),
  )
  const fields = shown.map(([key, node]) => ({
    isWide: isWide(node, key),
    // What was chosen to be done is what the reader wants to say more of.
    field:
      key === taken && node.type === 'object' && node.properties !== undefined ? (
        <GroupBody
          key={key}
          group={node}
          path={path === '' ? key : `${path}.${key}`}
          value={given[key]}
          onChange={next => onChange(withValueAt(given, [key], next))}
        />
      ) : (
        <Field
          key={key}
          node={node}
          name={key}
          path={path === '' ? key : `${path}.${key}`}
          label={labelOf(key, node)}
          value={given[key]}
          onChange={next => onChange(withValueAt(given, [key], next))}
          isRequired={node.default === undefined && group.required?.includes(key) === true}
        />
      ),
  }))
  return (
    <div className="form-body">
      <div className="form-grid">
        {alternatives.length > 0 && (
          <AlternativeChoice group={group} alternatives={alternatives} path={path} value={given} onChange={onChange} />
        )}
        {fields.filter(each => !each.isWide).map(each => each.field)}
      </div>
      {fields.filter(each => each.isWide).map(each => each.field)}
    </div>
  )
}

interface AlternativeProps {
  readonly group: SchemaNode
  readonly alternatives: readonly string[]
  readonly path: string
  readonly value: Readonly<Record<string, unknown>>
  readonly onChange: (value: unknown) => void
}

/** Which of the keys of which there is exactly one. */
function AlternativeChoice({ group, alternatives, path, value, onChange }: AlternativeProps) {
  const taken = alternatives.find(key => key in value) ?? ''
  const choose = (key: string) => {
    const others = Object.fromEntries(Object.entries(value).filter(([name]) => !alternatives.includes(name)))
    onChange({ ...others, [key]: beginningOf(group.properties?.[key] ?? {}) })
  }
  return (
    <NativeSelect
      data-path={path}
      label="Does"
      required
      description={taken === '' ? undefined : hintOf(taken, group.properties?.[taken] ?? {})}
      error={useProblem(path)}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={[
        ...(taken === '' ? [{ value: '', label: 'Choose …' }] : []),
        ...alternatives.map(key => ({ value: key, label: labelOf(key) })),
      ]}
      value={taken}
      onChange={event => choose(event.currentTarget.value)}
    />
  )
}

/** What a setting has when it has just been chosen. */
export function beginningOf(node: SchemaNode): unknown {
  if (node.const !== undefined) return node.const
  if (node.minimum !== undefined) return node.minimum
  if (node.type === 'object') return {}
  return node.type === 'array' ? [] : ''
}

export function GroupField(props: FieldProps) {
  const { node, path, label, value, onChange } = props
  return (
    <Part title={label} hint={hintOf('', node)} path={path} value={value}>
      <GroupBody group={node} path={path} value={value} onChange={onChange} />
    </Part>
  )
}

interface PartProps {
  readonly title: string
  readonly hint: string
  readonly path: string
  /** What has been chosen in it; shown in short while it is closed. */
  readonly value: unknown
  readonly children: ReactNode
}

/** A part of a form that opens. It is open if something in it was refused. */
export function Part({ title, hint, path, value, children }: PartProps) {
  const [isOpen, setOpen] = useState(false)
  const hasProblem = useHasProblemWithin(path)
  const problem = useProblem(path)
  useEffect(() => {
    if (hasProblem) setOpen(true)
  }, [hasProblem])
  const isChosen = isRecord(value) ? Object.keys(value).length > 0 : value !== undefined
  return (
    <details className="form-part" data-path={path} open={isOpen} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>
        <Icon name="right" size={16} />
        <span className="form-part-title">{title}</span>
        <span className="form-part-brief muted">{isChosen ? briefOf('', value) : 'default'}</span>
      </summary>
      <div className="form-part-body">
        {hint !== '' && <p className="form-hint muted">{hint}</p>}
        {problem !== undefined && <p className="form-error">{problem}</p>}
        {children}
      </div>
    </details>
  )
}
