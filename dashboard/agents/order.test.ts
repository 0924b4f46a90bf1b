/** Filters and orders of the agents table. */
import { expect, test } from 'vitest'
import { agentOf, at } from '../live/fixtures.ts'
import { type AgentView, selectAgents } from './order.ts'

const agents = [
  agentOf({ id: 'a10', name: 'Agent 10', label: 'talking', since: at(5), today: { handled: 4, missed: 0 } }),
  agentOf({ id: 'a9', name: 'Agent 9', label: 'available', since: at(9), queues: ['sales'] }),
  agentOf({ id: 'bob', name: 'bob', label: 'unreachable', since: at(1), today: { handled: 2, missed: 3 } }),
  agentOf({ id: 'eve', name: 'Eve', label: 'notReady', reason: 'Lunch', since: at(7) }),
]
const view: AgentView = { text: '', group: null, queueId: null, sortBy: 'name', isDescending: false }
const ids = (change: Partial<AgentView>) => selectAgents(agents, { ...view, ...change }).map(agent => agent.id)

test('by name, as people count and regardless of case', () => {
  expect(ids({})).toEqual(['a9', 'a10', 'bob', 'eve'])
  expect(ids({ isDescending: true })).toEqual(['eve', 'bob', 'a10', 'a9'])
})

test('by state: what is broken first', () => {
  expect(ids({ sortBy: 'state' })).toEqual(['bob', 'a9', 'a10', 'eve'])
})

test('by time in state and by today’s counts, equals by name', () => {
  expect(ids({ sortBy: 'since' })).toEqual(['bob', 'a10', 'eve', 'a9'])
  expect(ids({ sortBy: 'handled', isDescending: true })).toEqual(['a10', 'bob', 'a9', 'eve'])
  expect(ids({ sortBy: 'missed', isDescending: true })).toEqual(['bob', 'a9', 'a10', 'eve'])
})

test('by text, group and queue', () => {
  expect(ids({ text: ' lunch ' })).toEqual(['eve'])
  expect(ids({ text: 'on call' })).toEqual(['a10'])
  expect(ids({ group: 'working' })).toEqual(['a10'])
  expect(ids({ queueId: 'sales' })).toEqual(['a9'])
  expect(ids({ queueId: 'sales', group: 'offline' })).toEqual([])
})
