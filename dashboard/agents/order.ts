/** Which agents the table shows, and in which order. Pure. */
import type { AgentLabel } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'
import { agentLabelWords } from '../words.ts'

export const sortKeys = ['name', 'state', 'since', 'handled', 'missed'] as const
export type SortKey = (typeof sortKeys)[number]

export interface AgentView {
  readonly text: string
  /** A group of labels; null: all. */
  readonly group: StateGroup | null
  readonly queueId: string | null
  readonly sortBy: SortKey
  readonly isDescending: boolean
}

export const stateGroups = {
  free: ['available'],
  working: ['ringing', 'reserved', 'talking', 'held', 'consulting', 'conferencing', 'wrapUp'],
  notReady: ['notReady'],
  unreachable: ['unreachable'],
  offline: ['offline'],
} as const satisfies Record<string, readonly AgentLabel[]>
export type StateGroup = keyof typeof stateGroups

export const stateGroupWords: Readonly<Record<StateGroup, string>> = {
  free: 'Available',
  working: 'Working',
  notReady: 'Not ready',
  unreachable: 'Unreachable',
  offline: 'Signed out',
}

/** Those whom a supervisor can do something about come first. */
const labelOrder: readonly AgentLabel[] = [
  'unreachable',
  'available',
  'reserved',
  'ringing',
  'talking',
  'held',
  'consulting',
  'conferencing',
  'wrapUp',
  'notReady',
  'offline',
]

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function compareBy(key: SortKey, a: AgentReply, b: AgentReply): number {
  switch (key) {
    case 'name':
      return collator.compare(a.name, b.name)
    case 'state':
      return labelOrder.indexOf(a.label) - labelOrder.indexOf(b.label)
    case 'since':
      return Date.parse(a.since) - Date.parse(b.since)
    case 'handled':
      return a.today.handled - b.today.handled
    case 'missed':
      return a.today.missed - b.today.missed
  }
}

export function selectAgents(agents: Iterable<AgentReply>, view: AgentView): readonly AgentReply[] {
  const text = view.text.trim().toLowerCase()
  const group: readonly AgentLabel[] | null = view.group === null ? null : stateGroups[view.group]
  const direction = view.isDescending ? -1 : 1
  return [...agents]
    .filter(agent => group === null || group.includes(agent.label))
    .filter(agent => view.queueId === null || agent.queues.includes(view.queueId))
    .filter(agent => text === '' || searchText(agent).includes(text))
    .sort((a, b) => direction * compareBy(view.sortBy, a, b) || collator.compare(a.name, b.name))
}

function searchText({ id, name, label, reason, queues }: AgentReply): string {
  return [id, name, agentLabelWords[label], reason ?? '', ...queues].join('\n').toLowerCase()
}
