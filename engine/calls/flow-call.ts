/** One call as a flow holds it: what the flow says is done here, and told in the call's journal. */
import { routingOf } from '../config-routing.ts'
import type { FlowCall, FlowDecision } from '../routing/flow-types.ts'
import type { CallbackAsked } from './callback-way.ts'
import { createLookupCall, factsWith, type LookupCallOptions } from './lookup-call.ts'
import type { Asked } from './routing-request.ts'
import type { Screening } from './screening.ts'

export interface FlowCallOptions extends LookupCallOptions {
  /** What talks to the caller. */
  screening(): Screening
  /** What holds where the flow says nothing of it. */
  readonly asked: Asked
  /** Settles a callback with the caller. */
  callback(asked: CallbackAsked, onDeclined: () => void): void
  decide(decision: FlowDecision): void
}

export function createFlowCall(options: FlowCallOptions): FlowCall {
  const { core, screening, asked, callback, decide, isOver } = options
  const { record, intake } = core
  return {
    ...createLookupCall(options),
    facts: () => factsWith(core, record.attributes),
    now: () => core.services.clock.now(),
    keep(name, digits) {
      intake.secrets = { ...intake.secrets, [name]: digits }
    },
    say(prompts, done) {
      screening().say(prompts, said => {
        if (said !== 'gone') done(said === 'said')
      })
    },
    gather: (gather, done) => screening().gather(gather, done),
    voicemailRefusal: mailboxId => screening().refusal(mailboxId),
    voicemail(mailboxId, wishes, done) {
      screening().takeMessage(mailboxId, wishes, reply => {
        if (reply !== 'gone' && !isOver()) done(reply)
      })
    },
    callback({ queue: queueId, priority = asked.priority, ...wishes }, onDeclined) {
      callback(
        { queueId, priority, request: { ...asked.request, ...routingOf(wishes, core.services.clock.now()) } },
        () => {
          if (!isOver()) onDeclined()
        },
      )
    },
    decide,
  }
}
