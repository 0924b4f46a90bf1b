import { describe, expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import { promptName, promptProblems } from './prompt-name.ts'

const media = {
  hasPrompt: (name: string) => ['en/welcome', 'de/welcome', 'en/goodbye', 'menu', 'de/menu'].includes(name),
  hasMusic: (name: string) => ['default', 'jazz'].includes(name),
}

describe('a prompt', () => {
  it.each([
    ['welcome', 'de', 'de/welcome'],
    ['goodbye', 'de', 'en/goodbye'],
    ['menu', 'en', 'menu'],
    ['menu', 'de', 'de/menu'],
    ['nowhere', 'en', null],
  ] as const)('%s in %s is %s', (name, language, recording) => {
    expect(promptName(name, language, media)).toBe(recording)
  })

  it('that a flow names must be there', () => {
    const steps = [{ say: ['welcome', 'intro'] }, { gather: { into: 'x', say: 'menu', invalid: 'oops' } }]
    expect(promptProblems(parseCenter({ flows: [{ id: 'f', steps }] }), media)).toMatchObject([
      { path: 'flows[0].steps[0].say', value: 'intro' },
      { path: 'flows[0].steps[1].gather.invalid', value: 'oops' },
    ])
  })
})

it('music that a queue names must be there', () => {
  const queues = [{ id: 'a' }, { id: 'b', music: 'jazz' }, { id: 'c', music: 'welcome' }]
  const [problem, ...more] = promptProblems(parseCenter({ queues }), media)
  expect(problem).toMatchObject({ path: 'queues[2].music', value: 'welcome' })
  expect(problem?.allowed).toContain('music/welcome.wav in the prompts folder')
  expect(more).toEqual([])
})
