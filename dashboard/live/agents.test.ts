/** What the events tell of agents' phones, queues and wrap-up, beside their states. */
import { expect, test } from 'vitest'
import { applyToAgents } from './agents.ts'
import { agentOf, at, eventOf } from './fixtures.ts'

const wrapUp = {
  mode: 'timed',
  asked: false,
  extendMs: 30_000,
  extensionsLeft: 1,
  dispositions: [],
  disposition: null,
  notes: null,
} as const
const actor = 'user:ada'

test('phones, queues and wrap-up follow the events', () => {
  let agents = new Map([
    ['ada', agentOf({ slot: 'wrapping', deadline: at(10), wrapUp: { ...wrapUp, dispositions: [] } })],
  ])
  const see = (...told: Parameters<typeof eventOf>) => {
    agents = new Map(applyToAgents(agents, eventOf(...told)))
    return agents.get('ada')
  }
  const devices = {
    agentId: 'ada',
    devices: ['sip:desk1@10.0.0.1'],
    acting: 'desk1',
    endpoint: 'reachable',
    actor,
  } as const
  expect(see('agent.devices_changed', 1, { ...devices, devices: [...devices.devices] })).toMatchObject({
    devices: ['sip:desk1@10.0.0.1'],
    acting: 'desk1',
  })
  const left = { agentId: 'ada', queueId: 'support', signedIn: false, actor }
  expect(see('agent.queue_membership_changed', 2, left)).toMatchObject({ queues: [], queuesLeft: ['support'] })
  expect(see('agent.queue_membership_changed', 3, { ...left, signedIn: true })).toMatchObject({
    queues: ['support'],
    queuesLeft: [],
  })
  const changed = {
    agentId: 'ada',
    callId: 'c1',
    segmentId: 's1',
    deadline: at(40),
    asked: false,
    extensions: 1,
    actor,
  }
  expect(see('agent.wrapup_changed', 4, { ...changed, disposition: 'Sold', notes: null })).toMatchObject({
    deadline: at(40),
    wrapUp: { disposition: 'Sold', notes: null },
  })
})
