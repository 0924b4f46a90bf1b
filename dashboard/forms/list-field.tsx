/** Lists: add, remove, move up and down. */
import { ActionIcon, Button } from '@mantine/core'
import { useRef } from 'react'
import { Icon } from '../ui/icons.tsx'
import { MoveButtons } from '../ui/move-buttons.tsx'
import { useHasProblemWithin, useProblem } from './context.ts'
import { Field, type FieldProps } from './field.tsx'
import { beginningOf, GroupBody } from './group-field.tsx'
import { type SchemaNode, shapeOf } from './schema.ts'
import { briefOf, hintOf, singularOf } from './words.ts'

interface ItemsProps extends FieldProps {
  readonly item: SchemaNode
}

export function ListField(props: ItemsProps) {
  const { node, value, onChange } = props
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  // Where there are some by default, none at all is a choice.
  const isNothing = (next: readonly unknown[] = []) =>
    next.length === 0 && (node.default === undefined || isEmptyList(node.default))
  return <Items {...props} items={items} onItems={next => onChange(isNothing(next) ? undefined : next)} />
}

/** One of something is written as it is, several as a list; none is not the same as nothing said. */
export function SomeField(props: ItemsProps) {
  const { value, onChange } = props
  const items: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value]
  return <Items {...props} items={items} onItems={next => onChange(next)} />
}

interface ListProps extends ItemsProps {
  readonly items: readonly unknown[]
  readonly onItems: (items: readonly unknown[] | undefined) => void
}

function Items({ node, name, path, label, item, items, onItems, value }: ListProps) {
  const problem = useProblem(path)
  const keys = useStableKeys(items.length)
  const one = item.title?.toLowerCase() ?? singularOf(name)
  const put = (index: number, next: unknown) => onItems(items.with(index, next ?? ''))
  const move = (from: number, to: number) => {
    keys.swap(from, to)
    onItems(items.with(from, items[to]).with(to, items[from]))
  }
  const remove = (index: number) => {
    keys.remove(index)
    onItems(items.filter((_, at) => at !== index))
  }
  const byDefault = value === undefined && node.default !== undefined ? briefOf(name, node.default) : ''
  return (
    <fieldset className="form-list" data-path={path}>
      <legend>{label}</legend>
      <p className="form-hint muted">
        {hintOf(name, node)}
        {byDefault !== '' && byDefault !== '0' && `${node.description === undefined ? '' : '. '}Default: ${byDefault}`}
      </p>
      {problem !== undefined && <p className="form-error">{problem}</p>}
      {items.length > 0 && (
        <ol>
          {items.map((each, index) => (
            <li key={keys.all[index]} className="form-item">
              <ItemBody
                node={item}
                name={name}
                path={`${path}[${index}]`}
                value={each}
                onChange={next => put(index, next)}
              />
              <div className="form-item-actions">
                <MoveButtons
                  what={`${one} ${index + 1}`}
                  index={index}
                  count={items.length}
                  onMove={to => move(index, to)}
                />
                <ActionIcon variant="subtle" aria-label={`Remove ${one} ${index + 1}`} onClick={() => remove(index)}>
                  <Icon name="trash" />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ol>
      )}
      <div className="toolbar">
        <Button variant="default" size="xs" onClick={() => onItems([...items, beginningOf(item)])}>
          Add {one}
        </Button>
        {Array.isArray(value) && value.length === 0 && <span className="muted">None at all</span>}
        {value !== undefined && byDefault === '' && node.default !== undefined && !isEmptyList(node.default) && (
          <Button variant="subtle" size="xs" onClick={() => onItems(undefined)}>
            Back to the default
          </Button>
        )}
      </div>
    </fieldset>
  )
}

interface ItemProps {
  readonly node: SchemaNode
  readonly name: string
  readonly path: string
  readonly value: unknown
  readonly onChange: (value: unknown) => void
}

function ItemBody({ node, name, path, value, onChange }: ItemProps) {
  const isWrong = useHasProblemWithin(path)
  const shape = shapeOf(node)
  if (shape.kind !== 'group')
    return <Field node={node} name={name} path={path} label="" value={value} onChange={onChange} isRequired />
  return (
    <div className={isWrong ? 'form-item-body form-item-wrong' : 'form-item-body'}>
      <GroupBody group={shape.group} path={path} value={value} onChange={onChange} />
    </div>
  )
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0
}

/** A key for each item that goes with it when it moves, so that what is open stays open. */
function useStableKeys(count: number) {
  const { current } = useRef({ next: 0, keys: [] as number[] })
  while (current.keys.length < count) current.keys.push(current.next++)
  current.keys.length = count
  return {
    all: current.keys,
    swap(from: number, to: number) {
      const { keys } = current
      current.keys = keys.with(from, keys[to] ?? 0).with(to, keys[from] ?? 0)
    },
    remove(index: number) {
      current.keys = current.keys.filter((_, at) => at !== index)
    },
  }
}
