/** Texts with holes: `{ani.e164}`, `{dnis}`, `{attributes.name}`. What is unknown or absent becomes nothing. */
import type { FlowFacts } from './flow-types.ts'

/** @param quote what becomes of a value, e.g. `encodeURIComponent` */
export function fillTemplate(
  text: string,
  facts: FlowFacts,
  quote: (value: string) => string = value => value,
): string {
  return text.replace(/\{([A-Za-z0-9._-]{1,100})\}/g, (_, name: string) => quote(factOf(facts, name)))
}

/** A fact of the call by its name, or an attribute by its own with or without `attributes.`; empty if it is absent. */
export function factOf({ callId, dnis, trunkId, ani, attributes }: FlowFacts, name: string): string {
  switch (name) {
    case 'callId':
      return callId
    case 'dnis':
      return dnis
    case 'trunkId':
      return trunkId ?? ''
    case 'ani.e164':
      return ani.e164 ?? ''
    case 'ani.raw':
      return ani.raw
    case 'ani.name':
      return ani.name ?? ''
    default: {
      const key = name.startsWith('attributes.') ? name.slice('attributes.'.length) : name
      return Object.hasOwn(attributes, key) ? (attributes[key] ?? '') : ''
    }
  }
}
