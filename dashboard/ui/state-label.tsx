/** States of agents and calls: a shape and a word. They are not thresholds, so they carry no colour (DESIGN §12). */
import type { AgentLabel } from '../../engine/events.ts'
import { agentLabelWords, type CallState, callStateWords, spaced } from '../words.ts'
import { Dot, Icon, type IconName } from './icons.tsx'

const agentIcons: Readonly<Record<AgentLabel, IconName | 'dot'>> = {
  offline: 'circle',
  unreachable: 'unplugged',
  talking: 'phone',
  held: 'pause',
  consulting: 'people',
  conferencing: 'people',
  wrapUp: 'pencil',
  ringing: 'bell',
  reserved: 'bell',
  notReady: 'minusCircle',
  available: 'dot',
}

export function AgentStateIcon({ label, size = 18 }: { readonly label: AgentLabel; readonly size?: number }) {
  const name = agentIcons[label]
  return name === 'dot' ? <Dot size={size} /> : <Icon name={name} size={size} />
}

/** An unreachable phone is the one state that is a fault: someone has to do something about it. */
export function AgentState({ label, reason }: { readonly label: AgentLabel; readonly reason: string | null }) {
  const isFaded = label === 'offline'
  const tone = label === 'unreachable' ? ' level-bad' : isFaded ? ' muted' : ''
  return (
    <span className={`with-icon nowrap${tone}`}>
      <AgentStateIcon label={label} />
      <span>
        {agentLabelWords[label]}
        {reason !== null && <span className="muted"> · {spaced(reason)}</span>}
      </span>
    </span>
  )
}

const callIcons: Readonly<Record<CallState, IconName>> = {
  arrived: 'right',
  screening: 'right',
  queued: 'clock',
  offered: 'bell',
  connecting: 'phone',
  connected: 'phone',
  parked: 'pause',
  callbackWaiting: 'clock',
  callbackDialing: 'bell',
  completed: 'checkCircle',
  abandoned: 'leave',
  diverted: 'external',
  rejected: 'minusCircle',
  failed: 'warning',
}

export function CallStateLabel({ state, isHeld = false }: { readonly state: CallState; readonly isHeld?: boolean }) {
  return (
    <span className="with-icon nowrap">
      <Icon name={isHeld ? 'pause' : callIcons[state]} />
      {isHeld ? 'On hold' : callStateWords[state]}
    </span>
  )
}
