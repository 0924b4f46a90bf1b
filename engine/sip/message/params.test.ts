/** Parameters of headers and URIs: how many are read. What they mean is tested with who has them. */
import { expect, it } from 'vitest'
import { parseParams } from './params.ts'

const named = (count: number) => Array.from({ length: count }, (_, i) => `;p${i}`).join('')

it('reads as many as any header needs, and takes more for rubbish: each is looked for among those before it', () => {
  expect([...(parseParams(named(64), 0) ?? [])]).toHaveLength(64)
  expect(parseParams(named(65), 0)).toBeNull()
  expect(parseParams(';a'.repeat(65), 0)).toBeNull()
})
