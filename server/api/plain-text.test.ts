/** No text that a client sends may hold control characters where nobody wants them: asked of the published document. */
import { expect, it } from 'vitest'
import { createHarness } from '../testing/harness.ts'

interface Schema {
  readonly [key: string]: unknown
}

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null

/** Every schema of a string below, with its place; enumerations and constants say themselves what they take. */
function* strings(schema: unknown, path: string): Generator<readonly [string, Schema]> {
  if (!isSchema(schema)) return
  if (schema.type === 'string' && !('enum' in schema) && !('const' in schema)) yield [path, schema]
  for (const [key, value] of Object.entries(schema)) yield* strings(value, `${path}.${key}`)
}

/**
 * What may hold anything: a secret is compared, never shown; attributes are the CRM's own, for programs; a definition of
 * the center is its administrator's, and is checked as a whole.
 */
const exempt = /\.password$|\.attributes\.additionalProperties$|^\w+ \/api\/v1\/center/

it('every text of a request refuses control characters', async () => {
  const harness = await createHarness()
  await harness.app.ready()
  const { paths = {} } = harness.app.swagger()
  await harness.close()
  const asked = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).flatMap(([method, operation]) => {
      const { parameters, requestBody } = operation as { parameters?: unknown; requestBody?: unknown }
      return [...strings({ parameters, requestBody }, `${method} ${path}`)]
    }),
  )
  const checked = asked.filter(([place]) => !exempt.test(place))
  expect(checked.length).toBeGreaterThan(40)
  const open = checked.filter(([, { pattern }]) => {
    return typeof pattern !== 'string' || new RegExp(pattern, 'u').test('a\u0000b')
  })
  expect(open.map(([place]) => place)).toEqual([])
})
