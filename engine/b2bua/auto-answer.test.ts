import { describe, expect, it } from 'vitest'
import { parseCenter } from '../config-check.ts'
import { autoAnswerHeaders } from './auto-answer.ts'

describe('auto-answer', () => {
  it.each([
    ['none', []],
    ['call-info', [['call-info', '<sip:[2001:db8::1]>;answer-after=0']]],
    ['alert-info', [['alert-info', '<http://[2001:db8::1]>;info=alert-autoanswer;delay=0']]],
    [{ header: 'Answer-Mode', value: 'Auto' }, [['answer-mode', 'Auto']]],
    [
      { header: 'Alert-Info', value: '<http://127.0.0.1>;info=Auto Answer' },
      [['alert-info', '<http://127.0.0.1>;info=Auto Answer']],
    ],
  ] as const)('%j', (style, headers) => {
    expect(autoAnswerHeaders(style, '[2001:db8::1]')).toEqual(headers)
  })

  it('is off unless an agent asks for it, in one of the known ways', () => {
    const styleOf = (agent: object) => parseCenter({ agents: [{ id: 'ada', ...agent }] }).agents[0]?.autoAnswer
    expect([styleOf({}), styleOf({ autoAnswer: 'alert-info' })]).toEqual(['none', 'alert-info'])
    expect(() => styleOf({ autoAnswer: 'always' })).toThrow(/autoAnswer/)
  })

  it.each([
    [{ header: 'Alert-Info' }, 'value'],
    [{ header: 'Call-Info', value: '' }, 'value'],
    [{ header: 'Call-Info', value: ' padded' }, 'value'],
    [{ header: 'Call-Info', value: '<sip:a>\r\nRoute: <sip:evil>' }, 'value'],
    [{ header: 'Call-Info', value: '<sip:a>\nX: y' }, 'value'],
    [{ header: 'Call-Info', value: 'a\u0000b' }, 'value'],
    [{ header: 'Call-Info', value: 'ü' }, 'value'],
    [{ header: 'Call-Info', value: 'a'.repeat(201) }, 'value'],
    [{ header: 'Route', value: '<sip:evil>' }, 'header'],
    [{ header: 'Call-Info', value: 'a', also: 'b' }, 'also'],
  ])('%j is refused', (autoAnswer, key) => {
    const apply = () => parseCenter({ devices: [{ id: 'desk1', autoAnswer } as never] })
    expect(apply).toThrow(new RegExp(`devices\\[0\\]\\.autoAnswer.*${key}`, 's'))
  })
})
