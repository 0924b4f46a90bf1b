/** A setting that may be none. */
import { Switch } from '@mantine/core'
import { defaultOf } from './draft.ts'
import { Field, type FieldProps } from './field.tsx'
import { GroupBody, Part } from './group-field.tsx'
import { type SchemaNode, shapeOf } from './schema.ts'
import { hintOf } from './words.ts'

export function NullableField(props: FieldProps & { readonly inner: SchemaNode }) {
  const { node, inner, path, label, value, onChange } = props
  if (shapeOf(inner).kind === 'group') {
    const isOn = value !== undefined && value !== null
    return (
      <Part title={label} hint={hintOf('', node)} path={path} value={isOn ? value : undefined}>
        <Switch
          className="form-flag"
          label="On"
          aria-label={`${label}: on`}
          checked={isOn}
          onChange={event => onChange(event.currentTarget.checked ? {} : undefined)}
        />
        {isOn && <GroupBody group={inner} path={path} value={value} onChange={onChange} />}
      </Part>
    )
  }
  // None by default: nothing chosen is none.
  if (defaultOf(node) === null || node.default === undefined) return <Field {...props} node={inner} />
  const isNone = value === null
  return (
    <div className="form-nullable">
      {isNone ? (
        <p className="form-none">
          <span>{label}</span>
          <span className="muted">None. {hintOf('', inner)}</span>
        </p>
      ) : (
        <Field {...props} node={inner} />
      )}
      <Switch
        label="None"
        aria-label={`${label}: none`}
        checked={isNone}
        onChange={event => onChange(event.currentTarget.checked ? null : undefined)}
      />
    </div>
  )
}
