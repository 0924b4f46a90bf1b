/** The agent's own state and the two ways to change it, large enough for a thumb. */
import { Button } from '@mantine/core'
import { agents } from '../api/resources.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { AgentStateIcon } from '../ui/state-label.tsx'
import { Elapsed } from '../ui/ticking.tsx'
import { agentLabelWords, capitalised, spaced } from '../words.ts'
import { AvailabilityChoice, type AvailabilityChoiceProps } from './availability-choice.tsx'
import { isWorking } from './next-action.ts'

interface StatePanelProps extends AvailabilityChoiceProps {
  readonly onSignOut: () => void
}

export function StatePanel({ agent, isBusy, onAvailable, onNotReady, onSignOut }: StatePanelProps) {
  const isOnline = agent.session === 'online'
  const later = isWorking(agent)
  return (
    <section className="card own-state" aria-labelledby="own-state">
      <p className="muted own-name">{agent.name}</p>
      <div className="own-label">
        <AgentStateIcon label={agent.label} size={26} />
        <h2 id="own-state" aria-live="polite">
          {agentLabelWords[agent.label]}
        </h2>
        <span className="own-since">
          <Elapsed since={agent.since} />
        </span>
      </div>
      {agent.label === 'notReady' && agent.reason !== null && (
        <p className="own-reason">{capitalised(spaced(agent.reason))}</p>
      )}
      {agent.endpoint === 'unreachable' && isOnline && <PhoneMissing agentId={agent.id} />}
      {isOnline && (
        <div className="own-choice-part">
          <p className="own-choice-title muted">{later ? 'When this work ends' : 'Take calls?'}</p>
          <AvailabilityChoice agent={agent} isBusy={isBusy} onAvailable={onAvailable} onNotReady={onNotReady} />
        </div>
      )}
      {isOnline ? (
        <Button
          variant="subtle"
          size="compact-sm"
          className="own-sign-out"
          leftSection={<Icon name="leave" size={16} />}
          disabled={isBusy || agent.next?.availability === 'signOut'}
          onClick={onSignOut}
        >
          {agent.next?.availability === 'signOut' ? 'Signs out when this work ends' : 'Stop taking calls (sign out)'}
        </Button>
      ) : (
        <SignInNotReady agentId={agent.id} />
      )}
      <p className="muted own-today num">
        Today: {agent.today.handled} handled, {agent.today.missed} missed
      </p>
    </section>
  )
}

function PhoneMissing({ agentId }: { readonly agentId: string }) {
  return (
    <p className="phone-missing level-bad">
      <Icon name="unplugged" />
      <span>
        <strong>Your phone isn’t connected.</strong> Register it as <span className="mono">{agentId}</span> with your
        password; calls reach you as soon as it is.
      </span>
    </p>
  )
}

function SignInNotReady({ agentId }: { readonly agentId: string }) {
  const { run, isBusy } = useAction()
  return (
    <Button
      variant="default"
      loading={isBusy}
      onClick={() => run(() => agents.setSession(agentId, { session: 'online', availability: 'notReady' }))}
    >
      Sign in, but take no calls yet
    </Button>
  )
}
