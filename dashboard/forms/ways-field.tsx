/** A setting that may be of several kinds: first which, then the rest. */
import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useProblem } from './context.ts'
import { defaultOf } from './draft.ts'
import { Field, type FieldProps } from './field.tsx'
import { beginningOf } from './group-field.tsx'
import { type Way, wayTaken } from './schema.ts'
import { briefOf, hintOf, labelOf } from './words.ts'

export function WaysField(props: FieldProps & { readonly ways: readonly Way[] }) {
  const { node, name, path, label, value, ways, onChange, isRequired } = props
  // Remembered, because what is half typed may be of no kind.
  const [chosen, setChosen] = useState(() => wayTaken(ways, value)?.name ?? '')
  const way = wayTaken(ways, value) ?? (value === undefined ? undefined : ways.find(each => each.name === chosen))
  const problem = useProblem(path)
  const byDefault = defaultOf(node)
  const none = byDefault === undefined ? (isRequired ? 'Choose …' : '–') : `${briefOf(name, byDefault)} (default)`
  const choose = (wanted: string) => {
    setChosen(wanted)
    const next = ways.find(each => each.name === wanted)
    if (next === undefined) return onChange(undefined)
    const { key, node: of } = next
    onChange(key === null ? beginningOf(of) : { [key]: beginningOf(of.properties?.[key] ?? {}) })
  }
  return (
    <div className={label === '' ? 'form-ways form-ways-row' : 'form-ways'}>
      <NativeSelect
        data-path={path}
        label={label === '' ? undefined : label}
        aria-label={label === '' ? path : undefined}
        description={label === '' ? undefined : hintOf('', node) || undefined}
        error={way === undefined ? problem : undefined}
        required={isRequired}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        data={[
          { value: '', label: none },
          ...ways
            .filter(each => byDefault === undefined || each.node.const !== byDefault)
            .map(each => ({ value: each.name, label: wayLabel(each) })),
        ]}
        value={way?.name ?? ''}
        onChange={event => choose(event.currentTarget.value)}
      />
      {way !== undefined && way.node.const === undefined && (
        <WayValue way={way} path={path} label={label === '' ? '' : 'Value'} value={value} onChange={onChange} />
      )}
    </div>
  )
}

interface WayValueProps {
  readonly way: Way
  readonly path: string
  /** Of a value without a name of its own. */
  readonly label: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function WayValue({ way: { key, node }, path, label, value, onChange }: WayValueProps) {
  if (key === null)
    return (
      <Field
        node={node}
        name=""
        path={path}
        label={label}
        value={value}
        isRequired
        onChange={next => onChange(next ?? '')}
      />
    )
  const inner = node.properties?.[key] ?? {}
  return (
    <Field
      node={inner}
      name={key}
      path={`${path}.${key}`}
      label={labelOf(key)}
      value={(value as Readonly<Record<string, unknown>> | undefined)?.[key]}
      isRequired
      onChange={next => onChange({ [key]: next ?? '' })}
    />
  )
}

function wayLabel({ name, node }: Way): string {
  return node.type === 'integer' && node.minimum !== undefined ? `${node.minimum} – ${node.maximum}` : labelOf(name)
}
