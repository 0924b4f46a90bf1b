/** A call that goes to an outside number, as its events tell it. */
import { expect, test } from 'vitest'
import type { AnyEvent } from '../../engine/events.ts'
import { eventWords } from '../words.ts'
import { talkOf } from './calls.ts'
import { at, eventOf, step } from './fixtures.ts'
import { outsideParty, ownCallOf } from './outside.ts'
import { applyAll, emptyState } from './state.ts'

const leg = { callId: 'c1', legId: 'l1', number: '+442071234567', trunkId: 'carrier' }
const dialled = eventOf('call.outside_dialled', 5, { ...leg, callerId: '+4420' })
const connected = eventOf('call.outside_connected', 8, { ...leg, ringMs: 3_000 })
const over = (outcome: 'completed' | 'failed', talkMs: number) =>
  eventOf('call.outside_ended', 20, {
    ...leg,
    outcome,
    reason: outcome === 'failed' ? 'busy' : 'outsideHangup',
    sipCode: outcome === 'failed' ? 486 : null,
    ringMs: 3_000,
    talkMs,
  })
const diverted = eventOf('call.diverted', 5, {
  callId: 'c1',
  visitId: 'v1',
  queueId: 'support',
  waitMs: 4_000,
  target: `number:${leg.number}`,
  reason: 'overflow',
})

function after(...events: AnyEvent[]) {
  const state = applyAll(emptyState, [step.arrived(0), step.queued(1), diverted, ...events])
  const call = state.calls.get('c1') ?? state.ended[0]
  if (call === undefined) throw new Error('the call is gone')
  return call
}

test('it is called, it talks, and the talk counts when the call is over', () => {
  const calling = after(dialled)
  expect([calling.state, outsideParty(calling)?.number, talkOf(calling)]).toEqual(['connecting', leg.number, null])
  const talking = after(dialled, connected)
  expect([talking.state, talkOf(talking)]).toEqual(['connected', { since: at(8) }])
  const ended = after(dialled, connected, over('completed', 12_000), step.ended(20))
  expect([outsideParty(ended)?.trunkId, talkOf(ended)]).toEqual(['carrier', { ms: 12_000 }])
})

test('who did not take the call is no party to it, while it goes on', () => {
  const back = after(dialled, over('failed', 0), step.queued(21, { visitId: 'v2' }))
  expect([back.state, outsideParty(back), back.outside?.[0]?.reason]).toEqual(['queued', null, 'busy'])
})

test('it reads as sentences', () => {
  const names = { agent: (id: string) => id, queue: (id: string) => id }
  expect(
    [dialled, connected, over('completed', 12_000), over('failed', 0)].map(event => eventWords(event, names)),
  ).toEqual([
    'Calling +442071234567 by carrier, as +4420',
    '+442071234567 answered after 0:03',
    '+442071234567 left the call after 0:12 of talk',
    '+442071234567 did not take the call: on a call (486)',
  ])
})

test('an agent’s own call can be handed on while its party is there and nobody else has it', () => {
  const own = (call: ReturnType<typeof after>, changes = {}) =>
    ownCallOf([{ ...call, fromAgentId: 'ada', agentId: null, ...changes }], 'ada')
  const talking = after(dialled, connected)
  expect(own(talking)).toEqual({ callId: talking.callId, number: leg.number })
  expect(own(talking, { agentId: 'ada' })).toBeNull()
  expect(own(talking, { fromAgentId: 'bob' })).toBeNull()
  expect(own(after(dialled))).toBeNull()
  expect(own(after(dialled, connected, over('completed', 12_000), step.ended(20)))).toBeNull()
})
