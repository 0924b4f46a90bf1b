/** What a supervisor can do to one agent. While the agent works, a new state waits until the work ends. */
import { ActionIcon, Menu } from '@mantine/core'
import type { AgentReply } from '../../server/api/agents.ts'
import { agents } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { useQueues } from '../live/store.ts'
import { refreshSession } from '../session/session.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'

export function AgentActions({ agent }: { readonly agent: AgentReply }) {
  const { run, isBusy } = useAction()
  const { notReadyReasons } = useReader().who
  const queues = useQueues()
  const { id, name } = agent
  // In an order that does not change when one is left.
  const own = [...agent.queues, ...agent.queuesLeft].sort()
  const isOffline = agent.session === 'offline'
  const later = agent.slot === 'idle' ? '' : ' when the present work ends'
  return (
    <Menu position="bottom-end" withinPortal onOpen={() => void refreshSession()}>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" loading={isBusy} aria-label={`Actions for ${name}`}>
          <Icon name="dots" size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: 'auto' }}>
        <Menu.Label>{name}</Menu.Label>
        {agent.slot === 'wrapping' && (
          <Menu.Item
            leftSection={<Icon name="pencil" size={16} />}
            onClick={() => run(() => agents.completeWrapUp(id, {}), `${name}: wrap-up ended`)}
          >
            End wrap-up
          </Menu.Item>
        )}
        {agent.slot === 'wrapping' && agent.deadline !== null && (
          <Menu.Item
            leftSection={<Icon name="clock" size={16} />}
            onClick={() => run(() => agents.extendWrapUp(id, { byMs: 60_000 }), `${name}: a minute more`)}
          >
            A minute more for the wrap-up
          </Menu.Item>
        )}
        {(isOffline || agent.availability === 'notReady' || agent.next !== null) && (
          <Menu.Item
            leftSection={<Icon name="checkCircle" size={16} />}
            onClick={() => run(() => agents.setState(id, { availability: 'available' }), `${name}: available${later}`)}
          >
            {isOffline ? 'Sign in, available' : 'Make available'}
          </Menu.Item>
        )}
        {!isOffline && (
          <>
            <Menu.Divider />
            <Menu.Label>Make not ready</Menu.Label>
            {notReadyReasons.length === 0 && (
              <Menu.Item
                onClick={() =>
                  run(() => agents.setState(id, { availability: 'notReady' }), `${name}: not ready${later}`)
                }
              >
                Not ready
              </Menu.Item>
            )}
            {notReadyReasons.map(reason => (
              <Menu.Item
                key={reason}
                onClick={() =>
                  run(
                    () => agents.setState(id, { availability: 'notReady', reason }),
                    `${name}: not ready (${reason})${later}`,
                  )
                }
              >
                {reason}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item
              leftSection={<Icon name="leave" size={16} />}
              onClick={() => run(() => agents.setSession(id, { session: 'offline' }), `${name}: signed out${later}`)}
            >
              Sign out
            </Menu.Item>
          </>
        )}
        {own.length > 0 && (
          <>
            <Menu.Divider />
            <Menu.Label>Queues</Menu.Label>
          </>
        )}
        {own.map(queueId => {
          const isJoined = agent.queues.includes(queueId)
          const queueName = queues.get(queueId)?.name ?? queueId
          return (
            <Menu.Item
              key={queueId}
              leftSection={<Icon name={isJoined ? 'minusCircle' : 'checkCircle'} size={16} />}
              onClick={() =>
                run(
                  () => agents.setQueue(id, queueId, !isJoined),
                  `${name}: ${isJoined ? 'takes no calls of' : 'takes calls of'} ${queueName}`,
                )
              }
            >
              {isJoined ? 'Leave' : 'Join'} {queueName}
            </Menu.Item>
          )
        })}
      </Menu.Dropdown>
    </Menu>
  )
}
