/** The public face of agents and their phones: what is shown of them, and what may be done with them. Interfaces only. */
import type { WrapUpMode } from './config-agents.ts'
import type { AgentLabel } from './events.ts'

/** Who asks for a change: `user:ada`, `key:crm`, `embedder`. Goes into events as `actor`. */
export type Actor = string

export type Availability = 'available' | 'notReady'

/** An agent as shown to people. Instants are RFC 3339. */
export interface AgentView {
  readonly id: string
  readonly name: string
  readonly queues: readonly string[]
  /** Queues that the center gives the agent, and that he has left. */
  readonly queuesLeft: readonly string[]
  /** Levels 1–10, or true for a skill without levels. */
  readonly skills: Readonly<Record<string, number | true>>
  readonly label: AgentLabel
  /** Since when the label holds. */
  readonly since: string
  readonly session: 'offline' | 'online'
  readonly availability: Availability
  readonly reason: string | null
  readonly next: { readonly availability: Availability | 'signOut'; readonly reason: string | null } | null
  readonly endpoint: 'unreachable' | 'reachable' | 'inUse'
  readonly slot: 'idle' | 'reserved' | 'ringing' | 'engaged' | 'wrapping'
  readonly callId: string | null
  readonly queueId: string | null
  /** End of timed wrap-up. */
  readonly deadline: string | null
  readonly routable: boolean
  /** Why not, in a word; null when routable. */
  readonly notRoutableBecause: string | null
  /** The after-call work of the call at hand; null without one. */
  readonly wrapUp: WrapUpView | null
  readonly devices: readonly string[]
  /** The account of the phone that is rung: the agent's own, or a device; null: none can be. */
  readonly acting: string | null
  /** Offers missed in a row, whatever the reason. */
  readonly misses: number
  /** The same by why, as limits and cooldowns count them: each reason for itself. */
  readonly missesInARow: Readonly<Record<'noAnswer' | 'declined' | 'unreachable', number>>
  readonly today: { readonly handled: number; readonly missed: number }
  /** Today's misses, by why. */
  readonly missedBy: Readonly<Record<'noAnswer' | 'declined' | 'unreachable', number>>
}

/** A phone of the center: nobody's, or the one that an agent sits at. */
export interface DeviceView {
  readonly id: string
  readonly name: string
  /** Who sits there, or whose it is. */
  readonly agentId: string | null
  readonly reachable: boolean
  readonly contacts: readonly string[]
}

export interface WrapUpView {
  readonly mode: WrapUpMode
  /** Optional after-call work was asked for. */
  readonly asked: boolean
  readonly extendMs: number
  /** How often the agent may still make it longer. */
  readonly extensionsLeft: number
  /** The results that may be given; none: any. */
  readonly dispositions: readonly string[]
  /** What has been said so far. */
  readonly disposition: string | null
  readonly notes: string | null
}

/** The `agents` of an engine. */
export interface AgentCommands {
  list(): readonly AgentView[]
  /** @throws EngineError `agent.unknown`, as all methods here. */
  get(agentId: string): AgentView
  /** @throws EngineError `agent.conflict` */
  signIn(agentId: string, options?: { availability?: Availability; actor?: Actor }): AgentView
  /** While on a call: stored and done when the work ends. */
  signOut(agentId: string, options?: { actor?: Actor; reason?: string }): AgentView
  /** While working: stored as next status; the latest request wins. */
  setAvailability(agentId: string, availability: Availability, options?: { reason?: string; actor?: Actor }): AgentView
  /**
   * The phone that is rung from now on: the agent's own account, one of his devices, or one that is nobody's, at which he
   * sits down. Null: none is chosen. @throws EngineError `device.unknown`, `agent.conflict` if somebody else sits there
   */
  setDevice(agentId: string, deviceId: string | null, options?: { actor?: Actor }): AgentView
  /** The agent's desk is open in some window, or in none any more: the sign of life that `liveness.desk` asks for. */
  deskOpen(agentId: string, isOpen: boolean): void
  /** Joins or leaves one of the agent's queues. @throws EngineError `queue.unknown`, `agent.conflict` */
  setQueue(agentId: string, queueId: string, signedIn: boolean, options?: { actor?: Actor }): AgentView
  /**
   * Ends wrap-up. @throws EngineError `agent.conflict` if the agent isn't in wrap-up or may not end it, `request.invalid`
   * for a missing disposition, or one that the queue doesn't know
   */
  completeWrapUp(agentId: string, options?: { disposition?: string; notes?: string; actor?: Actor }): AgentView
  /** Says something about the call at hand, or the one just ended. @throws as {@link completeWrapUp} */
  noteWrapUp(agentId: string, options: { disposition?: string; notes?: string; actor?: Actor }): AgentView
  /** Asks for the optional wrap-up of the call at hand. @throws EngineError `agent.conflict` */
  askWrapUp(agentId: string, options?: { actor?: Actor }): AgentView
  /** More time; `byMs` is for supervisors. @throws EngineError `agent.conflict` */
  extendWrapUp(agentId: string, options?: { byMs?: number; actor?: Actor }): AgentView
}
