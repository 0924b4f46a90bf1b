/**
 * Runs flows: one step after the other, until one decides what becomes of the call. Steps that take time (a prompt, digits, a
 * lookup) call back; all others follow each other at once. Each step is told with what came of it.
 */
import type { FlowConfig, FlowStep, StepAction } from '../config-intake.ts'
import { routingOf } from '../config-routing.ts'
import type { VoicemailWishes } from '../config-voicemail.ts'
import type { FlowCall, FlowDecision, FlowRun, Flows, StepBudget } from './flow-types.ts'
import type { HoursBook } from './hours-book.ts'
import { faultOf, lookUp, wordsOf } from './look-up.ts'
import type { Lookups } from './lookups.ts'
import { factOf, fillTemplate } from './template.ts'

/** Steps of one call, over all its flows. */
export const mostSteps = 200

export class FlowBook implements Flows {
  readonly #hours: Pick<HoursBook, 'verdict'>
  readonly #lookups: Pick<Lookups, 'start'>
  #flows: ReadonlyMap<string, FlowConfig> = new Map()

  constructor(hours: Pick<HoursBook, 'verdict'>, lookups: Pick<Lookups, 'start'>) {
    this.#hours = hours
    this.#lookups = lookups
  }

  configure(flows: readonly FlowConfig[]): void {
    this.#flows = new Map(flows.map(flow => [flow.id, flow]))
  }

  has(flowId: string): boolean {
    return this.#flows.has(flowId)
  }

  languageOf(flowId: string): string | null {
    return this.#flows.get(flowId)?.language ?? null
  }

  start(flowId: string, call: FlowCall, budget: StepBudget): FlowRun {
    const run = new Run(this.#flows, this.#hours, this.#lookups, call, budget)
    run.begin(flowId)
    return run
  }
}

/** Where a step leads: to another one of the flow, to the next one, to where another flow begins, or nowhere yet. */
type Next = { readonly to: string } | 'next' | 'here' | 'later' | 'over'

class Run implements FlowRun {
  /** As they were when the call came in: a change of the definition does not pull steps away under a caller. */
  readonly #flows: ReadonlyMap<string, FlowConfig>
  readonly #hours: Pick<HoursBook, 'verdict'>
  readonly #lookups: Pick<Lookups, 'start'>
  readonly #call: FlowCall
  readonly #budget: StepBudget
  #flow: FlowConfig | null = null
  #at = 0
  #isOver = false

  constructor(
    flows: ReadonlyMap<string, FlowConfig>,
    hours: Pick<HoursBook, 'verdict'>,
    lookups: Pick<Lookups, 'start'>,
    call: FlowCall,
    budget: StepBudget,
  ) {
    this.#flows = flows
    this.#hours = hours
    this.#lookups = lookups
    this.#call = call
    this.#budget = budget
  }

  begin(flowId: string): void {
    this.#enter(flowId)
    this.#go()
  }

  stop(): void {
    this.#isOver = true
  }

  #enter(flowId: string): void {
    this.#flow = this.#flows.get(flowId) ?? null
    this.#at = 0
    if (this.#flow === null) this.#decide({ kind: 'none', reason: 'flowUnknown' })
  }

  #go(): void {
    while (!this.#isOver) {
      const step = this.#flow?.steps[this.#at]
      if (step === undefined) {
        this.#decide({ kind: 'none', reason: 'flowEnded' })
        return
      }
      if (this.#budget.left <= 0) {
        this.#decide({ kind: 'none', reason: 'flowTooLong' })
        return
      }
      this.#budget.left -= 1
      const next = this.#take(step)
      if (next === 'later' || next === 'over') return
      if (next !== 'here') this.#move(next)
    }
  }

