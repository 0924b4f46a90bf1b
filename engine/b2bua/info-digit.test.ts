import { describe, expect, it } from 'vitest'
import { readInfoDigit, writeInfoDigit } from './info-digit.ts'

describe('the digit of an INFO', () => {
  it.each([
    ['application/dtmf-relay', 'Signal=5\r\nDuration=240\r\n', '5', 240],
    ['application/dtmf-relay', 'Signal= 5\nDuration= 240', '5', 240],
    ['application/dtmf-relay', 'signal=#\r\n', '#', 160],
    ['application/dtmf-relay', 'Signal=10\r\nDuration=100\r\n', '*', 100],
    ['application/dtmf-relay', 'Signal=11\r\nDuration=0\r\n', '#', 160],
    ['application/dtmf-relay', 'Signal=a\r\nDuration=soon\r\n', 'A', 160],
    ['application/dtmf-relay', 'Duration=900000\r\nSignal=1\r\n', '1', 5000],
    ['Application/DTMF-Relay;charset=utf-8', 'Signal=1', '1', 160],
    ['application/dtmf', '7', '7', 160],
    ['application/dtmf', '*\r\n', '*', 160],
    ['application/dtmf', 'Signal=8\r\nDuration=80\r\n', '8', 80],
  ])('%s %j is %s for %d ms', (contentType, body, digit, durationMs) => {
    expect(readInfoDigit(contentType, body)).toEqual({ digit, durationMs })
  })

  it.each([
    ['application/dtmf-relay', ''],
    ['application/dtmf-relay', '5'],
    ['application/dtmf-relay', 'Signal=16\r\n'],
    ['application/dtmf-relay', 'Signal=hello\r\n'],
    ['application/dtmf', ''],
    ['application/dtmf', '55'],
    ['application/media_control+xml', '<media_control/>'],
    ['', '5'],
  ])('%s %j is none', (contentType, body) => {
    expect(readInfoDigit(contentType, body)).toBeNull()
  })

  it('is read as it was written', () => {
    const digit = { digit: '#', durationMs: 120 }
    expect(readInfoDigit('application/dtmf-relay', writeInfoDigit(digit))).toEqual(digit)
  })
})
