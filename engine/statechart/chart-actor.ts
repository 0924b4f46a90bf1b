/**
 * Runs a compiled machine as XState's actor would: one event at a time and to its end, outside effects after the step, timers
 * of a state while it is active, children that die with it. Checked against XState itself, event by event, in the test.
 */
import type {
  AnyStateMachine,
  ContextFrom,
  EmittedFrom,
  EventFromLogic,
  EventObject,
  InputFrom,
  SnapshotFrom,
} from 'xstate'
import type { Clock, TimerHandle } from '../ports/clock.ts'
import type { ActionScope } from './actions.ts'
import { type Chart, type ChartNode, compileChart, isBelow, type Transition } from './chart.ts'

/** A new one for each change, and the same one while nothing changes. */
export interface ChartSnapshot<M extends AnyStateMachine> {
  readonly status: 'active' | 'done' | 'error' | 'stopped'
  readonly value: SnapshotFrom<M>['value']
  readonly context: ContextFrom<M>
}

export interface ChartActorOptions<M extends AnyStateMachine> {
  readonly input: InputFrom<M>
  readonly clock: Clock
  onEmitted?(event: EmittedFrom<M>): void
  /** An action or a guard threw: the actor is dead. */
  onError?(error: unknown): void
}

export interface ChartActor<M extends AnyStateMachine> {
  /** Ignored once the actor is done, dead or stopped. Within a step: taken after it. */
  send(event: EventFromLogic<M>): void
  getSnapshot(): ChartSnapshot<M>
  stop(): void
}

/** Starts an actor. @throws Error if the definition holds what is not known here; never later */
export function startChart<M extends AnyStateMachine>(machine: M, options: ChartActorOptions<M>): ChartActor<M> {
  const { input, clock, onEmitted = unheard, onError = unheard } = options
  const emitted = onEmitted as (event: EventObject) => void
  return new ChartRunner(chartOf(machine), input, clock, emitted, onError, null) as unknown as ChartActor<M>
}

const charts = new WeakMap<AnyStateMachine, Chart>()

function chartOf(machine: AnyStateMachine): Chart {
  let chart = charts.get(machine)
  if (chart === undefined) {
    chart = compileChart(machine)
    charts.set(machine, chart)
  }
  return chart
}

interface PlainSnapshot {
  readonly status: ChartSnapshot<AnyStateMachine>['status']
  readonly value: unknown
  readonly context: object
}

/** What a child emits is nobody's business; it reports to its parent. */
const unheard = () => {}
const start: EventObject = { type: 'xstate.init' }

/** Exported for those who count what is alive. */
export class ChartRunner implements ActionScope {
  context: object
  snapshot: PlainSnapshot
  readonly leaves: ChartNode[]
  readonly #chart: Chart
  readonly #clock: Clock
  readonly #onEmitted: (event: EventObject) => void
  readonly #onError: (error: unknown) => void
  readonly #parent: ChartRunner | null
  #children: Map<string, ChartRunner> | null = null
  #timers: Map<string, TimerHandle> | null = null
  /** What has come, what was raised, and what is to reach outside, while a step is taken; null between steps. */
  #mailbox: EventObject[] | null = null
  #raised: EventObject[] | null = null
  #effects: (() => void)[] | null = null
  #busy = false
  /** A state was entered since the snapshot was made. */
  #moved = true

  constructor(
    chart: Chart,
    input: unknown,
    clock: Clock,
    onEmitted: (event: EventObject) => void,
    onError: (error: unknown) => void,
    parent: ChartRunner | null,
  ) {
    this.#chart = chart
    this.leaves = chart.regions.slice()
    this.#clock = clock
    this.#onEmitted = onEmitted
    this.#onError = onError
    this.#parent = parent
    this.context = chart.context(input)
    this.snapshot = { status: 'active', value: undefined, context: this.context }
    this.#begin()
  }

  getSnapshot(): PlainSnapshot {
    return this.snapshot
  }

  send(event: EventObject): void {
    if (this.snapshot.status !== 'active') return
    if (this.#busy) {
      this.#mailbox ??= []
      this.#mailbox.push(event)
    } else this.#drain(event)
  }

  stop(): void {
    if (this.snapshot.status === 'active') this.#end('stopped')
  }

  // What actions ask for.

  raise(event: EventObject): void {
    this.#raised ??= []
    this.#raised.push(event)
  }

