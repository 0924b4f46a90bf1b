/** What a center says about recipes: what is taken, and what is refused with its path. */
import { describe, expect, it } from 'vitest'
import { parseCenter } from './config-check.ts'
import { refuseUnknownPrompts } from './routing/prompt-name.ts'

function problemsOf(recipe: unknown, beside: object = {}): readonly { path: string; allowed: string }[] {
  try {
    parseCenter({ queues: [{ id: 'q', recipes: [recipe] }, { id: 'r' }], ...beside })
    return []
  } catch (error) {
    return (error as { problems: readonly { path: string; allowed: string }[] }).problems
  }
}

const act = { priority: 5 }

describe('recipes in a center', () => {
  it('take every condition and every action', () => {
    const center = parseCenter({
      hours: [{ id: 'day' }],
      mailboxes: [{ id: 'box' }],
      queues: [
        {
          id: 'q',
          recipes: [
            { do: { raisePriority: 10 }, everyMs: 1_000 },
            {
              name: 'relax',
              when: {
                ...{
                  ewtMs: { atLeast: 60_000 },
                  waitedMs: 0,
                  position: { atMost: 3 },
                  waiting: { atLeast: 2, atMost: 9 },
                },
                ...{ eligible: { atMost: 0 }, available: { atLeast: 1 }, open: 'day', closed: 'day' },
              },
              do: { addSkills: 'x >= 5 and not y', removeSkills: ['z'], priority: 7, announce: { say: 'welcome' } },
            },
            { do: { to: { voicemail: 'box' } } },
            { do: { announce: { position: true } }, everyMs: 5_000 },
          ],
        },
      ],
    })
    expect(center.queues[0]?.recipes[0]).toEqual({ when: {}, do: { raisePriority: 10 }, everyMs: 1_000 })
    expect(center.queues[0]?.recipes[3]?.do.announce).toEqual({ position: true, wait: false })
  })

  it.each<[string, unknown, string, string]>([
    ['nothing to do', { when: {} }, 'do', 'required'],
    ['no action', { do: {} }, 'do', 'at least one of addSkills, removeSkills'],
    ['an unknown condition', { when: { ewt: 5 }, do: act }, 'when.ewt', 'waitedMs, position, waiting'],
    ['a wait without bounds', { when: { ewtMs: {} }, do: act }, 'when.ewtMs', 'atLeast, atMost, or both'],
    ['empty bounds', { when: { waiting: {} }, do: act }, 'when.waiting', 'atLeast, atMost, or both'],
    [
      'bounds that nothing meets',
      { when: { position: { atLeast: 3, atMost: 2 } }, do: act },
      'when.position.atLeast',
      'at most atMost (2)',
    ],
    ['a place before the first', { when: { position: { atMost: 0 } }, do: act }, 'when.position.atMost', '>= 1'],
    ['hours that are none', { when: { open: 'day' }, do: act }, 'when.open', 'the id of opening hours: none'],
    ['hours that are none', { when: { closed: 'day' }, do: act }, 'when.closed', 'the id of opening hours: none'],
    ['a broken expression', { do: { addSkills: 'x >=' } }, 'do.addSkills', 'position 5'],
    ['no skill', { do: { removeSkills: ['x y'] } }, 'do.removeSkills[0]', 'a skill'],
    [
      'two priorities',
      { do: { priority: 1, raisePriority: 1 } },
      'do.raisePriority',
      'either priority or raisePriority',
    ],
    ['an announcement of nothing', { do: { announce: {} } }, 'do.announce', 'at least one of say, position, wait'],
    ['announcements without a pause', { do: { announce: { wait: true } }, everyMs: 4_999 }, 'everyMs', 'at least 5000'],
    ['its own queue', { do: { to: { queue: 'q' } } }, 'do.to.queue', 'another queue'],
    ['a mailbox that is none', { do: { to: { voicemail: 'box' } } }, 'do.to.voicemail', 'the id of a mailbox'],
    ['a way out beside something else', { do: { ...act, to: { queue: 'r' } } }, 'do.to', 'alone'],
    ['a repetition too fast', { do: act, everyMs: 999 }, 'everyMs', '>= 1000'],
  ])('refuse %s', (_what, recipe, path, allowed) => {
    const problem = problemsOf(recipe).find(one => one.path === `queues[0].recipes[0].${path}`)
    expect(problem?.allowed).toContain(allowed)
  })

  it('refuse a name twice, and more than twenty', () => {
    const twice = {
      queues: [
        {
          id: 'q',
          recipes: [
            { name: 'a', do: act },
            { name: 'a', do: act },
          ],
        },
      ],
    }
    expect(() => parseCenter(twice)).toThrow(/queues\[0\]\.recipes\[1\]\.name.*each name once/)
    const many = { queues: [{ id: 'q', recipes: Array.from({ length: 21 }, () => ({ do: act })) }] }
    expect(() => parseCenter(many)).toThrow(/queues\[0\]\.recipes/)
  })

  it('refuse a prompt that there is no recording of', () => {
    const center = parseCenter({ queues: [{ id: 'q', recipes: [{ do: { announce: { say: ['hello', 'nope'] } } }] }] })
    expect(() => refuseUnknownPrompts(center, { hasPrompt: name => name === 'hello', hasMusic: () => true })).toThrow(
      /queues\[0\]\.recipes\[0\]\.do\.announce\.say.*nope/,
    )
  })
})
