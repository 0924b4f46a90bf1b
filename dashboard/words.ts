/** Every state, reason and outcome in the words that people read. Unknown codes are shown as they are, spaced. */
import type { AgentLabel, AnyEvent } from '../engine/events.ts'
import type { CallRecord } from '../server/api/calls.ts'
import { formatDuration } from './time/format.ts'

export type CallState = CallRecord['state']

export const agentLabelWords: Readonly<Record<AgentLabel, string>> = {
  offline: 'Signed out',
  unreachable: 'Unreachable',
  talking: 'On call',
  held: 'On hold',
  consulting: 'Consulting',
  conferencing: 'In conference',
  wrapUp: 'Wrap-up',
  ringing: 'Ringing',
  reserved: 'Being rung',
  notReady: 'Not ready',
  available: 'Available',
}

export const callStateWords: Readonly<Record<CallState, string>> = {
  arrived: 'Arrived',
  screening: 'In menu',
  queued: 'Waiting',
  offered: 'Ringing',
  connecting: 'Connecting',
  connected: 'Talking',
  parked: 'Parked',
  callbackWaiting: 'Callback due',
  callbackDialing: 'Calling back',
  completed: 'Completed',
  abandoned: 'Abandoned',
  diverted: 'Diverted',
  rejected: 'Rejected',
  failed: 'Failed',
}

const words: Readonly<Record<string, string>> = {
  login: 'just signed in',
  noAnswer: 'did not answer',
  declined: 'declined',
  unreachable: 'phone unreachable',
  inUse: 'phone in use',
  notReady: 'not ready',
  wrapUp: 'wrap-up',
  busy: 'on a call',
  engaged: 'on a call',
  wrapping: 'wrap-up',
  offline: 'signed out',
  talking: 'on a call',
  held: 'on hold',
  reserved: 'being rung',
  timed_out: 'no answer in time',
  canceled: 'caller left',
  rescinded: 'another agent took it',
  flowOut: 'went elsewhere',
  callbackAccepted: 'chose to be called back',
  agentLeft: 'the agent left',
  outboundLimited: 'the limit on outside calls was reached',
  queueGone: 'the queue is gone',
  signOut: 'sign out',
  agentLost: 'agent lost',
  noneSignedIn: 'nobody signed in',
  allPaused: 'nobody ready',
  noneQualified: 'nobody with the skills',
  flowHangup: 'the menu hung up',
  flowEnded: 'the menu ended',
  flowTooLong: 'the menu went in circles',
}

/** `heldHangup` → `held hangup` */
export function spaced(code: string): string {
  return (
    words[code] ??
    code
      .replace(/([a-z0-9])([A-Z])/g, (_, before: string, after: string) => `${before} ${after.toLowerCase()}`)
      .replace(/[_-]+/g, ' ')
  )
}

export function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** The usual results of a call; any other text will do too. */
export const dispositions = [
  'Resolved',
  'Follow-up needed',
  'Callback agreed',
  'Escalated',
  'Order placed',
  'Wrong number',
  'No result',
] as const

type Ani = CallRecord['ani']

export function callerNumber(ani: Ani): string {
  return ani.withheld ? 'Number withheld' : (ani.e164 ?? ani.raw)
}

export function callerTitle(ani: Ani): string {
  return ani.withheld || ani.name === null ? callerNumber(ani) : ani.name
}

/** An entry of a call's timeline as it comes over REST: the data is only known by its type. */
export interface TimelineEntry {
  readonly type: string
  readonly data: unknown
}

interface Unmet {
  readonly skill: string
  /** 0: not at all. */
  readonly has: number
  readonly needs: string
}

const needWords: Readonly<Record<string, string>> = { any: 'is needed', none: 'is not wanted' }

/** Which skills keep an agent from a call: `billing 3, needs at least 5`. */
export function unmetWords(unmet: readonly Unmet[]): string {
  return unmet
    .map(({ skill, has, needs }) => {
      const level = has === 0 ? `no ${skill}` : `${skill} ${has}`
      return `${level}, ${needWords[needs] ?? `needs ${needs.replace('>=', 'at least').replace('<=', 'at most')}`}`
    })
    .join('; ')
}

interface Names {
  readonly agent: (id: string) => string
  readonly queue: (id: string) => string
}

const consultWords = {
  ended: 'is back with the caller',
  transferred: 'has asked, and hands the caller over',
  caller: 'goes on without the caller, who has hung up',
} as const

const nextWords = {
  recall: 'back to who sent it',
  requeue: 'into the queue again',
  end: 'nobody is left to take it',
} as const

