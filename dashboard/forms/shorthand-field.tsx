/** A group of which mostly one setting is given: that one first, the others open. It is written as the one alone. */
import { capitalised } from '../words.ts'
import { Field, type FieldProps } from './field.tsx'
import { GroupBody, Part } from './group-field.tsx'
import { ReferenceField } from './scalar-fields.tsx'
import { isRecord, type SchemaNode } from './schema.ts'
import { labelOf, singularOf } from './words.ts'

export function ShorthandField(props: FieldProps & { readonly group: SchemaNode; readonly short: string }) {
  const { group, short, path, value, onChange } = props
  const whole: Readonly<Record<string, unknown>> = isRecord(value) ? value : { [short]: value }
  const node = group.properties?.[short] ?? {}
  const { [short]: first, ...rest } = whole
  const change = (next: Readonly<Record<string, unknown>>) => {
    const { [short]: chosen, ...others } = next
    onChange(Object.keys(others).length === 0 ? (chosen ?? '') : next)
  }
  const list = node['x-refers']
  const inner = {
    ...props,
    node,
    name: short,
    path: `${path}.${short}`,
    // In a list it is called as one of the list.
    label: short === 'id' ? capitalised(singularOf(props.name)) : labelOf(short),
    value: first,
    isRequired: true,
    onChange: (next: unknown) => change({ ...whole, [short]: next ?? '' }),
  }
  return (
    <div className="form-shorthand" data-path={path}>
      {list === undefined ? <Field {...inner} /> : <ReferenceField {...inner} list={list} otherPaths={[path]} />}
      <Part title="More" hint="" path={`${path}.more`} value={Object.keys(rest).length === 0 ? undefined : rest}>
        <GroupBody
          group={group}
          path={path}
          value={whole}
          onChange={next => change(isRecord(next) ? next : {})}
          without={[short]}
        />
      </Part>
    </div>
  )
}
