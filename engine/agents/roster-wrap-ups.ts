/** After-call work: what an agent says about a call while it lasts and after it, more time, and the end. */
import type { Actor } from '../api.ts'
import { EngineError } from '../errors.ts'
import { instant, type RosterAgent } from './roster-agent.ts'
import type { RosterCore } from './roster-core.ts'
import type { WrapUpWords } from './roster-types.ts'
import { checkCompletion, checkDisposition, noNotes, type WrapUpNotes, wrapUpTime } from './wrap-up-rules.ts'

type Party = 'agent' | 'supervisor'

export class RosterWrapUps {
  readonly #core: RosterCore

  constructor(core: RosterCore) {
    this.#core = core
  }

  /** A new call: nothing has been said about it. */
  begin(agent: RosterAgent): void {
    agent.said = noNotes
    agent.wrapUpAsked = false
    agent.extensions = 0
  }

  /** Milliseconds; null: until somebody ends it; 0: none. */
  timeFor(agentId: string): number | null {
    const agent = this.#core.agents.get(agentId)
    if (agent === undefined) return 0
    return wrapUpTime(this.#ruleOf(agent), agent.wrapUpAsked, agent.said)
  }

  saidBy(agentId: string): WrapUpNotes {
    return this.#core.agents.get(agentId)?.said ?? noNotes
  }

  complete(agentId: string, by: Party, words: WrapUpWords): void {
    const agent = this.#core.known(agentId)
    if (agent.state.slot !== 'wrapping')
      throw new EngineError('agent.conflict', `Agent ${agentId} is not in wrap-up but ${agent.state.label}.`)
    const rule = this.#ruleOf(agent)
    checkDisposition(rule, words.disposition)
    checkCompletion(rule, by, { ...agent.said, disposition: words.disposition ?? agent.said.disposition })
    this.#finish(agent, by, words)
  }

  /** Keeps words about the call at hand. Under `untilDisposition` a disposition ends the wrap-up. */
  note(agentId: string, by: Party, words: WrapUpWords): void {
    const agent = this.#working(agentId)
    const rule = this.#ruleOf(agent)
    checkDisposition(rule, words.disposition)
    const { disposition = agent.said.disposition, notes = agent.said.notes, actor = by } = words
    agent.said = { disposition, notes }
    this.#tell(agent, actor)
    if (agent.state.slot === 'wrapping' && rule.mode === 'untilDisposition' && disposition !== null)
      this.#finish(agent, by, words)
  }

  /** Optional wrap-up has to be asked for while the call lasts. */
  ask(agentId: string, actor: Actor): void {
    const agent = this.#core.known(agentId)
    if (agent.state.slot !== 'engaged' || this.#ruleOf(agent).mode !== 'optional')
      throw new EngineError('agent.conflict', `Agent ${agentId} has no call whose wrap-up is optional.`)
    if (agent.wrapUpAsked) return
    agent.wrapUpAsked = true
    this.#tell(agent, actor)
  }

  /** @param byMs a supervisor's own measure; an agent takes the queue's */
  extend(agentId: string, by: Party, actor: Actor, byMs: number | undefined): void {
    const agent = this.#core.known(agentId)
    const { wrapUntil } = agent.snapshot.context
    if (agent.state.slot !== 'wrapping' || wrapUntil === null)
      throw new EngineError('agent.conflict', `Agent ${agentId} is in no wrap-up that ends by itself.`)
    const { extendMs, maxExtensions } = this.#ruleOf(agent)
    const isOwn = by === 'agent'
    if (isOwn && (extendMs === 0 || agent.extensions >= maxExtensions))
      throw new EngineError('agent.conflict', 'This wrap-up may not be made longer.')
    const moreMs = isOwn ? extendMs : (byMs ?? (extendMs > 0 ? extendMs : 30_000))
    if (isOwn) agent.extensions += 1
    this.#core.apply(agent, { type: 'extendWrapUp', byMs: moreMs, at: this.#core.nowMs }, { actor })
    this.#tell(agent, actor)
  }

  #finish(agent: RosterAgent, by: Party, words: WrapUpWords): void {
    const cause = { actor: words.actor ?? by, wrapUpBy: by, words }
    this.#core.apply(agent, { type: 'wrapUpDone', at: this.#core.nowMs }, cause)
  }

  #working(agentId: string): RosterAgent {
    const agent = this.#core.known(agentId)
    if (agent.state.slot === 'engaged' || agent.state.slot === 'wrapping') return agent
    throw new EngineError('agent.conflict', `Agent ${agentId} has no call to say something about.`)
  }

  #ruleOf(agent: RosterAgent) {
    return this.#core.wrapUpRule(agent.snapshot.context.queueId)
  }

  #tell(agent: RosterAgent, actor: Actor): void {
    const { said, wrapUpAsked, extensions, config, state } = agent
    const { callId, segmentId, wrapUntil } = agent.snapshot.context
    if (callId === null || segmentId === null) return
    this.#core.options.emit('agent.wrapup_changed', {
      agentId: config.id,
      callId,
      segmentId,
      deadline: state.slot === 'wrapping' && wrapUntil !== null ? instant(wrapUntil) : null,
      asked: wrapUpAsked,
      extensions,
      ...said,
      actor,
    })
  }
}