/** `agent:ada`, `queue:support`, `number:+44…` as people say it. */
export function placeWords(place: string, names: Names): string {
  const colon = place.indexOf(':')
  const [kind, id] = [place.slice(0, colon), place.slice(colon + 1)]
  if (kind === 'agent') return names.agent(id)
  if (kind === 'queue') return names.queue(id)
  return kind === 'number' ? id : `the ${kind} ${id}`
}

/** One event of a call as a sentence. Null: nothing a person needs to read. */
export function eventWords(entry: TimelineEntry, names: Names): string | null {
  const event = entry as AnyEvent
  switch (event.type) {
    case 'call.arrived':
      return `Call arrived for ${event.data.dnis}${event.data.trunkId === null ? '' : ` over ${event.data.trunkId}`}`
    case 'call.attributes_updated':
      return `Attributes set by ${event.data.origin}: ${Object.entries(event.data.changed)
        .map(([key, value]) => `${key} = ${value}`)
        .join(', ')}`
    case 'call.blocked':
      return `On the block list as ${event.data.match}: ${event.data.target}`
    case 'call.screening_started':
      return event.data.flowId === null ? 'A program talks to the caller' : `In the menu ${event.data.flowId}`
    case 'call.flow_step_taken': {
      const { flowId, step, action, result } = event.data
      return `${flowId === null ? step : `${flowId}, ${step}`}: ${action} – ${result}`
    }
    case 'call.queued':
      return `Entered ${names.queue(event.data.queueId)} at place ${event.data.position}${
        event.data.resumed === true ? ', where the caller had left it a moment ago' : ''
      }`
    case 'call.requeued':
      return `Back in ${names.queue(event.data.queueId)} at place ${event.data.position}, in its old order`
    case 'call.routing_step_changed': {
      const { from, to: name, asks, eligibleCount, recipe } = event.data
      const to = asks === undefined ? name : `${name} (${asks || 'anyone'})`
      if (recipe !== undefined)
        return `Asks for ${to} now, which ${counted(eligibleCount, 'agent')} signed in can serve`
      return `No longer holds out for ${from}: now ${to}, which ${counted(eligibleCount, 'agent')} signed in can serve`
    }
    case 'call.recipe_applied':
      return `The recipe ${event.data.recipe} acted, because ${event.data.because}: ${event.data.actions.join('; ')}`
    case 'offer.created':
      return `Offered to ${names.agent(event.data.agentId)}`
    case 'offer.ringing':
      return `${names.agent(event.data.agentId)}’s phone rings`
    case 'offer.redirected':
      return `${names.agent(event.data.agentId)}’s phone sends the call on to ${event.data.to}`
    case 'offer.accepted':
      return `${names.agent(event.data.agentId)} answered after ${formatDuration(event.data.ringMs)}`
    case 'offer.rejected':
    case 'offer.timed_out':
    case 'offer.canceled':
    case 'offer.rescinded':
    case 'offer.failed':
      return `Offer to ${names.agent(event.data.agentId)} ended: ${offerEnd(event.type, event.data)}`
    case 'call.connected':
      return `${names.agent(event.data.agentId)} and the caller talk, after ${formatDuration(event.data.waitMs)} of waiting`
    case 'call.held':
      return `Put on hold by the ${event.data.by}`
    case 'call.retrieved':
      return `Taken back by the ${event.data.by} after ${formatDuration(event.data.heldMs)}`
    case 'call.moved':
      return `${names.agent(event.data.agentId)} goes on with another phone`
    case 'call.consult_started':
      return `${names.agent(event.data.agentId)} asks ${event.data.to}, the caller waits`
    case 'call.consult_ended':
      return `${names.agent(event.data.agentId)} ${consultWords[event.data.outcome]}`
    case 'call.transfer_started':
      return `${placeWords(event.data.from, names)} hands the call to ${placeWords(event.data.to, names)}`
    case 'call.transferred':
      return `Handed over to ${placeWords(event.data.to, names)}`
    case 'call.transfer_failed':
      return `${placeWords(event.data.to, names)} did not take the call (${spaced(event.data.reason)}): ${nextWords[event.data.next]}`
    case 'call.abandoned':
      return event.data.stage === 'screening'
        ? 'The caller left in a menu'
        : `The caller left after ${formatDuration(event.data.waitMs)} of waiting`
    case 'call.diverted':
      return `Left ${names.queue(event.data.queueId)} for ${event.data.target}: ${reasonWords(event.data)}`
    case 'call.outside_dialled':
      return `Calling ${event.data.number} by ${event.data.trunkId}, as ${event.data.callerId}`
    case 'call.outside_connected':
      return `${event.data.number} answered after ${formatDuration(event.data.ringMs)}`
    case 'call.outside_ended':
      return event.data.outcome === 'completed'
        ? `${event.data.number} left the call after ${formatDuration(event.data.talkMs)} of talk`
        : `${event.data.number} did not take the call: ${spaced(event.data.reason)}${event.data.sipCode === null ? '' : ` (${event.data.sipCode})`}`
    case 'recording.started':
      return `The caller speaks into the mailbox ${event.data.mailboxId}`
    case 'recording.available':
      return `A message of ${formatDuration(event.data.durationMs)} is in the mailbox ${event.data.mailboxId}: ${spaced(event.data.endedBy)}`
    case 'recording.dropped':
      return `Nothing was kept for the mailbox ${event.data.mailboxId}: ${spaced(event.data.reason)}`
    case 'voicemail.heard':
      return `Message ${event.data.heard ? 'heard' : 'marked as unheard'} by ${event.data.actor}`
    case 'voicemail.deleted':
      return `Message deleted by ${event.data.actor}`
    case 'callback.requested':
      return `To be called back at ${event.data.number}, in place ${event.data.position} of ${names.queue(event.data.queueId)}`
    case 'callback.attempted':
      return `Calling back ${event.data.number}, attempt ${event.data.attempt}`
    case 'callback.connected':
      return `Called back, ${formatDuration(event.data.waitMs)} after the customer had begun to wait`
    case 'callback.failed':
      return `${event.data.number} was not reached: ${spaced(event.data.reason)}${event.data.nextAt === null ? '; given up' : '; tried again later'}`
    case 'callback.expired':
      return `The time to call ${event.data.number} back is over`
    case 'callback.canceled':
      return `The callback was canceled by ${event.data.actor}`
    case 'call.rejected':
      return `Refused with ${event.data.sipCode}: ${reasonWords(event.data)}`
    case 'call.segment_ended':
      return `${names.agent(event.data.agentId)} left the call after ${formatDuration(event.data.talkMs)} of talk`
    case 'call.ended':
      return `Call ended by the ${event.data.endedBy}: ${spaced(event.data.cause)}`
    case 'call.wrapup_started':
      return `${names.agent(event.data.agentId)} began wrap-up`
    case 'call.wrapup_completed':
      return `Wrap-up done after ${formatDuration(event.data.wrapMs)}${
        event.data.disposition === null ? '' : `: ${event.data.disposition}`
      }`
    case 'screenpop.acknowledged':
      return `${names.agent(event.data.agentId)}’s screen: caller ${spaced(event.data.result)}`
    default:
      return null
  }
}

