/**
 * Terms that the parts of a center's definition share. Beside JSON Schema's own keywords they carry what a form needs
 * to know: `x-refers` names the list that an id is chosen from, `x-key` the key of a list's entries, `x-order` what their order
 * says where it says anything, `x-one-of` the keys of which exactly one is given, `x-unit` the unit of a number whose name does not end with it, and `writeOnly` what is never told.
 */
import Type from 'typebox'

const idPattern = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'
export const Id = Type.String({
  pattern: idPattern,
  examples: ['support'],
  description: 'letters, digits, ".", "_", "-"',
})

/** The lists that are referred to by id; `steps` are those of the same flow. */
export type Referred = 'queues' | 'agents' | 'devices' | 'trunks' | 'hours' | 'flows' | 'mailboxes' | 'steps'

/** The id of an entry of another list. */
export const Ref = (to: Referred, description: string) =>
  Type.String({ pattern: idPattern, 'x-refers': to, description })
