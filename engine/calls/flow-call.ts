/** One call as a flow holds it: what the flow says is done here, and told in the call's journal. */
import { routingOf } from '../config-routing.ts'
import type { Attributes } from '../events.ts'
import type { FlowCall, FlowDecision } from '../routing/flow-types.ts'
import type { CallCore } from './call-core.ts'
import type { CallbackAsked } from './callback-way.ts'
import type { Asked } from './routing-request.ts'
import type { Screening } from './screening.ts'

/** What is shorter stands in many words by chance. */
const leastHidden = 3

export interface FlowCallOptions {
  readonly core: CallCore
  /** What talks to the caller. */
  screening(): Screening
  /** What holds where the flow says nothing of it. */
  readonly asked: Asked
  /** Settles a callback with the caller. */
  callback(asked: CallbackAsked, onDeclined: () => void): void
  setAttributes(changed: Readonly<Record<string, string>>, origin: string): void
  decide(decision: FlowDecision): void
  /** True once the call has ended: a late lookup has nobody to tell. */
  readonly isOver: () => boolean
}

export function createFlowCall({
  core,
  screening,
  asked,
  callback,
  setAttributes,
  decide,
  isOver,
}: FlowCallOptions): FlowCall {
  const { callId, facts, record, services, intake } = core
  const { dnis, trunkId, ani } = facts
  const factsWith = (attributes: Attributes) => ({ callId, dnis, trunkId, ani, attributes })
  return {
    facts: () => factsWith(record.attributes),
    secretFacts: () => factsWith({ ...record.attributes, ...intake.secrets }),
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
      callback({ queueId, priority, request: { ...asked.request, ...routingOf(wishes) } }, () => {
        if (!isOver()) onDeclined()
      })
    },
    setAttributes(changed, origin) {
      if (!isOver()) setAttributes(changed, origin)
    },
    matched(status, matches) {
      if (isOver()) return
      intake.match = { status, matches }
      services.pops.update(callId, record.attributes, intake.match)
    },
    told(step) {
      if (!isOver()) core.emit('call.flow_step_taken', { callId, ...step, result: hidden(step.result, intake.secrets) })
    },
    decide,
  }
}

/** Whoever looked something up may have repeated what he was asked with. */
function hidden(text: string, secrets: Readonly<Record<string, string>>): string {
  return Object.values(secrets).reduce(
    (rest, secret) => (secret.length < leastHidden ? rest : rest.replaceAll(secret, '(secret)')),
    text,
  )
}
