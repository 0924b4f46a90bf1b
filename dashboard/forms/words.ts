/** The words of a form, made from what the schema calls and says of a setting. */
import { spanText } from '../time/span.ts'
import { capitalised } from '../words.ts'
import { isRecord, type SchemaNode, shapeOf } from './schema.ts'

const acronyms: Readonly<Record<string, string>> = {
  sip: 'SIP',
  nat: 'NAT',
  url: 'URL',
  pin: 'PIN',
  ttl: 'TTL',
  ewt: 'EWT',
}

/** `ringTimeoutMs` → `Ring timeout`; the unit shows in the value. */
export function labelOf(key: string, node: SchemaNode = {}): string {
  if (node.title !== undefined && node.type !== 'object') return node.title
  const parts = key
    .replace(/(?<=[a-z])(Ms|Sec)$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(' ')
  return capitalised(parts.map(part => acronyms[part] ?? part).join(' '))
}

/** What one of a list is called: `dispositions` → `disposition`. */
export function singularOf(key: string): string {
  return labelOf(key.replace(/(ss|x)es$/, '$1').replace(/(?<!s)s$/, '')).toLowerCase()
}

const number = new Intl.NumberFormat('en-GB')

/** What a setting is for, with its limits. */
export function hintOf(key: string, node: SchemaNode): string {
  const words = capitalised((node.description ?? '').replaceAll('`', ''))
  const limits = limitsOf(key, node)
  return [words, limits].filter(text => text !== '').join('. ')
}

function limitsOf(key: string, node: SchemaNode): string {
  const shape = shapeOf(node, key)
  const { minimum, maximum } = node
  if (minimum === undefined || maximum === undefined) return ''
  if (shape.kind === 'duration') return `${spanText(minimum * shape.unitMs)} – ${spanText(maximum * shape.unitMs)}`
  return `${number.format(minimum)} – ${number.format(maximum)}`
}

/** A longer one is told as how many there are. */
const longestList = 60

/** A value in a few words: `after 2 min, to queue sales`. */
export function briefOf(key: string, value: unknown): string {
  if (typeof value === 'number') {
    const shape = shapeOf({ type: 'number' }, key)
    return shape.kind === 'duration' ? spanText(value * shape.unitMs) : String(value)
  }
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (value === null || value === undefined) return 'none'
  if (Array.isArray(value)) {
    const text = value.every(item => typeof item === 'string') ? value.join(', ') : ''
    return text !== '' && text.length <= longestList ? text : String(value.length)
  }
  if (!isRecord(value)) return String(value)
  return Object.entries(value)
    .map(([name, item]) => {
      const label = labelOf(name).toLowerCase()
      // The bounds of a duration are durations.
      return item === true ? label : `${label} ${briefOf(/(Ms|Sec)$/.exec(key)?.[0] ?? name, item)}`
    })
    .join(', ')
}