  #move(next: { readonly to: string } | 'next'): void {
    if (next === 'next') {
      this.#at += 1
      return
    }
    const index = this.#flow?.steps.findIndex(({ id }) => id === next.to) ?? -1
    // The definition was checked: a step that is not there can only be the end.
    this.#at = index === -1 ? Number.POSITIVE_INFINITY : index
  }

  /** Goes on after a step that took time. */
  #resume(next: { readonly to: string } | 'next'): void {
    if (this.#isOver) return
    this.#move(next)
    this.#go()
  }

  #take(step: FlowStep): Next {
    const call = this.#call
    if (step.say !== undefined) {
      const prompts = [step.say].flat()
      call.say(prompts, played => {
        if (this.#isOver) return
        this.#tell(step, 'say', played ? prompts.join(', ') : 'the caller can hear nothing of ours')
        this.#resume('next')
      })
      return 'later'
    }
    if (step.gather !== undefined) return this.#gather(step, step.gather)
    if (step.voicemail !== undefined) return this.#voicemail(step, step.voicemail)
    if (step.callback !== undefined) return this.#callback(step, step.callback)
    if (step.lookup !== undefined) return this.#lookup(step, step.lookup)
    if (step.set !== undefined) {
      const facts = call.facts()
      const changed = Object.fromEntries(
        Object.entries(step.set).map(([name, text]) => [name, fillTemplate(text, facts).slice(0, 1000)]),
      )
      this.#tell(step, 'set', faultOf(() => call.setAttributes(changed, this.#origin)) ?? wordsOf(changed))
      return 'next'
    }
    if (step.branch !== undefined) {
      const { on, cases, else: otherwise } = step.branch
      const value = factOf(call.secretFacts(), on)
      const label = caseOf(cases, value) ?? otherwise
      const shown = value === factOf(call.facts(), on) ? value : secretWord
      this.#tell(step, 'branch', `${on} is ${shown === '' ? 'nothing' : shown}: ${label ?? 'on'}`)
      return label === undefined ? 'next' : { to: label }
    }
    if (step.hours !== undefined) {
      const { check, open, closed } = step.hours
      const verdict = this.#hours.verdict(check)
      const name = verdict.name === null ? '' : ` ${verdict.name}`
      this.#tell(step, 'hours', `${check}: ${verdict.open ? 'open' : 'closed'} (${verdict.because}${name})`)
      const label = verdict.open ? open : closed
      return label === undefined ? 'next' : { to: label }
    }
    if (step.goto !== undefined) {
      this.#tell(step, 'goto', step.goto)
      return { to: step.goto }
    }
    if (step.flow !== undefined) {
      this.#tell(step, 'flow', step.flow)
      this.#enter(step.flow)
      return 'here'
    }
    return this.#end(step)
  }

  #end(step: FlowStep): Next {
    const { enqueue, transfer, reject } = step
    if (enqueue !== undefined) {
      const { queue, priority, ...wishes }: Exclude<typeof enqueue, string> =
        typeof enqueue === 'string' ? { queue: enqueue } : enqueue
      this.#tell(step, 'enqueue', queue)
      const worth = priority === undefined ? {} : { priority }
      this.#decide({ kind: 'enqueue', queueId: queue, ...worth, ...routingOf(wishes, this.#call.now()) })
    } else if (transfer !== undefined) {
      this.#tell(step, 'transfer', 'agent' in transfer ? `agent ${transfer.agent}` : transfer.number)
      this.#decide(
        'agent' in transfer ? { kind: 'agent', agentId: transfer.agent } : { kind: 'number', number: transfer.number },
      )
    } else if (reject !== undefined) {
      this.#tell(step, 'reject', String(reject))
      this.#decide({ kind: 'reject', sipCode: reject })
    } else {
      this.#tell(step, 'hangup', 'the flow hangs up')
      this.#decide({ kind: 'hangup' })
    }
    return 'over'
  }

  #gather(step: FlowStep, gather: NonNullable<FlowStep['gather']>): Next {
    this.#call.gather(gather, ({ outcome, digits }) => {
      if (this.#isOver || outcome === 'gone') return
      const isGiven = outcome === 'digits'
      if (isGiven && gather.secret === true) this.#call.keep(gather.into, digits)
      else if (isGiven) this.#call.setAttributes({ [gather.into]: digits }, this.#origin)
      const shown = gather.secret === true ? secretWord : digits
      const words = isGiven
        ? `${gather.into} = ${shown}`
        : outcome === 'noInput'
          ? 'nothing was pressed'
          : `${shown} won't do`
      this.#tell(step, 'gather', words)
      this.#resume(isGiven || gather.otherwise === undefined ? 'next' : { to: gather.otherwise })
    })
    return 'later'
  }

  /** A caller who hangs up has said what he wanted to: the flow goes on only for one who doesn't. */
  #voicemail(step: FlowStep, voicemail: NonNullable<FlowStep['voicemail']>): Next {
    const asked = typeof voicemail === 'string' ? { mailbox: voicemail } : voicemail
    const { mailbox, otherwise, ...wishes } = asked as { mailbox: string; otherwise?: string } & VoicemailWishes
    const refusal = this.#call.voicemailRefusal(mailbox)
    this.#tell(step, 'voicemail', refusal === null ? mailbox : `${mailbox}: ${refusalWords[refusal]}`)
    if (refusal === null) {
      this.#call.voicemail(mailbox, wishes, () => this.#resume('next'))
      return 'later'
    }
    return otherwise === undefined ? 'next' : { to: otherwise }
  }

  /** The flow goes on only for one who does not want it. */
  #callback(step: FlowStep, callback: NonNullable<FlowStep['callback']>): Next {
    const asked = typeof callback === 'string' ? { queue: callback } : callback
    this.#tell(step, 'callback', `offered in ${asked.queue}`)
    this.#call.callback(asked, () => {
      if (this.#isOver) return
      this.#tell(step, 'callback', 'declined')
      this.#resume(asked.otherwise === undefined ? 'next' : { to: asked.otherwise })
    })
    return 'later'
  }

  /** The flow goes on at the deadline, or at once without one; an answer after it still counts for the call. */
  #lookup(step: FlowStep, lookup: NonNullable<FlowStep['lookup']>): Next {
    const flowId = this.#flow?.id ?? ''
    let next: Next = 'later'
    let isAtOnce = true
    const tell = (result: string) => this.#tell(step, 'lookup', result, flowId)
    lookUp(this.#lookups, lookup, `lookup:${flowId}`, this.#call, tell, ({ outcome }) => {
      const to = outcome === 'answered' || lookup.otherwise === undefined ? 'next' : { to: lookup.otherwise }
      if (isAtOnce) next = to
      else if (!this.#call.isOver()) this.#resume(to)
    })
    isAtOnce = false
    return this.#isOver ? 'over' : next
  }

  get #origin(): string {
    return `flow:${this.#flow?.id ?? ''}`
  }

  #decide(decision: FlowDecision): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#call.decide(decision)
  }

  #tell(step: FlowStep, action: StepAction, result: string, flowId = this.#flow?.id ?? null): void {
    const flow = flowId === null ? undefined : this.#flows.get(flowId)
    const place = step.id ?? `#${(flow?.steps.indexOf(step) ?? -1) + 1}`
    this.#call.told({ flowId, step: place, action, result })
  }
}

/** In place of secret digits in what is told. */
const secretWord = '(secret)'

const refusalWords = { full: 'the mailbox is full', unplayable: 'the caller can hear nothing of ours' } as const

/** The step for a value: an exact case, else the longest beginning. */
function caseOf(cases: Readonly<Record<string, string>>, value: string): string | undefined {
  if (Object.hasOwn(cases, value)) return cases[value]
  let best = ''
  for (const match of Object.keys(cases))
    if (match.endsWith('*') && value.startsWith(match.slice(0, -1)) && match.length > best.length) best = match
  return best === '' || value === '' ? undefined : cases[best]
}
