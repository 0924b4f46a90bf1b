/** A call that dialled a code instead of a number, as whoever serves codes holds it. */
import type { GatherConfig } from '../config-intake.ts'
import type { DialledCode } from '../routing/phone-codes.ts'
import type { CallCore } from './call-core.ts'
import type { Screening } from './screening.ts'

/** Nothing is called back once the caller has left. */
export interface CodeCall {
  readonly code: DialledCode
  /** The account that called: an agent's, or a device's. */
  readonly account: string
  /** Who sits there, or whose it is. */
  readonly agentId: string | null
  readonly isOver: () => boolean
  say(prompts: readonly string[], done: () => void): void
  /** Null: nothing was pressed that will do. */
  gather(gather: GatherConfig, done: (digits: string | null) => void): void
  /** Notes what came of it in the call's journal, and hangs up after a word. */
  finish(result: string, prompts: readonly string[]): void
}

export interface CodeCallOptions {
  readonly core: CallCore
  readonly code: DialledCode
  readonly account: string
  screening(): Screening
  readonly isOver: () => boolean
  /** The caller has heard everything. */
  hangup(): void
}

export function createCodeCall({ core, code, account, screening, isOver, hangup }: CodeCallOptions): CodeCall {
  const { callId, facts, intake } = core
  const call: CodeCall = {
    code,
    account,
    agentId: facts.fromAgentId,
    isOver,
    say(prompts, done) {
      if (isOver()) return
      screening().say(prompts, said => {
        if (said !== 'gone' && !isOver()) done()
      })
    },
    gather(gather, done) {
      if (isOver()) return
      screening().gather(gather, ({ outcome, digits }) => {
        // A PIN must not be found among what the caller has told a menu.
        intake.digits = ''
        if (outcome !== 'gone' && !isOver()) done(outcome === 'digits' ? digits : null)
      })
    },
    finish(result, prompts) {
      if (isOver()) return
      core.emit('call.flow_step_taken', { callId, flowId: null, step: code.name, action: 'phoneCode', result })
      call.say(prompts, hangup)
    },
  }
  return call
}
