/** Which topic carries which event. Written down again here because the client must not load the engine's schemas. */
import type { EventType, Topic } from '../../engine/events.ts'

export function topicOfType(type: EventType): Topic {
  if (type.startsWith('agent.')) return 'agents'
  if (type.startsWith('queue.') || type.startsWith('hours.')) return 'queues'
  return type.startsWith('screenpop.') ? 'screenpop' : 'calls'
}
