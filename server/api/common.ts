/** What every REST resource shares: the problem document, references in paths, paging. */
import Type, { type Static, type TSchema, type TStringOptions } from 'typebox'

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])

/** RFC 9457 problem document. `code` is one of the engine's error codes. */
export const ProblemDocument = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.Optional(Type.String()),
  instance: Type.Optional(Type.String()),
  code: Type.String(),
  problems: Type.Optional(
    Type.Array(
      Type.Object({
        file: Type.Optional(Type.String()),
        path: Type.String(),
        value: Type.Unknown(),
        allowed: Type.String(),
      }),
    ),
  ),
})
export type ProblemDocument = Static<typeof ProblemDocument>

/**
 * Text without control characters, for what ends up in messages to phones, in records and in logs: no id and no Call-ID
 * has any (RFC 3261 section 25.1), and no text in PostgreSQL a NUL.
 */
export const Line = (options: TStringOptions) => Type.String({ ...options, pattern: '^[^\\u0000-\\u001f\\u007f]*$' })

/** The same with line breaks and tabs, for what people write at length. */
export const Lines = (options: TStringOptions) =>
  Type.String({ ...options, pattern: '^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$' })

/** An id in a path or a body. */
export const Id = Line({ minLength: 1, maxLength: 128 })

export const IdParams = Type.Object({ id: Id })

export const Page = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Nullable(Type.String({ description: 'pass as `before` or `after`; null at the end' })),
  })

/** Where the REST interface lives. */
export const apiPrefix = '/api/v1'
