/** Which calls are shown, and that none is shown twice. */
import { expect, test } from 'vitest'
import type { LiveCall } from '../live/calls.ts'
import { at, step } from '../live/fixtures.ts'
import { applyAll, emptyState } from '../live/state.ts'
import { mergeEnded, selectCalls } from './order.ts'

const [ended] = applyAll(emptyState, [step.arrived(0), step.queued(1), step.offered(2), step.ended(9)]).ended
const call = (change: Partial<LiveCall>): LiveCall => {
  if (ended === undefined) throw new Error('the call has not ended')
  return { ...ended, ...change }
}

const name = (id: string) => (id === 'ada' ? 'Ada Byron' : id)

test('text finds callers, numbers, states and the agents who were offered the call', () => {
  const found = (text: string) => selectCalls([call({})], { text, queueId: null }, name).length
  expect(['grace', '+44207', 'completed', 'ADA', 'byron', 'support'].map(found)).toEqual([1, 1, 1, 1, 1, 1])
  expect(found('nobody')).toBe(0)
})

test('the SIP Call-ID of a trace finds the call, whichever leg it is of', () => {
  const rung = applyAll(emptyState, [step.arrived(0), step.queued(1), step.offered(2)]).calls.get('c1')
  if (rung === undefined) throw new Error('the call is unknown')
  const found = (text: string) => selectCalls([rung], { text, queueId: null }, name).length
  expect(['abc@127.0.0.1', 'of-adas-phone', 'of-bobs-phone'].map(found)).toEqual([1, 1, 0])
})

test('a withheld number can’t be searched for', () => {
  const withheld = call({ ani: { e164: '+4420', raw: '4420', name: 'Grace', withheld: true } })
  expect(selectCalls([withheld], { text: '4420', queueId: null }, name)).toEqual([])
})

test('calls of one queue', () => {
  expect(selectCalls([call({})], { text: '', queueId: 'sales' }, name)).toEqual([])
})

test('a call known from events and from REST is shown once, as REST tells it, newest first', () => {
  const stored = call({ cause: 'stored' })
  const merged = mergeEnded(
    [call({}), call({ callId: 'c3', endedAt: at(30) })],
    [stored, call({ callId: 'c0', endedAt: at(1) })],
  )
  expect(merged.map(({ callId }) => callId)).toEqual(['c3', 'c1', 'c0'])
  expect(merged[1]?.cause).toBe('stored')
})