function offerEnd(type: string, data: { reason: string; sipCode: number | null }): string {
  const outcome = spaced(type.slice(type.indexOf('.') + 1))
  const reason = spaced(data.reason)
  const code = data.sipCode === null ? '' : ` (${data.sipCode})`
  return reason === outcome ? `${outcome}${code}` : `${outcome}, ${reason}${code}`
}

/** `Registered`, `Not registered: unauthorized (401)`. */
export function registrationWords(registration: {
  readonly registered: boolean
  readonly reason: string | null
  readonly sipCode: number | null
}): string {
  if (registration.registered) return 'Registered'
  if (registration.reason === null) return 'Not registered yet'
  const code = registration.sipCode === null ? '' : ` (${registration.sipCode})`
  return `Not registered: ${spaced(registration.reason)}${code}`
}

/** `Open`, `Closed: Christmas`, `Closed by ada`. */
export function hoursWords(hours: {
  readonly open: boolean
  readonly because: string
  readonly name: string | null
  readonly override: { readonly actor: string; readonly reason: string } | null
}): string {
  const word = hours.open ? 'Open' : 'Closed'
  if (hours.override !== null) {
    const { actor, reason } = hours.override
    return `${word} by ${actor.slice(actor.indexOf(':') + 1)}${reason === '' ? '' : `: ${reason}`}`
  }
  if (hours.because === 'emergency') return `${word} by the definition`
  return hours.name === null ? word : `${word}: ${hours.name}`
}

/** Why a call left a queue, and what the rule that sent it away has found. */
function reasonWords({ reason, because }: { readonly reason: string; readonly because?: string }): string {
  return because === undefined ? spaced(reason) : `${spaced(reason)}, because it ${because}`
}
