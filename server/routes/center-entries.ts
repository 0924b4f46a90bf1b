/** Parts of the center's definition: groups of settings, lists, and the entries of lists, each by its key. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { CenterConfig } from '../../engine/config.ts'
import { describeProblems, EngineError } from '../../engine/errors.ts'
import { IdParams, ProblemDocument } from '../api/common.ts'
import { principalOf } from '../auth/hooks.ts'
import {
  type Definition,
  entryOf,
  pathOf,
  problemsFrom,
  sectionOf,
  withEntry,
  withoutEntry,
  withSection,
} from '../center-entries.ts'
import { type GroupSection, groupSections, type ListSection, listSections } from '../center-sections.ts'
import type { App, AppContext } from '../context.ts'
import { mergePatch } from '../merge-patch.ts'
import { HttpProblem } from '../problems.ts'
import { bodyUncheckedCompiler } from '../validation.ts'
import { requireUnchanged, tagOf } from './center-tags.ts'
import { centerBody, documented, documentedEmpty } from './documented.ts'

/** As for the whole. */
const bodyLimit = 16 * 1024 * 1024

export function centerEntryRoutes(app: App, { engine, centerKeeper }: AppContext): void {
  const read = { config: { permission: 'center.read' } } as const
  const write = { config: { permission: 'center.write' }, validatorCompiler: bodyUncheckedCompiler, bodyLimit } as const

  for (const section of groupSections) groupRoutes(section)
  for (const section of listSections) {
    listRoutes(section)
    entryRoutes(section)
  }

  function groupRoutes({ name, schema }: GroupSection): void {
    const path = `/center/${name}`
    const reply = Type.Unsafe<unknown>(schema)
    app.get(path, { ...read, schema: documented('center', `The settings ${name}`, reply) }, (_request, reply) =>
      tell(reply, sectionOf(engine.center(), name)),
    )
    app.put(
      path,
      { ...write, schema: { ...documented('center', `Replace the settings ${name}`, reply), ...centerBody(reply) } },
      (request, reply) => changeSection(request, reply, name, () => request.body),
    )
    app.patch(
      path,
      {
        ...write,
        schema: {
          ...documented('center', `Change those of the settings ${name} that are named (RFC 7396)`, reply),
          ...centerBody(Type.Unknown()),
        },
      },
      (request, reply) => changeSection(request, reply, name, before => mergePatch(before, request.body)),
    )
  }

  function listRoutes({ name, schema }: ListSection): void {
    const path = `/center/${name}`
    const reply = Type.Unsafe<unknown>(schema)
    app.get(path, { ...read, schema: documented('center', `All ${name}, in their order`, reply) }, (_request, reply) =>
      tell(reply, sectionOf(engine.center(), name)),
    )
    app.put(
      path,
      { ...write, schema: { ...documented('center', `Replace all ${name}`, reply), ...centerBody(reply) } },
      (request, reply) => changeSection(request, reply, name, () => request.body),
    )
  }

  function entryRoutes(section: ListSection): void {
    const path = `/center/${section.name}/:id`
    const title = section.title.toLowerCase()
    const entry = Type.Unsafe<unknown>(section.entry)
    app.get(
      path,
      { ...read, schema: { ...documented('center', `One entry: ${title}`, entry), params: IdParams } },
      (request, reply) => tell(reply, known(engine.center(), section, request.params.id)),
    )
    app.put(
      path,
      {
        ...write,
        schema: {
          ...documented('center', `Define one entry: ${title}; what is absent has its default`, entry),
          ...centerBody(entry),
          response: { 200: entry, 201: entry, default: ProblemDocument },
          params: IdParams,
        },
      },
      async (request, reply) => {
        const { id } = request.params
        let isNew = false
        const made = await change(
          request,
          definition => pathOf(definition, section, id),
          center => {
            const before = entryOf(center, section, id)
            requireUnchanged(request.headers, before)
            isNew = before === undefined
            return withEntry(center, section, id, request.body)
          },
        )
        return tell(reply.code(isNew ? 201 : 200), known(made, section, id))
      },
    )
    app.patch(
      path,
      {
        ...write,
        schema: {
          ...documented('center', `Change what is named of one entry: ${title} (RFC 7396)`, entry),
          ...centerBody(Type.Unknown()),
          params: IdParams,
        },
      },
      async (request, reply) => {
        const { id } = request.params
        const made = await change(
          request,
          definition => pathOf(definition, section, id),
          center => {
            const before = known(center, section, id)
            requireUnchanged(request.headers, before)
            return withEntry(center, section, id, mergePatch(before, request.body))
          },
        )
        return tell(reply, known(made, section, id))
      },
    )
    app.delete(
      path,
      {
        ...write,
        schema: {
          ...documentedEmpty('center', `Remove one entry: ${title}; refused (409) while others refer to it`),
          params: IdParams,
        },
      },
      async (request, reply) => {
        await remove(request, section, request.params.id)
        return reply.code(204).send(null)
      },
    )
  }

  async function changeSection(
    request: FastifyRequest,
    reply: FastifyReply,
    name: string,
    to: (before: unknown) => unknown,
  ): Promise<unknown> {
    const made = await change(
      request,
      () => name,
      center => {
        const before = sectionOf(center, name)
        requireUnchanged(request.headers, before)
        return withSection(center, name, to(before))
      },
    )
    return tell(reply, sectionOf(made, name))
  }

  /**
   * @param own where the reader stands in the definition that he wants; null: outside of it
   * @returns the definition that is in force now
   * @throws EngineError `config.invalid` with paths as seen from there
   */
  async function change(
    request: FastifyRequest,
    own: (definition: Definition) => string | null,
    to: (center: CenterConfig) => Definition,
  ): Promise<CenterConfig> {
    const wanted: { definition?: Definition } = {}
    try {
      const { accountsDone } = await centerKeeper.change(
        center => {
          wanted.definition = to(center)
          return wanted.definition
        },
        { actor: principalOf(request).actor },
      )
      // What this request has made of it, whatever the next one makes meanwhile.
      const made = engine.center()
      await accountsDone
      return made
    } catch (error) {
      // What was refused before the whole was checked speaks of the entry already.
      const { definition } = wanted
      if (definition === undefined || !(error instanceof EngineError) || error.problems.length === 0) throw error
      const problems = problemsFrom(error.problems, definition, own(definition))
      throw new EngineError(error.code, describeProblems(problems), { problems })
    }
  }

  async function remove(request: FastifyRequest, section: ListSection, id: string): Promise<void> {
    try {
      await change(
        request,
        () => null,
        center => {
          requireUnchanged(request.headers, known(center, section, id))
          return withoutEntry(center, section, id)
        },
      )
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'config.invalid') throw error
      // The definition was whole with the entry, so that whatever is wrong without it needs it.
      const where = error.problems.map(({ path }) => path).join(', ')
      throw new HttpProblem('center.needed', `${section.title} ${id} is needed by ${where}`, error.problems)
    }
  }
}

/** @throws HttpProblem `center.unknown` */
function known(center: CenterConfig, section: ListSection, id: string): object {
  const entry = entryOf(center, section, id)
  if (entry === undefined) throw new HttpProblem('center.unknown', `There is no entry ${id} in ${section.name}.`)
  return entry
}

function tell(reply: FastifyReply, value: unknown): unknown {
  reply.header('etag', tagOf(value))
  return reply.send(value)
}
