/** The staffing form: what it refuses, and what it asks. */
import { describe, expect, it } from 'vitest'
import { faultsOf, initialForm, questionOf } from './question.ts'

describe('the staffing form', () => {
  it('begins with a question that can be asked', () => {
    expect(faultsOf(initialForm)).toEqual({})
    expect(questionOf(initialForm)).toEqual({
      calls: 100,
      intervalMin: 30,
      handleSec: 180,
      patienceSec: 120,
      targetSec: 20,
      targetShare: 0.8,
    })
  })

  it('says which field is wrong', () => {
    const faults = faultsOf({ ...initialForm, calls: '', handleSec: 'long', targetPercent: '100', agents: '2.5' })
    expect(Object.keys(faults)).toEqual(['calls', 'handleSec', 'targetPercent', 'agents'])
  })

  it('takes an empty patience for endless, and no number of agents for a wish to know', () => {
    const question = questionOf({ ...initialForm, patienceSec: ' ', agents: '20' })
    expect(question).toMatchObject({ patienceSec: null, agents: 20 })
    expect(questionOf(initialForm)).not.toHaveProperty('agents')
  })
})
