/** An event as it lies in a journal row: a JSON array of what can't be rebuilt. */
import type { AnyEvent } from '../engine/events.ts'

type Line = readonly [
  cursor: string,
  id: string,
  type: string,
  subject: string,
  sequence: string,
  correlationid: string | null,
  time: string,
  data: object,
]

export function lineOf(event: AnyEvent): string {
  const { cursor = '', id, type, subject, sequence = '', correlationid = null, time, data } = event
  return JSON.stringify([cursor, id, type, subject, sequence, correlationid, time, data] satisfies Line)
}

/** `source` is what the envelope says it is from. */
export function eventOf(text: string, source: string): AnyEvent {
  const [cursor, id, type, subject, sequence, correlationid, time, data] = JSON.parse(text) as Line
  const envelope = {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    sequence,
    cursor,
    ...(correlationid === null ? {} : { correlationid }),
    data,
  }
  // The line was written from an AnyEvent; only the compiler can't know that type and data belong together.
  return envelope as AnyEvent
}
