import { describe, expect, it } from 'vitest'
import type { CenterInput } from '../config.ts'
import { parseCenter } from '../config-check.ts'

function problemsOf(center: CenterInput | unknown): readonly { path: string; allowed: string }[] {
  try {
    parseCenter(center)
    return []
  } catch (error) {
    return (error as { problems: readonly { path: string; allowed: string }[] }).problems
  }
}

describe('skills in a center', () => {
  it('takes levels, booleans, expressions, steps and memberships', () => {
    const center = parseCenter({
      queues: [
        { id: 'q', requirements: 'billing', steps: [{ expression: 'billing >= 5', afterMs: 1000 }] },
        { id: 'r', bullseye: [{ timeoutMs: 5000, removeSkills: ['billing'] }], aging: { perMinute: 2 } },
      ],
      agents: [{ id: 'a', queues: ['q', { id: 'r', delayMs: 30_000 }], skills: { billing: 8, trainee: true } }],
      numbers: [{ match: '1', queue: 'q', requirements: 'not trainee' }],
    })
    expect(center.queues[1]).toMatchObject({ aging: { perMinute: 2, max: 100 }, strategyOptions: { windowMs: 100 } })
    expect(center.agents[0]?.queues[1]).toEqual({ id: 'r', signedIn: true, priority: 1, delayMs: 30_000, weight: 1 })
  })

  it.each<[string, unknown, string, string]>([
    ['an expression', { queues: [{ id: 'q', requirements: 'billing >=' }] }, 'queues[0].requirements', 'position 11'],
    [
      'a step',
      { queues: [{ id: 'q', steps: [{ expression: 'a b', afterMs: 5 }] }] },
      'queues[0].steps[0].expression',
      'found "b" at position 3',
    ],
    ['a level', { agents: [{ id: 'a', skills: { billing: 11 } }] }, 'agents[0].skills.billing', '<= 10'],
    ['false', { agents: [{ id: 'a', skills: { billing: false } }] }, 'agents[0].skills.billing', 'true'],
    ['a skill', { agents: [{ id: 'a', skills: { and: 3 } }] }, 'agents[0].skills.and', 'not "and", "or", "not"'],
    [
      'a ring',
      { queues: [{ id: 'q', bullseye: [{ timeoutMs: 1, removeSkills: ['x y'] }] }] },
      'queues[0].bullseye[0].removeSkills[0]',
      'a skill',
    ],
    [
      'both ways to relax',
      { queues: [{ id: 'q', steps: [{ expression: 'a', afterMs: 1 }], bullseye: [{ timeoutMs: 1 }] }] },
      'queues[0].bullseye',
      'either',
    ],
    [
      'more than six rings',
      { queues: [{ id: 'q', bullseye: Array.from({ length: 7 }, () => ({ timeoutMs: 1 })) }] },
      'queues[0].bullseye',
      '6',
    ],
    [
      'a number',
      { queues: [{ id: 'q' }], numbers: [{ match: '1', queue: 'q', requirements: '(' }] },
      'numbers[0].requirements',
      'position 2',
    ],
    [
      'a number of an agent',
      { agents: [{ id: 'a' }], numbers: [{ match: '1', agent: 'a', requirements: 'x' }] },
      'numbers[0].requirements',
      'only beside queue or flow',
    ],
    [
      'a number of an agent, with a priority',
      { agents: [{ id: 'a' }], numbers: [{ match: '1', agent: 'a', priority: 0 }] },
      'numbers[0].priority',
      'only beside queue or flow',
    ],
    ['a queue', { agents: [{ id: 'a', queues: [{ id: 'nowhere' }] }] }, 'agents[0].queues[0].id', 'the id of a queue'],
    [
      'a queue twice',
      { queues: [{ id: 'q' }], agents: [{ id: 'a', queues: ['q', { id: 'q' }] }] },
      'agents[0].queues',
      'each queue once',
    ],
    [
      'a key of a membership',
      { queues: [{ id: 'q' }], agents: [{ id: 'a', queues: [{ id: 'q', prio: 1 }] }] },
      'agents[0].queues[0].prio',
      'the keys id, priority, delayMs, weight',
    ],
  ])('refuses %s with its path and what is allowed', (_what, center, path, allowed) => {
    const problem = problemsOf(center).find(one => one.path === path)
    expect(problem?.allowed).toContain(allowed)
  })
})
