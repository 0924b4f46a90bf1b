/** Settings of one value: text, numbers, lengths of time, yes or no, one or several of a choice. */
import { MultiSelect, NativeSelect, PasswordInput, Select, Switch, TextInput } from '@mantine/core'
import { useState } from 'react'
import { parseSpan, spanText } from '../time/span.ts'
import { useForm, useProblem } from './context.ts'
import { defaultOf } from './draft.ts'
import type { FieldProps } from './field.tsx'
import { type SchemaNode, shapeOf } from './schema.ts'
import { briefOf, hintOf } from './words.ts'

/** What every input has: its words, its problem, and the place by which a problem finds it. */
function useInput({ node, name, path, label, value, isRequired }: FieldProps, ...otherPaths: readonly string[]) {
  const problem = useProblem(path, ...otherPaths)
  const isEmpty = value === undefined || value === ''
  const error = problem !== undefined && isRequired && isEmpty ? 'This has to be given' : problem
  const inList = label === ''
  return {
    'data-path': path,
    label: inList ? undefined : label,
    'aria-label': inList ? path : undefined,
    description: inList ? undefined : hintOf(name, node) || undefined,
    error,
    required: isRequired,
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as ('label' | 'input' | 'description' | 'error')[],
  }
}

/** The default in words, shown where nothing was chosen. */
function placeholderOf(node: SchemaNode, name: string): string {
  const value = defaultOf(node)
  return value === undefined || value === null || value === '' ? '' : briefOf(name, value)
}

/** Text, a number, or a length of time. What can't be read is kept as it is, and refused by the server. */
export function ScalarField(props: FieldProps) {
  const { node, name, value, onChange } = props
  const shape = shapeOf(node, name)
  const unitMs = shape.kind === 'duration' ? shape.unitMs : null
  const shown = typeof value === 'number' && unitMs !== null ? spanText(value * unitMs) : textOf(value)
  // While it is typed it stays as it is typed.
  const [typed, setTyped] = useState<string | null>(null)
  const read = (text: string): unknown => {
    if (text === '') return undefined
    if (unitMs !== null) {
      const ms = parseSpan(text)
      return ms === null ? text : ms / unitMs
    }
    return shape.kind === 'number' && /^-?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : text
  }
  const input = useInput(props)
  const isUnread = unitMs !== null && typeof value === 'string'
  return (
    <TextInput
      {...input}
      error={input.error ?? (isUnread && typed === null ? 'A length of time, as 90 s, 5 min or 1 h 30 min' : undefined)}
      placeholder={placeholderOf(node, name)}
      inputMode={shape.kind === 'number' ? 'numeric' : undefined}
      autoCapitalize="none"
      autoComplete="off"
      spellCheck={false}
      value={typed ?? shown}
      onChange={event => {
        setTyped(event.currentTarget.value)
        onChange(read(event.currentTarget.value))
      }}
      onBlur={() => setTyped(null)}
    />
  )
}

/** It is never told: empty means as it was. */
export function SecretField(props: FieldProps) {
  const { value, onChange } = props
  return (
    <PasswordInput
      {...useInput(props)}
      placeholder="not shown"
      autoComplete="new-password"
      value={textOf(value)}
      onChange={event => onChange(event.currentTarget.value || undefined)}
    />
  )
}

export function FlagField(props: FieldProps) {
  const { node, path, label, name, value, onChange } = props
  const byDefault = node.default === true
  return (
    <Switch
      data-path={path}
      className="form-flag"
      label={label}
      description={hintOf(name, node) || undefined}
      error={useProblem(path)}
      checked={typeof value === 'boolean' ? value : byDefault}
      onChange={event => {
        const isOn = event.currentTarget.checked
        onChange(isOn === byDefault ? undefined : isOn)
      }}
    />
  )
}

export function ChoiceField(props: FieldProps & { readonly values: readonly string[] }) {
  const { node, value, values, onChange, isRequired, name } = props
  const byDefault = placeholderOf(node, name)
  const none = byDefault === '' ? (isRequired ? 'Choose …' : '–') : `${byDefault} (default)`
  return (
    <NativeSelect
      {...useInput(props)}
      data={[{ value: '', label: none }, ...values.filter(each => each !== byDefault || each === value)]}
      value={textOf(value)}
      onChange={event => onChange(event.currentTarget.value || undefined)}
    />
  )
}

export function ReferenceField(props: FieldProps & { readonly list: string; readonly otherPaths?: readonly string[] }) {
  const { list, value, onChange, isRequired, otherPaths = [] } = props
  const chosen = textOf(value)
  const known = useForm().choices(list)
  // What is gone meanwhile is shown all the same.
  const data = chosen === '' || known.some(each => each.value === chosen) ? known : [...known, only(chosen)]
  return (
    <Select
      {...useInput(props, ...otherPaths)}
      data={[...data]}
      placeholder={known.length === 0 ? 'None is defined' : 'Choose …'}
      searchable
      clearable={!isRequired}
      allowDeselect={false}
      limit={100}
      nothingFoundMessage="Nothing like that"
      value={chosen === '' ? null : chosen}
      onChange={next => onChange(next ?? undefined)}
    />
  )
}

export function SeveralField(props: FieldProps & { readonly item: SchemaNode }) {
  const { node, name, item, path, value, onChange } = props
  const { choices } = useForm()
  const { problems } = useForm()
  const chosen = Array.isArray(value) ? value.map(String) : []
  const list = item['x-refers']
  const known = list === undefined ? (item.enum ?? []).map(only) : choices(list)
  const wrongItem = chosen.map((_, index) => `${path}[${index}]`).find(each => problems.has(each))
  const placeholder = placeholderOf(node, name)
  return (
    <MultiSelect
      {...useInput(props, ...(wrongItem === undefined ? [] : [wrongItem]))}
      data={[...known, ...chosen.filter(each => !known.some(({ value: id }) => id === each)).map(only)]}
      placeholder={chosen.length > 0 ? '' : placeholder === '0' || placeholder === '' ? 'None' : placeholder}
      searchable
      clearable
      limit={100}
      nothingFoundMessage="Nothing like that"
      value={chosen}
      onChange={next => onChange(next.length === 0 ? undefined : next)}
    />
  )
}

function only(value: string) {
  return { value, label: value }
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
