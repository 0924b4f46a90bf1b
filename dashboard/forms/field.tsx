/** One setting of a form, whatever its shape. */
import { GroupField } from './group-field.tsx'
import { ListField, SomeField } from './list-field.tsx'
import { MapField } from './map-field.tsx'
import { NullableField } from './nullable-field.tsx'
import { ChoiceField, FlagField, ReferenceField, ScalarField, SecretField, SeveralField } from './scalar-fields.tsx'
import { type SchemaNode, shapeOf } from './schema.ts'
import { ShorthandField } from './shorthand-field.tsx'
import { WaysField } from './ways-field.tsx'

export interface FieldProps {
  readonly node: SchemaNode
  /** What the setting is called in the definition. */
  readonly name: string
  /** As problems name it. */
  readonly path: string
  /** What is shown in place of what follows from the name; '' in a list. */
  readonly label: string
  readonly value: unknown
  /** undefined: the default. */
  readonly onChange: (value: unknown) => void
  readonly isRequired: boolean
}

export function Field(props: FieldProps) {
  const shape = shapeOf(props.node, props.name)
  switch (shape.kind) {
    case 'text':
      return shape.isSecret ? <SecretField {...props} /> : <ScalarField {...props} />
    case 'number':
    case 'duration':
      return <ScalarField {...props} />
    case 'flag':
      return <FlagField {...props} />
    case 'fixed':
      // That it is there says all.
      return null
    case 'choice':
      return <ChoiceField {...props} values={shape.values} />
    case 'reference':
      return <ReferenceField {...props} list={shape.list} />
    case 'several':
      return <SeveralField {...props} item={shape.item} />
    case 'list':
      return <ListField {...props} item={shape.item} />
    case 'some':
      return <SomeField {...props} item={shape.item} />
    case 'map':
      return <MapField {...props} item={shape.value} />
    case 'group':
      return <GroupField {...props} />
    case 'nullable':
      return <NullableField {...props} inner={shape.inner} />
    case 'shorthand':
      return <ShorthandField {...props} group={shape.group} short={shape.key} />
    case 'ways':
      return <WaysField {...props} ways={shape.ways} />
  }
}

/** Those that take a line of their own, below the others. */
export function isWide(node: SchemaNode, name: string): boolean {
  const shape = shapeOf(node, name)
  if (shape.kind === 'nullable') return isWide(shape.inner, name)
  return ['list', 'some', 'map', 'group', 'shorthand'].includes(shape.kind)
}
