/** Wires agents to phones: whose phones ring, who sits where, what is dialled there, and what PINs are worth. */

import { Presence } from '../agents/presence.ts'
import type { Roster } from '../agents/roster.ts'
import type { Phones } from '../b2bua/phones.ts'
import type { CenterConfig } from '../config.ts'
import type { EventData } from '../events.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { PasswordHash } from '../ports/password-hash.ts'
import type { Checkpoint } from '../ports/store.ts'
import { AgentPhones } from './agent-phones.ts'
import { PhoneDesk } from './phone-desk.ts'
import { PinGuard } from './pin-guard.ts'

/** Why everybody is signed out when the engine stops. */
export const shutdown = 'shutdown'

export interface HotDesksOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly roster: Roster
  readonly phones: Pick<Phones, 'phoneOf' | 'phonesOf'>
  readonly passwords: PasswordHash
  center(): CenterConfig
  pinHash(agentId: string): string | null
  onLocked(data: EventData<'security.pin_locked'>): void
  /** Says who sits where, for the next process. */
  checkpoint(checkpoint: Checkpoint): void
}

export interface HotDesks {
  readonly phones: AgentPhones
  readonly desk: PhoneDesk
  readonly presence: Presence
  /** Who sat where when the last process ended. Before the phones are configured. */
  restore(checkpoints: readonly Checkpoint[]): void
  /** An agent has signed in or out. Who has signed out sits nowhere, and nobody waits for him. */
  sessionChanged(change: EventData<'agent.session_changed'>): void
}

export function createHotDesks(options: HotDesksOptions): HotDesks {
  const { clock, logger, roster, passwords, center, pinHash, onLocked, checkpoint } = options
  const hotDesk = () => center().agentPolicy.hotDesk
  const phones = new AgentPhones({
    phones: options.phones,
    hotDesk,
    onChange(agentId, { reachable, devices, acting, isElsewhere }) {
      if (roster.has(agentId)) roster.setReachable(agentId, reachable, devices, acting, isElsewhere)
    },
    onTakenOver: (agentId, actor) => roster.signOut(agentId, { actor, reason: 'takenOver' }),
    onSeat: (agentId, deviceId) =>
      checkpoint({ kind: 'seat', id: agentId, state: deviceId === null ? null : { deviceId } }),
  })
  const pins = new PinGuard({
    clock,
    limits: hotDesk,
    onLocked: (what, id, failures, until) => onLocked({ what, id, failures, until }),
  })
  const onFault = (err: unknown) => logger.error({ err }, 'a PIN could not be looked at')
  const presence = new Presence({ clock, roster, policy: () => center().agentPolicy.liveness })
  return {
    phones,
    desk: new PhoneDesk({ roster, phones, pins, passwords, center, pinHash, onFault }),
    presence,
    restore(checkpoints) {
      phones.restore(
        checkpoints.flatMap(({ kind, id, state }) =>
          kind === 'seat' && state !== null ? [[id, (state as { readonly deviceId: string }).deviceId] as const] : [],
        ),
      )
    },
    sessionChanged({ agentId, to, reason }) {
      if (to === 'online') {
        phones.signedIn(agentId)
        return
      }
      // The next process keeps his seat for him.
      if (reason !== shutdown) phones.leave(agentId)
      presence.signedOut(agentId)
    },
  }
}
