/** A new call as its embedder holds it: looked at, talked to, decided. */
import type { GatherReply, InboundCall, LookupReply } from '../api.ts'
import type { VoicemailReply } from '../api-voicemail.ts'
import { parseGather, parseLookup } from '../config-intake-check.ts'
import { routingOf } from '../config-routing.ts'
import type { VoicemailWishes } from '../config-voicemail.ts'
import { checkVoicemail } from '../config-voicemail-check.ts'
import { EngineError } from '../errors.ts'
import type { Attributes } from '../events.ts'
import type { Call } from './call.ts'
import type { CallServices } from './call-services.ts'
import type { HandlerPatience } from './handler-patience.ts'
import { checkRouting } from './routing-request.ts'

export function inboundView(
  call: Call,
  { flows, voicemail: book, queue }: Pick<CallServices, 'flows' | 'voicemail' | 'queue'>,
  patience: Pick<HandlerPatience, 'during'>,
): InboundCall {
  const { callId, ani, dnis, trunkId, fromAgentId } = call.facts
  const setAttributes = (changed: Attributes) => call.setAttributes(changed, 'embedder')
  const gone = () => new EngineError('call.conflict', `Call ${callId} was decided meanwhile, or its caller has left`)
  /** Each of these has its own end, so that meanwhile nobody loses patience with the handler. */
  const wait = <T>(begin: (resolve: (reply: T) => void, reject: (error: Error) => void) => void) =>
    patience.during(() => new Promise<T>(begin))
  return {
    callId,
    ani,
    dnis,
    trunkId,
    fromAgentId,
    get attributes() {
      return call.record.attributes
    },
    setAttributes,
    say: async prompts => {
      const screening = call.undecidedWay().screening()
      return wait<boolean>((resolve, reject) => {
        screening.say([prompts].flat() as string[], said =>
          said === 'gone' ? reject(gone()) : resolve(said === 'said'),
        )
      })
    },
    gather: async (request = {}) => {
      const gather = parseGather(request)
      const screening = call.undecidedWay().screening()
      return wait<GatherReply>((resolve, reject) => {
        screening.gather(gather, ({ outcome, digits }) =>
          outcome === 'gone' ? reject(gone()) : resolve({ outcome, digits }),
        )
      })
    },
    voicemail: async (mailboxId, wishes = {}) => {
      checkVoicemail(wishes)
      if (book.mailbox(mailboxId) === null) throw new EngineError('mailbox.unknown', `There is no mailbox ${mailboxId}`)
      const screening = call.undecidedWay().screening()
      const refusal = screening.refusal(mailboxId)
      if (refusal !== null) return { outcome: refusal, messageId: null, durationMs: 0, endedBy: null }
      return wait<VoicemailReply>((resolve, reject) => {
        screening.takeMessage(mailboxId, wishes as VoicemailWishes, reply =>
          reply === 'gone' ? reject(gone()) : resolve(reply),
        )
      })
    },
    lookup: async request => {
      const asked = parseLookup(request)
      return wait<LookupReply>(resolve => {
        call.undecidedWay().lookUp(asked, 'embedder', resolve)
      })
    },
    offerCallback: async (queueId, options = {}) => {
      if (queue(queueId) === null) throw new EngineError('queue.unknown', `There is no queue ${queueId}`)
      checkRouting(options)
      const asked = { queueId, priority: options.priority ?? 0, request: routingOf(options) }
      return wait<{ readonly outcome: 'accepted' | 'declined' }>((resolve, reject) => {
        const settled = {
          onAccepted: () => call.settleCallback(),
          onKept: () => resolve({ outcome: 'accepted' }),
          onGone: () => reject(gone()),
        }
        call.undecidedWay().offerCallback(asked, () => resolve({ outcome: 'declined' }), settled)
      })
    },
    flow(flowId) {
      if (!flows.has(flowId)) throw new EngineError('flow.unknown', `There is no flow ${flowId}`)
      call.follow({ flow: flowId, priority: 0 })
    },
    enqueue(queueId, options = {}) {
      if (!call.undecided) throw new EngineError('call.conflict', `Call ${callId} is decided already, or gone`)
      checkRouting(options)
      if (options.attributes !== undefined) setAttributes(options.attributes)
      call.enqueue(queueId, options)
    },
    ring: agentId => call.ringAgent(agentId),
    divert: number => call.divert(number),
    reject: (sipCode, reason) => call.reject(sipCode, reason ?? 'rejected'),
  }
}
