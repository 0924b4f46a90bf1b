/** One call as a flow holds it: what the flow says is done here, and told in the call's journal. */
import type { FlowCall, FlowDecision } from '../routing/flow-types.ts'
import type { CallCore } from './call-core.ts'
import type { Screening } from './screening.ts'

export interface FlowCallOptions {
  readonly core: CallCore
  /** What talks to the caller. */
  screening(): Screening
  setAttributes(changed: Readonly<Record<string, string>>, origin: string): void
  decide(decision: FlowDecision): void
  /** True once the call has ended: a late lookup has nobody to tell. */
  readonly isOver: () => boolean
}

export function createFlowCall({ core, screening, setAttributes, decide, isOver }: FlowCallOptions): FlowCall {
  const { callId, facts, record, services, intake } = core
  return {
    facts: () => ({
      callId,
      dnis: facts.dnis,
      trunkId: facts.trunkId,
      ani: facts.ani,
      attributes: record.attributes,
    }),
    say(prompts, done) {
      screening().say(prompts, said => {
        if (said !== 'gone') done(said === 'said')
      })
    },
    gather: (gather, done) => screening().gather(gather, done),
    setAttributes(changed, origin) {
      if (!isOver()) setAttributes(changed, origin)
    },
    matched(status, matches) {
      if (isOver()) return
      intake.match = { status, matches }
      services.pops.update(callId, record.attributes, intake.match)
    },
    told(step) {
      if (!isOver()) core.emit('call.flow_step_taken', { callId, ...step })
    },
    decide,
  }
}
