/** The part of the public face that is about a call which waits for a decision: what is asked of it, and what becomes of it. */
import type { VoicemailReply, VoicemailRequest } from './api-voicemail.ts'
import type { SkillChange } from './config-recipes.ts'
import type { Ani, Attributes, ScreenPop } from './events.ts'

/** What a lookup is told of a call. */
export interface LookupFacts {
  readonly callId: string
  readonly dnis: string
  readonly trunkId: string | null
  readonly ani: Ani
  readonly attributes: Readonly<Attributes>
}

/**
 * What a lookup knows: attributes of the call (`priority`, `requirements`, `preferredAgents`, `avoidAgents` and `language`
 * steer it), and records found. Agents may be named beside the attributes, which they become then.
 */
export interface LookupAnswer {
  readonly attributes?: Readonly<Attributes>
  readonly matches?: ScreenPop['matches']
  readonly preferredAgents?: readonly (string | NamedAgent)[]
  readonly avoidAgents?: readonly string[]
}

/** What it throws is a failed lookup, never a failed call. */
export type LookupFunction = (facts: LookupFacts) => Promise<LookupAnswer | null> | LookupAnswer | null

/** Who is asked about a caller: a `url`, or a `function` of `EngineOptions.lookups`. */
export interface LookupRequest {
  /** May hold `{ani.e164}`, `{callId}`, `{attributes.name}` and the like. */
  readonly url?: string
  readonly function?: string
  readonly headers?: Readonly<Record<string, string>>
  /** So long is waited; default 800. 0: not at all. */
  readonly deadlineMs?: number
  /** An answer after the deadline counts for the call until then; default 10,000. Not 0 where `deadlineMs` is. */
  readonly lateMs?: number
}

/** What is known at the deadline. `pending`: the call learns a later answer all the same. */
export interface LookupReply {
  readonly outcome: 'answered' | 'failed' | 'pending'
  /** Set on the call already. */
  readonly attributes: Readonly<Attributes>
  readonly matches: ScreenPop['matches']
}

/** How digits are asked for. */
export interface GatherRequest {
  /** Prompts; what is pressed interrupts them unless `bargeIn` is false. */
  readonly say?: string | readonly string[]
  /** At most so many; default 1. */
  readonly digits?: number
  /** At least so many; default 1. */
  readonly min?: number
  /** The digit that ends the input; default `#`. */
  readonly finishOn?: '#' | '*' | 'none'
  /** The inputs that will do; default: any. */
  readonly accept?: readonly string[]
  readonly bargeIn?: boolean
  /** To the first digit; default 5,000. */
  readonly timeoutMs?: number
  /** Default 3,000. */
  readonly interDigitMs?: number
  /** Default 3. */
  readonly tries?: number
  /** The digits are nobody's but the asker's: not on the agent's screen. Default false. */
  readonly secret?: boolean
  /** Said before asking again; default: `please-try-again`. */
  readonly invalid?: string | readonly string[]
}

export interface GatherReply {
  readonly outcome: 'digits' | 'noInput' | 'invalid'
  /** What was pressed last. */
  readonly digits: string
}

/** An agent whom a call would rather have. `score` 1–100, default 50; `until` is an RFC 3339 instant. */
export interface NamedAgent {
  readonly agentId: string
  readonly score?: number
  readonly until?: string
}

/** What a call asks of agents, beside what its queue does. */
export interface RoutingRequest {
  /** Skills that the agent must have, e.g. `billing >= 5 and (lang.en or lang.de >= 3) and not trainee`. */
  readonly requirements?: string
  /** Wishes in place of the queue's: each is given up `afterMs` after it began; then anyone who is required will do. */
  readonly steps?: readonly { readonly expression: string; readonly afterMs: number }[]
  /** The queue says how long the call waits for them. */
  readonly preferredAgents?: readonly NamedAgent[]
  /** Not offered to these while another agent who suits is signed in. At most 20 agents are named altogether. */
  readonly avoidAgents?: readonly string[]
  /** Made in this order to what queue and call require. So the recipes of a queue leave a call that keeps its place there. */
  readonly changes?: readonly SkillChange[]
}

/** A call that waits for a decision of `Engine.onInbound`. Exactly one of its commands takes effect; without one the `numbers` table decides. */
export interface InboundCall {
  readonly callId: string
  readonly ani: Ani
  /** User part of the Request-URI, decoded. */
  readonly dnis: string
  readonly trunkId: string | null
  readonly fromAgentId: string | null
  readonly attributes: Readonly<Attributes>
  setAttributes(changed: Attributes): void
  /**
   * Answers the call and says prompts to the end, in the language that the attribute `language` names. Resolves to false when the
   * caller has no codec that can be played. @throws EngineError `call.conflict` once it is decided, or the caller has left
   */
  say(prompts: string | readonly string[]): Promise<boolean>
  /** Answers the call and asks for digits. @throws EngineError `request.invalid`, `call.conflict` as {@link say} */
  gather(request?: GatherRequest): Promise<GatherReply>
  /**
   * Takes a message: greeting, tone, and what the caller says until he hangs up, presses `#`, is silent, or has said enough. Resolves
   * when it is complete. When the handler ends without a decision after that, the call is hung up.
   * @throws EngineError `mailbox.unknown`, `request.invalid`, `call.conflict` if he left before the tone
   */
  voicemail(mailboxId: string, options?: VoicemailRequest): Promise<VoicemailReply>
  /**
   * Asks about the caller, as a flow would: what is answered is set on the call, and a late answer still counts for it wherever it is
   * then. Resolves at the deadline, whether or not he is still there. @throws EngineError `request.invalid`, `call.conflict`
   */
  lookup(request: LookupRequest): Promise<LookupReply>
  /**
   * Asks the caller whether, and where, he wants to be called back in his turn. Who accepts it is let go: the call is decided. Else it
   * is not, and the handler goes on. He declines as well if he can hear nothing of ours, or the queue has no room.
   * @throws EngineError `queue.unknown`, `request.invalid`, `call.conflict` as {@link say}, or if his place can't be kept once he has
   * accepted, as when the queue fills up meanwhile: he is told goodbye and let go then
   */
  offerCallback(
    queueId: string,
    options?: { priority?: number } & Omit<RoutingRequest, 'changes'>,
  ): Promise<{ readonly outcome: 'accepted' | 'declined' }>
  /** Hands the call to a flow of the center. @throws EngineError `flow.unknown`, `call.conflict` */
  flow(flowId: string): void
  /**
   * Setting the attribute `requirements` later replaces what is required here.
   * @throws EngineError `queue.unknown`, `request.invalid`, `call.conflict` if it is already decided or gone.
   */
  enqueue(queueId: string, options?: { priority?: number; attributes?: Attributes } & RoutingRequest): void
  /** Rings one agent without a queue. @throws EngineError `agent.unknown`, `call.conflict` */
  ring(agentId: string): void
  /** Sends the call to an outside number, as the outbound rules permit. @throws EngineError `outbound.denied`, `call.conflict` */
  divert(number: string): void
  /** After it was answered: hangs up. @throws EngineError `call.conflict` */
  reject(sipCode: number, reason?: string): void
}
