/** What a queue's wrap-up rule allows. Pure. */
import type { WrapUpConfig } from '../config-agents.ts'
import { EngineError } from '../errors.ts'

/** What a queue says about after-call work, or the lack of a queue. */
export interface WrapUpRule extends WrapUpConfig {
  readonly wrapUpMs: number
}

/** Of a call that no queue brought. */
export const noWrapUp: WrapUpRule = { mode: 'none', extendMs: 0, maxExtensions: 0, dispositions: [], wrapUpMs: 0 }

/** What has been said about a call so far. */
export interface WrapUpNotes {
  readonly disposition: string | null
  readonly notes: string | null
}

export const noNotes: WrapUpNotes = { disposition: null, notes: null }

/** How long the work takes, in milliseconds; null: until somebody ends it; 0: there is none. */
export function wrapUpTime(rule: WrapUpRule, asked: boolean, { disposition }: WrapUpNotes): number | null {
  switch (rule.mode) {
    case 'none':
      return 0
    case 'optional':
      return asked ? rule.wrapUpMs : 0
    case 'untilDisposition':
      return disposition === null ? null : 0
    default:
      return rule.wrapUpMs
  }
}

/** @throws EngineError `request.invalid` for a disposition that the queue does not know */
export function checkDisposition({ dispositions }: WrapUpRule, disposition: string | null | undefined): void {
  if (disposition === null || disposition === undefined) return
  if (dispositions.length === 0 || dispositions.includes(disposition)) return
  throw new EngineError('request.invalid', `The disposition must be one of: ${dispositions.join(', ')}.`)
}

/**
 * Whether after-call work may end now. A supervisor may always end it.
 * @throws EngineError `agent.conflict` if only time or a supervisor ends it, `request.invalid` if a disposition is missing
 */
export function checkCompletion(rule: WrapUpRule, by: 'agent' | 'supervisor', notes: WrapUpNotes): void {
  if (by === 'supervisor') return
  if (rule.mode === 'mandatory')
    throw new EngineError('agent.conflict', 'This wrap-up lasts its whole time; a supervisor may end it.')
  if (rule.mode === 'untilDisposition' && notes.disposition === null)
    throw new EngineError('request.invalid', 'This wrap-up ends with a disposition.')
}
