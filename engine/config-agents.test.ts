/** What a definition may say about agents, their phones and their codes, and what is kept of it. */
import { describe, expect, it } from 'vitest'
import { mergeSecrets, noSecrets, withPins } from './center-secrets.ts'
import type { CenterInput } from './config.ts'
import { parseCenter, withoutSecrets } from './config-check.ts'
import { EngineError } from './errors.ts'

const pathsOf = (input: CenterInput) => {
  try {
    parseCenter(input)
    return []
  } catch (error) {
    return error instanceof EngineError ? error.problems.map(({ path }) => path) : [String(error)]
  }
}

describe('agents, phones and codes', () => {
  it.each([
    ['a device that is named as an agent', { devices: [{ id: 'a' }], agents: [{ id: 'a' }] }, 'devices[0].id'],
    ['a device twice', { devices: [{ id: 'd' }, { id: 'd' }] }, 'devices[1].id'],
    ['a device that is not there', { agents: [{ id: 'a', devices: ['x'] }] }, 'agents[0].devices[0]'],
    [
      'a device of two agents',
      {
        devices: [{ id: 'd' }],
        agents: [
          { id: 'a', devices: ['d'] },
          { id: 'b', devices: ['d'] },
        ],
      },
      'agents[1].devices[0]',
    ],
    ['a PIN without a number', { agents: [{ id: 'a', pin: '1234' }] }, 'agents[0].number'],
    [
      'a number twice',
      {
        agents: [
          { id: 'a', number: '1' },
          { id: 'b', number: '1' },
        ],
      },
      'agents[1].number',
    ],
    ['a PIN that is too short', { agents: [{ id: 'a', number: '1', pin: '12' }] }, 'agents[0].pin'],
    [
      'a queue’s code twice',
      {
        queues: [
          { id: 'a', code: '1' },
          { id: 'b', code: '1' },
        ],
      },
      'queues[1].code',
    ],
    [
      'an extension of what has no end',
      { queues: [{ id: 'q', wrapUp: { mode: 'untilDisposition', extendMs: 5 } }] },
      'queues[0].wrapUp.extendMs',
    ],
    ['codes that begin alike', { agentPolicy: { phoneCodes: { signIn: '*1' } } }, 'agentPolicy.phoneCodes.signIn'],
    [
      'a mode that is not there',
      { queues: [{ id: 'q', wrapUp: { mode: 'ever' as 'none' } }] },
      'queues[0].wrapUp.mode',
    ],
  ] satisfies [string, CenterInput, string][])('refuses %s', (_what, input, path) => {
    expect(pathsOf(input)).toEqual([path])
  })

  it('shows no PIN in what it refuses', () => {
    expect(() => parseCenter({ agents: [{ id: 'a', number: '1', pin: '12' }] })).toThrow(/\(secret\)/)
  })
})

describe('secrets', () => {
  const digestSecret = (username: string, realm: string, password: string) => ({
    realm,
    ha1: { MD5: `${username}:${realm}:${password}` },
  })
  const passwords = {
    hash: async (password: string) => `hash of ${password}`,
    verify: async (password: string, hash: string | null) => hash === `hash of ${password}`,
  }
  const first = parseCenter({
    devices: [{ id: 'desk1', password: 'of-desk1' }],
    agents: [{ id: 'ada', number: '1', pin: '4711' }],
  })

  it('of devices and PINs are taken out of the definition', async () => {
    const secrets = await withPins(first, mergeSecrets(first, noSecrets, digestSecret), passwords)
    expect(secrets.agents.desk1).toEqual({ realm: 'strowger', ha1: { MD5: 'desk1:strowger:of-desk1' } })
    expect(secrets.pins).toEqual({ ada: 'hash of 4711' })
    expect(JSON.stringify(withoutSecrets(first))).not.toMatch(/4711|of-desk1/)
  })

  it('stay when they are left out, change when they are given, and go with their owner', async () => {
    const before = await withPins(first, mergeSecrets(first, noSecrets, digestSecret), passwords)
    const kept = parseCenter({ devices: [{ id: 'desk1' }], agents: [{ id: 'ada', number: '1' }] })
    const after = await withPins(kept, mergeSecrets(kept, before, digestSecret), passwords)
    expect(after).toEqual(before)
    const other = parseCenter({ agents: [{ id: 'ada', number: '1', pin: '0815' }] })
    const changed = await withPins(other, mergeSecrets(other, before, digestSecret), passwords)
    expect(changed).toMatchObject({ agents: {}, pins: { ada: 'hash of 0815' } })
    const none = parseCenter({})
    expect(mergeSecrets(none, before, digestSecret).pins).toEqual({})
  })
})
