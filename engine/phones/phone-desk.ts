/** Serves the codes that agents dial: signing in at any phone with a PIN, and what else an agent without a screen needs. */

import type { Roster } from '../agents/roster.ts'
import type { CodeCall } from '../calls/code-call.ts'
import type { CenterConfig } from '../config.ts'
import { EngineError } from '../errors.ts'
import type { PasswordHash } from '../ports/password-hash.ts'
import type { AgentPhones } from './agent-phones.ts'
import type { PinGuard } from './pin-guard.ts'

export interface PhoneDeskOptions {
  readonly roster: Roster
  readonly phones: AgentPhones
  readonly pins: PinGuard
  readonly passwords: PasswordHash
  center(): CenterConfig
  pinHash(agentId: string): string | null
  /** Something went wrong that is nobody's doing. */
  onFault(error: unknown): void
}

const askNumber = { say: 'enter-your-number', digits: 10, min: 1, tries: 2 } as const
const askPin = { say: 'enter-your-pin', digits: 12, min: 4, tries: 1 } as const
const asking = { into: 'code', finishOn: '#', bargeIn: true, timeoutMs: 8_000, interDigitMs: 4_000 } as const
/** In one call; the phone has a limit of its own. */
const mostTries = 3

/** What was done, and what the agent hears. */
interface Done {
  readonly result: string
  readonly prompts: readonly string[]
}

export class PhoneDesk {
  readonly #options: PhoneDeskOptions

  constructor(options: PhoneDeskOptions) {
    this.#options = options
  }

  serve(call: CodeCall): void {
    if (call.code.name === 'signIn') {
      this.#signIn(call)
      return
    }
    const { agentId } = call
    if (agentId === null) {
      call.finish('nobody is signed in here', ['nobody-is-signed-in'])
      return
    }
    try {
      const { result, prompts } = this.#act(call, agentId)
      call.finish(result, prompts)
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      call.finish(error.code, ['not-possible-now'])
    }
  }

