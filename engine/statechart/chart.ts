/**
 * An XState machine definition, made into tables once. The definition stays the one place where states and transitions
 * stand; what is compiled from it takes a step in about a microsecond, where XState's interpreter takes about twenty
 * (it walks the whole tree, and makes a snapshot, for each event), and a call has some fifteen of them.
 *
 * Known are atomic, compound and final states, parallel regions below the root, `on`, `after`, `entry`, `exit`, guards and the
 * actions of {@link compileActions}. A definition that asks for more is refused when it is compiled, so at load.
 */
import type { AnyStateMachine } from 'xstate'
import { type Action, compileActions, compileDelay, type Delay } from './actions.ts'
import { compileGuard, type Guard } from './guards.ts'

export interface ChartNode {
  readonly key: string
  /** `machine.region.state`, as XState names it. */
  readonly id: string
  readonly parent: ChartNode | null
  /** Index of the parallel region that it is in; 0 when there are none. */
  readonly region: number
  readonly children: ReadonlyMap<string, ChartNode>
  /** Where entering a compound state leads to. */
  initial: ChartNode | null
  readonly isFinal: boolean
  entry: readonly Action[]
  exit: readonly Action[]
  readonly timers: readonly ChartTimer[]
  /** Of this state alone. */
  readonly transitions: Map<string, Transition[]>
  /** Of a leaf: its own and its ancestors' up to its region, innermost first. */
  readonly candidates: Map<string, readonly Transition[]>
  /** Of a leaf: its part of the state value. */
  value: unknown
}

export interface ChartTimer {
  readonly type: string
  readonly delay: Delay
}

export interface Transition {
  readonly guard: Guard | null
  readonly actions: readonly Action[]
  readonly source: ChartNode
  /** Null: actions only, no state is left. */
  readonly target: {
    /** Everything active below it is left. */
    readonly domain: ChartNode
    /** Entered, outermost first. */
    readonly path: readonly ChartNode[]
    readonly leaf: ChartNode
  } | null
}

export interface Chart {
  readonly root: ChartNode
  /** The regions of a parallel root, else the root alone. */
  readonly regions: readonly ChartNode[]
  readonly parallel: boolean
  context(input: unknown): object
}

interface StateConfig {
  readonly id?: string
  readonly type?: string
  readonly initial?: string
  readonly states?: Readonly<Record<string, StateConfig>>
  readonly on?: Readonly<Record<string, unknown>>
  readonly after?: Readonly<Record<string, unknown>>
  readonly entry?: unknown
  readonly exit?: unknown
  readonly context?: unknown
}

interface TransitionConfig {
  readonly target?: string
  readonly guard?: unknown
  readonly actions?: unknown
  readonly reenter?: boolean
}

const knownKeys: ReadonlySet<string> = new Set(
  'id type initial states on after entry exit context types schemas description tags meta version output'.split(' '),
)

