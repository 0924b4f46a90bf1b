/** What every REST resource shares: the problem document, references in paths, paging. */
import Type, { type Static, type TSchema } from 'typebox'

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

/** No id and no Call-ID has control characters (RFC 3261 section 25.1), and no text in PostgreSQL a NUL. */
export const plainPattern = '^[^\\u0000-\\u001f\\u007f]*$'

export const IdParams = Type.Object({ id: Type.String({ minLength: 1, maxLength: 128, pattern: plainPattern }) })

export const Page = <T extends TSchema>(item: T) =>
  Type.Object({
    items: Type.Array(item),
    next: Nullable(Type.String({ description: 'pass as `before` or `after`; null at the end' })),
  })

/** Where the REST interface lives. */
export const apiPrefix = '/api/v1'