  emit(event: EventObject): void {
    this.later(() => this.#onEmitted(event))
  }

  later(effect: () => void): void {
    this.#effects ??= []
    this.#effects.push(effect)
  }

  sendTo(to: string | null, event: EventObject): void {
    this.later(() => (to === null ? this.#parent : this.#children?.get(to))?.send(event))
  }

  spawn(id: string, machine: AnyStateMachine, input: unknown): void {
    this.later(() => {
      this.#children ??= new Map()
      const failed = (error: unknown) => this.#fail(error)
      this.#children.set(id, new ChartRunner(chartOf(machine), input, this.#clock, unheard, failed, this))
    })
  }

  stopChild(id: string): void {
    const child = this.#children?.get(id)
    this.#children?.delete(id)
    child?.stop()
  }

  // Steps.

  #begin(): void {
    this.#busy = true
    try {
      const { regions, root } = this.#chart
      this.#runEntry(root, start)
      for (const region of regions) {
        if (region !== root) this.#runEntry(region, start)
        let leaf = region
        while (leaf.initial !== null) {
          leaf = leaf.initial
          this.#runEntry(leaf, start)
        }
        this.leaves[region.region] = leaf
      }
      this.#settle()
    } catch (error) {
      this.#fail(error)
    }
    this.#busy = false
    this.#drain(this.#mailbox?.shift())
  }

  #drain(first: EventObject | undefined): void {
    this.#busy = true
    for (let event = first; event !== undefined; event = this.#mailbox?.shift()) {
      if (this.snapshot.status !== 'active') break
      try {
        this.#step(event)
        this.#settle()
      } catch (error) {
        this.#fail(error)
      }
    }
    this.#mailbox = null
    this.#busy = false
  }

  /** Raised events first, then the snapshot, then what reaches outside. */
  #settle(): void {
    for (let event = this.#raised?.shift(); event !== undefined; event = this.#raised?.shift()) this.#step(event)
    this.#raised = null
    const { parallel, regions } = this.#chart
    if (this.#moved || this.context !== this.snapshot.context) {
      this.#moved = false
      let value: unknown = this.leaves[0]?.value
      if (parallel) {
        const byRegion: Record<string, unknown> = {}
        for (const region of regions) byRegion[region.key] = this.leaves[region.region]?.value
        value = byRegion
      }
      this.snapshot = { status: 'active', value, context: this.context }
    }
    const effects = this.#effects
    this.#effects = null
    if (effects !== null) for (const effect of effects) effect()
    if (!parallel && this.leaves[0]?.isFinal === true && this.leaves[0].parent === this.#chart.root) this.#end('done')
  }

  #step(event: EventObject): void {
    const { leaves } = this
    if (!this.#chart.parallel) {
      const found = this.#select(leaves[0]?.candidates.get(event.type), event)
      if (found !== null) this.#take([found], event)
      return
    }
    let found: Transition[] | null = null
    for (const leaf of leaves) {
      const transition = this.#select(leaf.candidates.get(event.type), event)
      if (transition === null) continue
      if (found === null) found = [transition]
      else found.push(transition)
    }
    if (found === null) {
      const transition = this.#select(this.#chart.root.transitions.get(event.type), event)
      if (transition !== null) found = [transition]
    }
    if (found !== null) this.#take(found, event)
  }

  #select(candidates: readonly Transition[] | undefined, event: EventObject): Transition | null {
    if (candidates === undefined) return null
    for (const candidate of candidates) if (candidate.guard === null || candidate.guard(this, event)) return candidate
    return null
  }

  /** All exits, then all actions, then all entries (SCXML, the algorithm's microstep). */
  #take(transitions: readonly Transition[], event: EventObject): void {
    for (let i = transitions.length - 1; i >= 0; i--) {
      const target = transitions[i]?.target
      if (target != null) this.#exit(target.domain, event)
    }
    for (const { actions } of transitions) for (const action of actions) action(this, event)
    for (const { target } of transitions) {
      if (target === null) continue
      this.leaves[target.leaf.region] = target.leaf
      this.#moved = true
      for (const node of target.path) this.#runEntry(node, event)
    }
  }

  #exit(domain: ChartNode, event: EventObject): void {
    let node: ChartNode | null = this.leaves[domain.region] ?? null
    while (node !== null && node !== domain && isBelow(node, domain)) {
      for (const action of node.exit) action(this, event)
      for (const { type } of node.timers) this.#disarm(type)
      node = node.parent
    }
  }

  #runEntry(node: ChartNode, event: EventObject): void {
    for (const action of node.entry) action(this, event)
    for (const { type, delay } of node.timers) this.#arm(type, delay(this.context, event))
  }

  // Timers and endings.

  #arm(type: string, delayMs: number): void {
    this.#timers ??= new Map()
    this.#timers.set(
      type,
      this.#clock.setTimeout(() => {
        this.#timers?.delete(type)
        this.send({ type })
      }, delayMs),
    )
  }

  #disarm(type: string): void {
    const handle = this.#timers?.get(type)
    if (handle === undefined) return
    this.#clock.clearTimeout(handle)
    this.#timers?.delete(type)
  }

  #end(status: 'done' | 'stopped' | 'error'): void {
    const { value, context } = this.snapshot
    this.snapshot = { status, value, context }
    for (const handle of this.#timers?.values() ?? []) this.#clock.clearTimeout(handle)
    for (const child of this.#children?.values() ?? []) child.stop()
    this.#timers = null
    this.#children = null
    this.#mailbox = null
    this.#raised = null
    this.#effects = null
  }

  #fail(error: unknown): void {
    if (this.snapshot.status !== 'active') return
    this.#end('error')
    this.#onError(error)
  }
}
