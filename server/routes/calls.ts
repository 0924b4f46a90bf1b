/** Calls: live and ended, what happened to one and why, and acting on it. */
import { EngineError } from '../../engine/errors.ts'
import type { AnyEvent } from '../../engine/events.ts'
import { type CallRecord, sipCallIdsOf } from '../../engine/records.ts'
import {
  CallExplainQuery,
  CallExplanationReply,
  CallListQuery,
  CallPatch,
  CallReply,
  CallRecord as CallSchema,
  CallTransfer,
} from '../api/calls.ts'
import { IdParams, Page } from '../api/common.ts'
import { principalOf } from '../auth/hooks.ts'
import { demand, type Permission, type Principal, reachOf } from '../auth/permissions.ts'
import type { App, AppContext } from '../context.ts'
import { given } from '../given.ts'
import { isOwnCall } from '../ownership.ts'
import { explanationReply } from '../views.ts'
import { documented, documentedEmpty } from './documented.ts'

const timelinePage = 500
const timelineMax = 5_000
/** Marks a page that ended among the live calls: `live~` and the last call shown. */
const livePrefix = 'live~'

export function callRoutes(app: App, { engine }: AppContext): void {
  /** @throws EngineError `call.unknown`, `auth.forbidden` for an agent and another's call. */
  async function callFor(principal: Principal, permission: Permission, callId: string): Promise<CallRecord> {
    const reach = demand(principal, permission)
    const call = await engine.calls.get(callId)
    if (call === null) throw new EngineError('call.unknown', `There is no call ${callId}.`)
    if (reach === 'own' && !(principal.agentId !== null && isOwnCall(call, principal.agentId)))
      throw new EngineError('auth.forbidden', 'The role agent permits this for its own calls only.')
    return call
  }

  app.get(
    '/calls',
    {
      config: { permission: 'calls.read' },
      schema: {
        ...documented('calls', 'Live calls first, then ended ones, newest first', Page(CallSchema)),
        querystring: CallListQuery,
      },
    },
    async request => {
      const { limit, before, queue, agent, sipCallId } = request.query
      const principal = principalOf(request)
      const reach = demand(principal, 'calls.read', agent)
      const agentId = reach === 'own' ? (principal.agentId ?? '') : agent
      const isInLive = before === undefined || before.startsWith(livePrefix)
      const liveBefore = isInLive ? before?.slice(livePrefix.length) : undefined
      const live = isInLive
        ? engine.calls
            .live()
            .filter(call => liveBefore === undefined || call.callId < liveBefore)
            .filter(call => queue === undefined || call.queueId === queue)
            .filter(call => agentId === undefined || isOwnCall(call, agentId))
            .filter(call => sipCallId === undefined || sipCallIdsOf(call).includes(sipCallId))
            .sort((a, b) => (a.callId < b.callId ? 1 : -1))
        : []
      if (live.length > limit) {
        const items = live.slice(0, limit)
        return { items, next: `${livePrefix}${items.at(-1)?.callId ?? ''}` }
      }
      const room = limit - live.length
      const endedBefore = isInLive ? undefined : before
      const ended = await engine.calls.ended({
        limit: room + 1,
        ...given({ before: endedBefore, queueId: queue, agentId, sipCallId }),
      })
      // A call may end between the two looks; it is shown once.
      const shown = new Set(live.map(call => call.callId))
      const items = [...live, ...ended.slice(0, room).filter(call => !shown.has(call.callId))]
      if (ended.length <= room) return { items, next: null }
      return { items, next: ended[room - 1]?.callId ?? `${livePrefix}${live.at(-1)?.callId ?? ''}` }
    },
  )

  app.get(
    '/calls/:id',
    {
      config: { permission: 'calls.read' },
      schema: { ...documented('calls', 'One call with everything that happened to it', CallReply), params: IdParams },
    },
    async request => {
      const call = await callFor(principalOf(request), 'calls.read', request.params.id)
      const timeline = (await eventsOf(call.callId)).map(({ cursor = '', time, type, data }) => ({
        cursor,
        time,
        type,
        data,
      }))
      return { ...call, timeline }
    },
  )

  app.get(
    '/calls/:id/explain',
    {
      config: { permission: 'calls.read' },
      schema: {
        ...documented('calls', 'Why it went where it went, and why not to an agent', CallExplanationReply),
        params: IdParams,
        querystring: CallExplainQuery,
      },
    },
    async request => {
      const { id } = request.params
      const { agentId } = request.query
      const principal = principalOf(request)
      await callFor(principal, 'calls.read', id)
      // What an agent did is his colleagues' as little as his state is.
      if (agentId !== undefined) demand(principal, 'agents.read', agentId)
      const explanation = await engine.calls.explain(id, given({ agentId }))
      if (explanation === null) throw new EngineError('call.unknown', `There is no call ${id}.`)
      return explanationReply(explanation)
    },
  )

  app.patch(
    '/calls/:id',
    {
      config: { permission: 'calls.annotate' },
      schema: {
        ...documented('calls', 'Set attributes of a live call', CallSchema),
        params: IdParams,
        body: CallPatch,
      },
    },
    async request => {
      const principal = principalOf(request)
      const { id } = request.params
      const call = await callFor(principal, 'calls.annotate', id)
      engine.calls.setAttributes(id, request.body.attributes, { actor: principal.actor })
      return (await engine.calls.get(id)) ?? call
    },
  )

  app.post(
    '/calls/:id/hangup',
    {
      config: { permission: 'calls.hangup' },
      schema: { ...documentedEmpty('calls', 'End a live call'), params: IdParams },
    },
    async (request, reply) => {
      const principal = principalOf(request)
      await callFor(principal, 'calls.hangup', request.params.id)
      engine.calls.hangup(request.params.id, { actor: principal.actor })
      return reply.code(204).send(null)
    },
  )

  app.post(
    '/calls/:id/transfer',
    {
      config: { permission: 'calls.transfer' },
      schema: {
        ...documented('calls', 'Hand a call from its agent to an agent, a queue or a number', CallSchema),
        params: IdParams,
        body: CallTransfer,
      },
    },
    async request => {
      const principal = principalOf(request)
      const { id } = request.params
      const call = await callFor(principal, 'calls.transfer', id)
      // Who had the call before may read it, but has it no more.
      const withAgentId = call.agentId ?? call.fromAgentId
      if (reachOf(principal, 'calls.transfer') === 'own' && withAgentId !== principal.agentId)
        throw new EngineError('auth.forbidden', 'The call is with another agent.')
      engine.calls.transfer(id, request.body.to, { actor: principal.actor })
      return (await engine.calls.get(id)) ?? call
    },
  )

  async function eventsOf(callId: string): Promise<AnyEvent[]> {
    const events: AnyEvent[] = []
    while (events.length < timelineMax) {
      const page = await engine.journal.read(Number(events.at(-1)?.cursor ?? 0), timelinePage, callId)
      events.push(...page)
      if (page.length < timelinePage) break
    }
    return events
  }
}
