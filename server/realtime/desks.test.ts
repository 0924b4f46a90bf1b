/** When an agent's desk counts as open: while any window of his is. */
import { expect, it } from 'vitest'
import type { AgentCommands } from '../../engine/api-agents.ts'
import { EngineError } from '../../engine/errors.ts'
import { createDesks } from './desks.ts'

function start(isKnown: boolean) {
  const told: string[] = []
  const agents: Pick<AgentCommands, 'deskOpen'> = {
    deskOpen(agentId, isOpen) {
      told.push(`${agentId} ${isOpen}`)
      if (!isKnown) throw new EngineError('agent.unknown', 'There is no such agent.')
    },
  }
  return { told, desks: createDesks({ agents: agents as AgentCommands }) }
}

it('is told when the first window opens and when the last one closes', () => {
  const { told, desks } = start(true)
  const [first, second] = [desks.open('ada'), desks.open('ada')]
  first()
  first()
  expect(told).toEqual(['ada true'])
  second()
  desks.open('ada')
  expect(told).toEqual(['ada true', 'ada false', 'ada true'])
})

it('lets in a user whose agent is gone', () => {
  const { told, desks } = start(false)
  desks.open('eve')()
  expect(told).toEqual(['eve true', 'eve false'])
})
