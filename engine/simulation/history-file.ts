/**
 * A journal as text: one event envelope, as the catalogue has it, in each line (JSON Lines), in the order of the cursors.
 * `strowger export --journal` writes it.
 */
import { Compile, type Validator } from 'typebox/compile'
import { describeProblems, EngineError, type Problem } from '../errors.ts'
import { type AnyEvent, type EventType, eventSchemas } from '../events.ts'
import { type History, historyOf } from './history.ts'

/** Events that are looked at; others only have to be envelopes. */
const lookedAt = [
  'call.arrived',
  'call.attributes_updated',
  'call.queued',
  'call.routing_step_changed',
  'call.connected',
  'call.abandoned',
  'call.diverted',
  'call.rejected',
  'call.transferred',
  'call.ended',
  'call.segment_ended',
  'call.wrapup_completed',
  'offer.accepted',
  'agent.state_changed',
] as const satisfies readonly EventType[]
/** More faults of a file are not told. */
const mostProblems = 5

/**
 * @param file for the words of an error
 * @throws EngineError `config.invalid` with one problem for each line that is wrong; the first five
 */
export function parseJournal(text: string, file: string): History {
  const validators = new Map<string, Validator>(
    lookedAt.map(type => [type, Compile(eventSchemas[type]) as unknown as Validator]),
  )
  const problems: Problem[] = []
  const events: AnyEvent[] = []
  let cursor = 0
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const path = `line ${index + 1}`
    const fault = (value: unknown, allowed: string) => problems.push({ file, path, value, allowed })
    if (problems.length >= mostProblems) break
    const event = envelopeOf(line)
    if (event === null) {
      fault(line.slice(0, 60), 'an event: {"type":"call.queued","time":"…","cursor":"…","data":{…}}')
      continue
    }
    const validator = validators.get(event.type)
    if (validator?.Check(event.data) === false) {
      const [first] = validator.Errors(event.data)
      fault(event.type, `data of the catalogue: ${first?.instancePath ?? ''} ${first?.message ?? ''}`)
    }
    const next = Number(event.cursor ?? cursor)
    if (next < cursor) fault(event.cursor, `a cursor after ${cursor}: the journal is in order`)
    cursor = next
    events.push(event)
  }
  if (problems.length === 0 && events.length === 0)
    problems.push({ file, path: '(root)', value: undefined, allowed: 'the events of a journal, one in each line' })
  if (problems.length > 0) throw new EngineError('config.invalid', describeProblems(problems), { problems })
  return historyOf(events)
}

function envelopeOf(line: string): AnyEvent | null {
  try {
    const event = JSON.parse(line) as Partial<AnyEvent> | null
    const { type, time, data } = event ?? {}
    if (typeof type !== 'string' || typeof time !== 'string' || Number.isNaN(Date.parse(time))) return null
    return typeof data === 'object' && data !== null ? (event as AnyEvent) : null
  } catch {
    return null
  }
}
