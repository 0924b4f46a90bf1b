import { describe, expect, it } from 'vitest'
import type { AnyEvent } from './events.ts'
import { MembershipLog } from './membership-log.ts'
import type { Checkpoint } from './ports/store.ts'

const changed = (agentId: string, queueId: string, signedIn: boolean) =>
  ({ type: 'agent.queue_membership_changed', data: { agentId, queueId, signedIn } }) as unknown as AnyEvent

describe('what agents said of their queues', () => {
  it('is kept, and known to the next process', () => {
    const kept: Checkpoint[] = []
    const log = new MembershipLog(it => kept.push(it))
    log.see(changed('ada', 'support', false))
    expect([log.said('ada', 'support'), log.said('ada', 'sales'), log.said('bob', 'support')]).toEqual([
      false,
      null,
      null,
    ])
    const next = new MembershipLog(() => {})
    next.restore(kept)
    expect(next.said('ada', 'support')).toBe(false)
  })

  it('is nothing of a queue that is called as what every object has', () => {
    const log = new MembershipLog(() => {})
    log.see(changed('ada', 'support', true))
    for (const queueId of ['constructor', 'toString', '__proto__']) expect(log.said('ada', queueId), queueId).toBeNull()
  })
})