  /** @throws EngineError as the roster */
  #act({ code, account }: CodeCall, agentId: string): Done {
    const { roster } = this.#options
    const actor = `phone:${account}`
    switch (code.name) {
      case 'signOut':
        roster.signOut(agentId, { actor })
        return { result: 'signed out', prompts: ['you-are-signed-out'] }
      case 'available':
        roster.setAvailability(agentId, 'available', { actor })
        return { result: 'available', prompts: ['you-are-available'] }
      case 'notReady': {
        const reason = code.rest === '' ? undefined : this.#reason(code.rest)
        roster.setAvailability(agentId, 'notReady', { actor, ...(reason === undefined ? {} : { reason }) })
        return { result: reason ?? 'notReady', prompts: ['you-are-not-ready'] }
      }
      case 'joinQueue':
      case 'leaveQueue':
        return this.#queues(agentId, code.rest, code.name === 'joinQueue', actor)
      default:
        return this.#endWrapUp(agentId, code.rest, actor)
    }
  }

  #reason(digits: string): string {
    const reason = this.#options.center().agentPolicy.notReadyReasons[Number(digits) - 1]
    if (reason === undefined) throw new EngineError('request.invalid', `There is no reason ${digits}.`)
    return reason
  }

  #queues(agentId: string, code: string, isJoined: boolean, actor: string): Done {
    const { roster, center } = this.#options
    const { queues, queuesLeft } = roster.view(agentId)
    const own = [...queues, ...queuesLeft]
    const meant =
      code === '' ? own : center().queues.flatMap(({ id, code: its }) => (its === code && own.includes(id) ? [id] : []))
    if (meant.length === 0) throw new EngineError('queue.unknown', `No queue of the agent has the code ${code}.`)
    for (const queueId of meant) roster.setQueue(agentId, queueId, isJoined, { actor })
    return { result: meant.join(', '), prompts: [isJoined ? 'you-have-joined' : 'you-have-left'] }
  }

  #endWrapUp(agentId: string, digits: string, actor: string): Done {
    const { roster } = this.#options
    const disposition = digits === '' ? undefined : roster.view(agentId).wrapUp?.dispositions[Number(digits) - 1]
    if (digits !== '' && disposition === undefined)
      throw new EngineError('request.invalid', `There is no disposition ${digits}.`)
    roster.completeWrapUp(agentId, 'agent', { actor, ...(disposition === undefined ? {} : { disposition }) })
    return { result: disposition ?? 'ended', prompts: ['wrap-up-is-over'] }
  }

  #signIn(call: CodeCall): void {
    const { code, account, agentId } = call
    const { phones, roster } = this.#options
    const isOwn = agentId !== null && roster.has(account)
    if (isOwn || !phones.isShared(account)) {
      // Whoever calls from his own account has proved who he is.
      const isMeant = agentId !== null && (code.rest === '' || code.rest === this.#numberOf(agentId))
      if (isMeant) this.#enter(call, agentId)
      else call.finish('not a phone to sign in at', ['not-possible-now'])
      return
    }
    this.#askNumber(call, mostTries)
  }

  #askNumber(call: CodeCall, left: number): void {
    const { code } = call
    if (this.#options.pins.isPhoneLocked(call.account)) {
      call.finish('locked', ['too-many-tries'])
      return
    }
    if (code.rest !== '') this.#askPin(call, code.rest, left)
    else
      call.gather({ ...askNumber, ...asking }, number => {
        if (number === null) call.finish('no number', ['goodbye'])
        else this.#askPin(call, number, left)
      })
  }

  #askPin(call: CodeCall, number: string, left: number): void {
    const { pin } = call.code
    if (pin !== null && left === mostTries) this.#verify(call, number, pin, left)
    else
      call.gather({ ...askPin, ...asking }, given => {
        if (given === null) call.finish('no PIN', ['goodbye'])
        else this.#verify(call, number, given, left)
      })
  }

  #verify(call: CodeCall, number: string, pin: string, left: number): void {
    const { pins, passwords, onFault, pinHash } = this.#options
    const agentId = this.#options.center().agents.find(agent => agent.number === number)?.id ?? null
    const isLocked = agentId !== null && pins.isAgentLocked(agentId)
    // Nobody learns from the time it takes whether there is such a number.
    passwords.verify(pin, agentId === null || isLocked ? null : pinHash(agentId)).then(
      isRight => {
        if (isRight && agentId !== null) {
          pins.succeeded(call.account, agentId)
          if (!call.isOver()) this.#enter(call, agentId)
        } else this.#refuse(call, number, agentId, left)
      },
      error => {
        onFault(error)
        call.finish('failed', ['not-possible-now'])
      },
    )
  }

  /** The wrong try counts whether or not the caller is still there. */
  #refuse(call: CodeCall, number: string, agentId: string | null, left: number): void {
    const { pins } = this.#options
    pins.failed(call.account, agentId)
    if (pins.isPhoneLocked(call.account)) call.finish('locked', ['that-is-not-correct', 'too-many-tries'])
    else if (left <= 1) call.finish('wrong', ['that-is-not-correct', 'goodbye'])
    else
      call.say(['that-is-not-correct'], () =>
        call.code.rest === '' ? this.#askNumber(call, left - 1) : this.#askPin(call, number, left - 1),
      )
  }

  #enter(call: CodeCall, agentId: string): void {
    const { phones, roster } = this.#options
    const actor = `phone:${call.account}`
    try {
      if (!roster.has(agentId)) throw new EngineError('agent.unknown', `There is no agent ${agentId}.`)
      phones.choose(agentId, call.account, actor)
      roster.signIn(agentId, { actor })
      const isFree = roster.view(agentId).availability === 'available'
      call.finish(agentId, ['you-are-signed-in', ...(isFree ? ['you-are-available'] : [])])
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      call.finish(error.code, ['not-possible-now'])
    }
  }

  #numberOf(agentId: string): string | undefined {
    return this.#options.center().agents.find(({ id }) => id === agentId)?.number
  }
}
