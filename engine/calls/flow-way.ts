/** The way of one call through a flow: begun, obeyed when it decides, stopped when the call goes elsewhere. */
import { callerResponses } from '../outcomes.ts'
import type { FlowDecision, FlowRun, StepBudget } from '../routing/flow-types.ts'
import type { CallCore } from './call-core.ts'
import type { Route } from './call-services.ts'
import { createFlowCall, type FlowCallOptions } from './flow-call.ts'
import type { QueuedCause } from './queue-visit.ts'
import type { Asked } from './routing-request.ts'
import type { Screening } from './screening.ts'

/** Steps of flows that one call may take: what loops ends. */
const mostFlowSteps = 200

export interface FlowWayOptions extends Pick<FlowCallOptions, 'isOver' | 'callback'> {
  readonly core: CallCore
  /** Talks to the caller. */
  screening(flowId: string): Screening
  speak(language: string, origin: string): void
  /** The caller speaks into a mailbox, or has, and is nowhere else now. */
  isWithMessage(): boolean
  toQueue(queueId: string, asked: Asked, cause: QueuedCause): void
  ring(agentId: string): void
  follow(route: Route, cause: QueuedCause): void
  refuse(reason: string, sipCode: number): void
  /** Ends the call, whose caller has spoken into a mailbox. */
  finish(cause: string): void
}

export class FlowWay {
  readonly #options: FlowWayOptions
  readonly #budget: StepBudget = { left: mostFlowSteps }
  #run: FlowRun | null = null

  constructor(options: FlowWayOptions) {
    this.#options = options
  }

  /** @param asked the default of every place where the flow has it wait. @param otherwise the queue if the flow doesn't decide */
  begin(flowId: string, asked: Asked, otherwise?: string): void {
    const { core, isOver, callback, screening, speak } = this.#options
    const { flows } = core.services
    screening(flowId)
    const language = flows.languageOf(flowId)
    if (language !== null) speak(language, `flow:${flowId}`)
    let isDecided = false
    const call = createFlowCall({
      core,
      screening: () => screening(flowId),
      asked,
      callback,
      isOver,
      decide: decision => {
        isDecided = true
        this.#run = null
        this.#obey(decision, asked, otherwise)
      },
    })
    const run = flows.start(flowId, call, this.#budget)
    if (!isDecided) this.#run = run
  }

  stop(): void {
    this.#run?.stop()
    this.#run = null
  }

  #obey(decision: FlowDecision, asked: Asked, otherwise: string | undefined): void {
    const { core, isWithMessage, toQueue, ring, follow, refuse, finish } = this.#options
    const { services, record } = core
    const cause = record.visits.length === 0 ? 'inbound' : 'overflow'
    switch (decision.kind) {
      case 'enqueue': {
        const { kind: _, queueId, priority = asked.priority, ...wishes } = decision
        toQueue(queueId, { priority, request: { ...asked.request, ...wishes } }, cause)
        break
      }
      case 'agent':
        if (services.agentExists(decision.agentId)) ring(decision.agentId)
        else refuse('agentUnavailable', callerResponses.agentUnavailable)
        break
      case 'number': {
        const route = services.routeOf(decision.number)
        if (route === null) refuse('noSuchNumber', callerResponses.noSuchNumber)
        else follow(route, cause)
        break
      }
      case 'reject':
        refuse('flow', decision.sipCode)
        break
      case 'hangup':
        if (isWithMessage()) finish('flowHangup')
        else refuse('flowHangup', callerResponses.released)
        break
      case 'none':
        if (isWithMessage()) finish(decision.reason)
        else if (otherwise === undefined) refuse(decision.reason, callerResponses.undecided)
        else toQueue(otherwise, asked, cause)
    }
  }
}