/** @throws Error naming the state and what of it is not known here */
export function compileChart(machine: AnyStateMachine): Chart {
  const { implementations } = machine
  const config = machine.config as unknown as StateConfig
  const configs = new Map<ChartNode, StateConfig>()

  function createNode(
    key: string,
    id: string,
    parent: ChartNode | null,
    state: StateConfig,
    region: number,
  ): ChartNode {
    for (const name of Object.keys(state)) if (!knownKeys.has(name)) throw new Error(`${id}: \`${name}\` is not known`)
    if (state.type === 'parallel' && parent !== null) throw new Error(`${id}: only the root may be parallel`)
    if (state.type === 'history') throw new Error(`${id}: history states are not known`)
    const children = new Map<string, ChartNode>()
    const node: ChartNode = {
      key,
      id,
      parent,
      region,
      children,
      initial: null,
      isFinal: state.type === 'final',
      entry: compileActions(id, state.entry, implementations),
      exit: compileActions(id, state.exit, implementations),
      timers: Object.keys(state.after ?? {}).map(delay => ({
        type: timerType(delay, id),
        delay: compileDelay(id, delay, implementations),
      })),
      transitions: new Map(),
      candidates: new Map(),
      value: undefined,
    }
    configs.set(node, state)
    Object.entries(state.states ?? {}).forEach(([name, child], index) => {
      const childRegion = parent === null && state.type === 'parallel' ? index : region
      children.set(name, createNode(name, child.id ?? `${id}.${name}`, node, child, childRegion))
    })
    if (children.size > 0 && state.type !== 'parallel') {
      node.initial = children.get(state.initial ?? '') ?? null
      if (node.initial === null) throw new Error(`${id}: no such initial state: ${state.initial}`)
    }
    return node
  }

  function find(source: ChartNode, target: string): ChartNode {
    const [first = '', ...rest] = target.split('.')
    let node: ChartNode | undefined
    if (first.startsWith('#')) node = first.slice(1) === root.id ? root : byId(first.slice(1))
    else if (first === '') node = source
    else node = (source.parent ?? source).children.get(first)
    for (const key of rest) node = node?.children.get(key)
    if (node === undefined) throw new Error(`${source.id}: no such target: ${target}`)
    return node
  }

  function byId(id: string): ChartNode | undefined {
    for (const node of configs.keys()) if (node.id === id) return node
    return undefined
  }

  function compileTransition(source: ChartNode, given: unknown): Transition {
    const transition = (typeof given === 'string' ? { target: given } : given) as TransitionConfig
    const { target, guard, actions, reenter = false } = transition
    return {
      guard: guard === undefined ? null : compileGuard(source.id, guard, implementations),
      actions: compileActions(source.id, actions, implementations),
      source,
      target: target === undefined ? null : route(source, find(source, target), reenter),
    }
  }

  /** What is left and entered (SCXML, the algorithm's getTransitionDomain and computeEntrySet). */
  function route(source: ChartNode, target: ChartNode, reenter: boolean): Transition['target'] {
    const inner = !reenter && (target === source || isBelow(target, source))
    let domain = inner ? source : target.parent
    while (!inner && domain !== null && !isBelow(source, domain)) domain = domain.parent
    if (domain === null || (parallel && domain === root)) throw new Error(`${source.id}: leaves its region`)
    const path: ChartNode[] = []
    for (let node: ChartNode | null = target; node !== null && node !== domain; node = node.parent) path.unshift(node)
    let leaf = target
    while (leaf.initial !== null) {
      leaf = leaf.initial
      path.push(leaf)
    }
    return { domain, path, leaf }
  }

  function addTransitions(node: ChartNode): void {
    const { on = {}, after = {} } = configs.get(node) ?? {}
    const listed = (given: unknown) => (Array.isArray(given) ? given : [given])
    for (const [type, given] of Object.entries(on)) {
      if (type === '*' || type === '') throw new Error(`${node.id}: wildcard and eventless transitions are not known`)
      if (given !== undefined)
        node.transitions.set(
          type,
          listed(given).map(one => compileTransition(node, one)),
        )
    }
    for (const [delay, given] of Object.entries(after))
      node.transitions.set(
        timerType(delay, node.id),
        listed(given).map(one => compileTransition(node, one)),
      )
    for (const child of node.children.values()) addTransitions(child)
  }

  /** The root of a parallel machine answers only what no region does, so it is not among a leaf's candidates. */
  function finishLeaves(node: ChartNode, top: ChartNode): void {
    for (const child of node.children.values()) finishLeaves(child, top)
    if (node.children.size > 0) return
    let value: unknown = node.key
    for (let at: ChartNode | null = node; at !== null; at = at === top ? null : at.parent) {
      for (const [type, transitions] of at.transitions)
        node.candidates.set(type, [...(node.candidates.get(type) ?? []), ...transitions])
      if (at !== node && at !== top) value = { [at.key]: value }
    }
    node.value = node === top ? {} : value
  }

  const parallel = config.type === 'parallel'
  const root = createNode(machine.id, machine.id, null, config, 0)
  addTransitions(root)
  const regions = parallel ? [...root.children.values()] : [root]
  for (const region of regions) finishLeaves(region, region)
  const { context } = config
  return {
    root,
    regions,
    parallel,
    context: input => (typeof context === 'function' ? context({ input }) : (context ?? {})),
  }
}

export function isBelow(node: ChartNode, ancestor: ChartNode): boolean {
  for (let at = node.parent; at !== null; at = at.parent) if (at === ancestor) return true
  return false
}

function timerType(delay: string, id: string): string {
  return `xstate.after.${delay}.${id}`
}
