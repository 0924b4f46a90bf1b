/** One call as a lookup holds it: what it is asked about, and what becomes of the answer. */
import type { Attributes } from '../events.ts'
import type { FlowStepTold, LookupCall } from '../routing/flow-types.ts'
import type { CallCore } from './call-core.ts'

/** What is shorter stands in many words by chance. */
const leastHidden = 3

export interface LookupCallOptions {
  readonly core: CallCore
  /** True once the call has ended: a late lookup has nobody to tell. */
  readonly isOver: () => boolean
}

export function createLookupCall({ core, isOver }: LookupCallOptions): LookupCall {
  const { callId, record, services, intake } = core
  return {
    secretFacts: () => factsWith(core, { ...record.attributes, ...intake.secrets }),
    setAttributes(changed, origin) {
      if (!isOver()) core.setAttributes(changed, origin)
    },
    matched(status, matches) {
      if (isOver()) return
      intake.match = { status, matches }
      services.pops.update(callId, record.attributes, intake.match)
    },
    told(step: FlowStepTold) {
      if (!isOver()) core.emit('call.flow_step_taken', { callId, ...step, result: hidden(step.result, intake.secrets) })
    },
    isOver,
    guard: work => core.guard(work),
  }
}

export function factsWith({ callId, facts }: CallCore, attributes: Attributes) {
  const { dnis, trunkId, ani } = facts
  return { callId, dnis, trunkId, ani, attributes }
}

/** Whoever looked something up may have repeated what he was asked with. */
function hidden(text: string, secrets: Readonly<Record<string, string>>): string {
  return Object.values(secrets).reduce(
    (rest, secret) => (secret.length < leastHidden ? rest : rest.replaceAll(secret, '(secret)')),
    text,
  )
}
