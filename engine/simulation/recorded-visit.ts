/** A recorded call enters its queue again: with its wishes, and with what was said of it while it waited. */
import type { Engine, InboundCall } from '../api.ts'
import { EngineError } from '../errors.ts'
import type { CallWishes } from '../events.ts'
import type { Complaints } from './complaints.ts'
import type { TestClock } from './test-clock.ts'
import type { WishChange } from './wishes.ts'

export interface RecordedVisit {
  readonly queueId: string
  readonly priority: number
  readonly wishes: CallWishes
  readonly changes: readonly WishChange[]
}

/** A call whose wishes this center can't take waits without them, and that is told. @throws as {@link InboundCall.enqueue} */
export function enterAgain(
  { engine, clock, complaints }: { engine: Engine; clock: TestClock; complaints: Complaints },
  call: InboundCall,
  { queueId, priority, wishes, changes }: RecordedVisit,
): void {
  for (const { afterMs, changed } of changes)
    clock.setTimeout(() => {
      const fault = faultOf(() => engine.calls.setAttributes(call.callId, changed, { actor: 'replay' }))
      // The call may be over by now.
      if (fault?.code === 'request.invalid') complaints.note(`a change that was not made: ${fault.message}`)
    }, afterMs)
  const fault = faultOf(() => call.enqueue(queueId, { priority, ...wishes }))
  if (fault === null) return
  if (fault.code !== 'request.invalid') throw fault
  complaints.note(`a call that waited without what it asked for: ${fault.message}`)
  call.enqueue(queueId, { priority })
}

function faultOf(act: () => void): EngineError | null {
  try {
    act()
    return null
  } catch (error) {
    if (error instanceof EngineError) return error
    throw error
  }
}
