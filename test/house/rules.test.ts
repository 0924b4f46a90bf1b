/** The habits of this code that a machine can check (DESIGN §3, §10). */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { errorCodes } from '../../engine/errors.ts'
import { eventTypes } from '../../engine/events.ts'
import { root, sources } from './source.ts'

const all = sources(['engine', 'server', 'db', 'dashboard'])
/** A file past this asks to be two. */
const maxLines = 460

describe('the engine takes time, chance and the environment from its ports', () => {
  const engine = all.filter(({ path }) => path.startsWith('engine/') && !path.startsWith('engine/node/'))
  const forbidden =
    /\bDate\.now\(|\bnew Date\(\)|(?<![.\w])(setTimeout|setInterval|setImmediate)\((?!callback)|\bMath\.random\(|\bprocess\.(env|on|exit)\b|\bqueueMicrotask\(|from 'node:(dgram|net|tls|fs|worker_threads|timers[^']*)'/

  /** Functions of addresses, which open nothing. */
  const pureOfNet = /import \{ ((type )?(isIP|isIPv4|isIPv6|BlockList)(, )?)+ \} from 'node:net'/g

  it.each(engine.map(({ path, text }) => [path, text] as const))('%s', (_path, text) => {
    const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
    const match = forbidden.exec(code.replaceAll(pureOfNet, ''))
    expect(match?.[0]).toBeUndefined()
  })
})

describe('what is made for each call is born young', () => {
  // Each of these is made in V8's old space, or keeps its values there until a full collection, with the whole call behind them.
  const rooms = /^engine\/(sip|b2bua|calls|queues|agents|statechart)\//
  /** What an embedder's handler is given: its attributes change while it looks. */
  const exempt = new Set(['engine/calls/inbound-call.ts'])
  const files = all.filter(({ path }) => rooms.test(path) && !exempt.has(path))
  const old = [
    [
      'a function assigned to a property where it is written',
      /\w\.#?\w+ (\?\?)?= (async )?(\([^()\n]*\)(: [^=\n]+)?|\w+) =>/,
    ],
    ['a getter of an object literal', /(return|=|\(|:) \{\n(?:(?! {0,2}\}).*\n){0,40}? +get \w+\(\)/],
    ['a weak map of one room', /(?<!of a )#\w+ = new WeakMap<(?!object)/],
  ] as const

  it.each(files.map(({ path, text }) => [path, text] as const))('%s', (_path, text) => {
    for (const [what, pattern] of old) expect(pattern.exec(text)?.[0], what).toBeUndefined()
  })
})

describe('every file', () => {
  it.each(all.map(({ path, text }) => [path, text] as const))(
    '%s says what it is for and stays small',
    (path, text) => {
      const opening = text.replace(/^#!.*\n/, '').trimStart()
      expect(opening.startsWith('/**'), 'begins with a docstring').toBe(true)
      expect(text.split('\n').length, 'lines').toBeLessThanOrEqual(maxLines)
      expect(/^[a-z0-9.-]+\.(ts|tsx)$/.test(path.split('/').at(-1) ?? ''), 'kebab-case').toBe(true)
      expect(/\b(TODO|FIXME|XXX)\b/.test(text), 'nothing left to do').toBe(false)
    },
  )
})

describe('documents', () => {
  const readme = readFileSync(`${root}/README.md`, 'utf8')
  const contributing = readFileSync(`${root}/CONTRIBUTING.md`, 'utf8')

  it('describe every event', () => {
    const text = all.flatMap(file => (file.path.startsWith('engine/events/') ? [file.text] : [])).join('\n')
    for (const type of eventTypes) {
      const at = text.indexOf(`'${type}':`)
      expect(text.slice(0, at).trimEnd().endsWith('*/'), `${type} has a docstring`).toBe(true)
    }
  })

  it('give every error code a sentence', () => {
    for (const [code, sentence] of Object.entries(errorCodes)) expect(sentence.endsWith('.'), code).toBe(true)
  })

  it('name every setting in the README', () => {
    const settings = readFileSync(`${root}/server/settings-table.ts`, 'utf8')
    const names = [...settings.matchAll(/env: '([A-Z_]+)'/g)].map(([, name]) => name ?? '')
    expect(names.length).toBeGreaterThan(8)
    for (const name of new Set(names)) expect(readme, name).toContain(name)
  })

  it('tell how to add a strategy, an event and a setting', () => {
    for (const what of ['strategy', 'event', 'setting'])
      expect(contributing.toLowerCase()).toContain(`add a ${what}`.replace('a event', 'an event'))
  })
})
