/** Session timers as tables: what is asked, answered and refused, and when what happens (RFC 4028). */
import { describe, expect, it } from 'vitest'
import { Headers } from '../message/headers.ts'
import {
  answerSession,
  askForSession,
  expireAfterMs,
  refreshAfterMs,
  type SessionTerms,
  sessionOfAnswer,
  tooShortFor,
} from './session-timer.ts'

const settings = (sessionExpiresSec: number, minSessionExpiresSec = 90) => ({ sessionExpiresSec, minSessionExpiresSec })

function headers(...lines: readonly string[]): Headers {
  const made = new Headers()
  for (const line of lines) {
    const colon = line.indexOf(':')
    made.append(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return made
}

describe('what we ask for', () => {
  it.each<[string, number, number, SessionTerms | null, number, number, string | undefined, string | undefined]>([
    ['the default', 1800, 90, null, 0, 1800, '1800', undefined],
    ['nothing', 0, 90, null, 0, 0, undefined, undefined],
    ['a minimum above the standard is told', 1800, 120, null, 0, 1800, '1800', '120'],
    ['after a 422', 1800, 90, null, 3600, 3600, '3600', '3600'],
    [
      'a refresh keeps the refresher: us',
      1800,
      90,
      { intervalSec: 600, refresher: 'local' },
      0,
      600,
      '600;refresher=uac',
      undefined,
    ],
    [
      'a refresh keeps the refresher: the peer',
      0,
      90,
      { intervalSec: 600, refresher: 'remote' },
      0,
      600,
      '600;refresher=uas',
      undefined,
    ],
  ])('%s', (_what, wanted, least, current, learned, asked, expires, minSe) => {
    const made = new Headers()
    expect(askForSession(made, settings(wanted, least), current, learned)).toBe(asked)
    expect([made.get('session-expires'), made.get('min-se')]).toEqual([expires, minSe])
  })
})

describe('what the 2xx to our request puts in force', () => {
  it.each<[string[], number, SessionTerms | null]>([
    [['Session-Expires: 1200;refresher=uas'], 1800, { intervalSec: 1200, refresher: 'remote' }],
    [['Session-Expires: 1200;refresher=uac'], 1800, { intervalSec: 1200, refresher: 'local' }],
    [['Session-Expires: 1200; Refresher = UAS ;x=y'], 0, { intervalSec: 1200, refresher: 'remote' }],
    [['Session-Expires: 1200'], 1800, { intervalSec: 1200, refresher: 'local' }],
    [['Session-Expires: 1;refresher=uac'], 1800, { intervalSec: 90, refresher: 'local' }],
    [['Session-Expires: soon'], 1800, { intervalSec: 1800, refresher: 'local' }],
    [[], 1800, { intervalSec: 1800, refresher: 'local' }],
    [[], 0, null],
  ])('%j after asking for %d: %j', (lines, asked, terms) => {
    expect(sessionOfAnswer(headers(...lines), asked)).toEqual(terms)
  })
})

describe('what we answer (§9, table 2)', () => {
  it.each<[string[], number, number, string | undefined, boolean]>([
    // No support, no wish: we refresh alone. No wish of ours either: no timer.
    [[], 1800, 90, '1800;refresher=uas', false],
    [[], 0, 90, undefined, false],
    [['Supported: timer'], 1800, 90, '1800;refresher=uac', true],
    [['Supported: 100rel, Timer'], 0, 90, undefined, false],
    [['Supported: timer', 'Session-Expires: 600'], 1800, 90, '600;refresher=uac', true],
    [['Supported: timer', 'Session-Expires: 600;refresher=uac'], 1800, 90, '600;refresher=uac', true],
    [['Supported: timer', 'Session-Expires: 600;refresher=uas'], 1800, 90, '600;refresher=uas', false],
    [['Require: timer', 'Session-Expires: 600'], 1800, 90, '600;refresher=uac', true],
    [['Supported: timer', 'Session-Expires: 600'], 0, 90, '600;refresher=uac', true],
    // A proxy asked for a caller without support.
    [['Session-Expires: 600'], 1800, 90, '600;refresher=uas', false],
    [['Session-Expires: 30'], 1800, 90, '90;refresher=uas', false],
    // Shortened to our wish, but never below what a proxy on the way said (Min-SE), nor below our own minimum.
    [['Supported: timer', 'Session-Expires: 7200'], 1800, 90, '1800;refresher=uac', true],
    [['Supported: timer', 'Session-Expires: 7200', 'Min-SE: 3600'], 1800, 90, '3600;refresher=uac', true],
    [['Supported: timer', 'Session-Expires: 300'], 200, 200, '200;refresher=uac', true],
  ])('%j, we want %d, at least %d: %s', (lines, wanted, least, expires, required) => {
    const response = new Headers()
    const terms = answerSession(headers(...lines), response, settings(wanted, least))
    expect([response.get('session-expires'), response.tokens('require').includes('timer')]).toEqual([expires, required])
    const [seconds, refresher] = (expires ?? '').split(';refresher=')
    expect(terms).toEqual(
      expires === undefined
        ? null
        : { intervalSec: Number(seconds), refresher: refresher === 'uas' ? 'local' : 'remote' },
    )
  })
})

describe('422', () => {
  it.each<[string[], number, number | null]>([
    [['Supported: timer', 'Session-Expires: 89'], 90, 90],
    [['Supported: timer', 'Session-Expires: 90'], 90, null],
    [['Supported: timer', 'Session-Expires: 119'], 120, 120],
    [['Supported: timer'], 90, null],
    // Who doesn't know timers can't retry (§9).
    [['Session-Expires: 30'], 90, null],
    [['Supported: timer', 'Session-Expires: 99999999999'], 90, null],
  ])('%j against %d: %s', (lines, least, minSec) => {
    expect(tooShortFor(headers(...lines), settings(1800, least))).toBe(minSec)
  })
})

describe('when', () => {
  it.each([
    [1800, 900_000, 1_768_000],
    [96, 48_000, 64_000],
    [90, 45_000, 60_000],
    [300, 150_000, 268_000],
  ])('%d s: refresh after %d ms, the end after %d ms', (intervalSec, refresh, end) => {
    expect(refreshAfterMs({ intervalSec, refresher: 'local' })).toBe(refresh)
    expect(expireAfterMs({ intervalSec, refresher: 'remote' })).toBe(end)
  })
})
