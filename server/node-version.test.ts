import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { nodeFault } from './node-version.ts'

it.each(['22.12.0', '22.13.1', '23.0.0', '24.21.0', '100.0.0'])('takes Node %s', version => {
  expect(nodeFault(version, '22.12')).toBeNull()
})

it.each(['22.11.9', '20.20.2', '18.0.0', '9.99.0'])('refuses Node %s in one line', version => {
  expect(nodeFault(version, '22.12')).toBe(`Node ${version} is too old; Strowger needs Node 22.12 or newer`)
})

it('asks for what package.json says', () => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  const { engines } = JSON.parse(text) as { engines: { node: string } }
  expect(`>=${nodeFault('1.0.0')?.match(/needs Node (\S+)/)?.[1]}`).toBe(engines.node)
})
