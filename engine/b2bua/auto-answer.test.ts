import { describe, expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import { autoAnswerHeaders } from './auto-answer.ts'

describe('auto-answer', () => {
  it.each([
    ['none', []],
    ['call-info', [['call-info', '<sip:[2001:db8::1]>;answer-after=0']]],
    ['alert-info', [['alert-info', '<http://[2001:db8::1]>;info=alert-autoanswer;delay=0']]],
  ] as const)('%s', (style, headers) => {
    expect(autoAnswerHeaders(style, '[2001:db8::1]')).toEqual(headers)
  })

  it('is off unless an agent asks for it, in one of the known ways', () => {
    const styleOf = (agent: object) => parseCenter({ agents: [{ id: 'ada', ...agent }] }).agents[0]?.autoAnswer
    expect([styleOf({}), styleOf({ autoAnswer: 'alert-info' })]).toEqual(['none', 'alert-info'])
    expect(() => styleOf({ autoAnswer: 'always' })).toThrow(/autoAnswer/)
  })
})
