/** Checks requests against their TypeBox schemas and says what is wrong in the words of a problem document. */
import type { FastifySchemaCompiler } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Value } from 'typebox/value'
import { describeProblems, EngineError, type Problem } from '../engine/errors.ts'

/** Fills defaults everywhere; turns text into numbers and booleans only where everything is text. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const validator = Compile(schema)
  return (given: unknown) => {
    const filled = Value.Default(schema, given ?? {})
    const value = httpPart === 'body' ? filled : Value.Convert(schema, filled)
    if (validator.Check(value)) return { value }
    const problems: Problem[] = validator.Errors(value).flatMap(error => {
      const at = `${httpPart ?? 'request'}${error.instancePath.replaceAll('/', '.')}`
      const params = error.params as { requiredProperties?: string[]; additionalProperties?: string[] }
      const keys = params.requiredProperties ?? params.additionalProperties
      if (keys !== undefined)
        return keys.map(key => ({ path: `${at}.${key}`, value: undefined, allowed: allowedBy(error) }))
      return [{ path: at, value: valueAt(value, error.instancePath), allowed: allowedBy(error) }]
    })
    return { error: new EngineError('request.invalid', describeProblems(problems), { problems }) }
  }
}

/** As {@link validatorCompiler}, but the body is left to the engine, which fills its defaults and knows references. */
export const bodyUncheckedCompiler: FastifySchemaCompiler<TSchema> = route =>
  route.httpPart === 'body' ? value => ({ value }) : validatorCompiler(route)

/** @throws EngineError `request.invalid` naming what does not fit. */
export function checked<T>(validator: { Check(value: unknown): value is T }, value: unknown, what: string): T {
  if (validator.Check(value)) return value
  throw new EngineError('request.invalid', `${what} does not fit its schema.`)
}

function allowedBy(error: { keyword: string; message: string; params: unknown }): string {
  if (error.keyword === 'enum') return (error.params as { allowedValues: unknown[] }).allowedValues.join(' | ')
  if (error.keyword === 'required') return 'a value: this key is required'
  if (error.keyword === 'additionalProperties') return 'no such key'
  return error.message
}

function valueAt(root: unknown, path: string): unknown {
  let node = root
  for (const key of path.split('/').slice(1)) node = (node as Record<string, unknown> | null | undefined)?.[key]
  // A password must not come back in an error.
  return path.toLowerCase().includes('password') ? '(secret)' : node
}
