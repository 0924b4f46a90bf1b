/** Which phone rings for the agent: the own one, another one of his, or one at which he sits down. */
import { NativeSelect } from '@mantine/core'
import type { AgentReply, DeviceReply } from '../../server/api/agents.ts'
import { agents, devices as resource } from '../api/resources.ts'
import { useAction } from '../ui/action.ts'
import { useResource } from '../ui/resource.ts'

const automatic = ''

export function OwnPhone({ agent }: { readonly agent: AgentReply }) {
  const { run, isBusy } = useAction()
  const { id, acting } = agent
  const devices = useResource(() => resource.list(), id, acting ?? '').value?.items ?? []
  // With one phone there is nothing to choose.
  if (devices.length === 0) return null
  const usable = devices.filter(({ agentId }) => agentId === null || agentId === id)
  const choose = (deviceId: string) =>
    run(() => agents.setDevice(id, deviceId === automatic ? null : deviceId), 'Calls ring there from now on')
  return (
    <section className="card own-phone" aria-labelledby="own-phone">
      <h2 id="own-phone">Your phone</h2>
      <NativeSelect
        aria-label="The phone that rings"
        disabled={isBusy}
        value={acting ?? automatic}
        onChange={event => void choose(event.currentTarget.value)}
        data={[
          { value: automatic, label: acting === null ? 'None is connected' : 'By itself' },
          { value: id, label: `Your own (${id})` },
          ...usable.map(device => ({ value: device.id, label: deviceWords(device) })),
        ]}
      />
    </section>
  )
}

function deviceWords({ name, reachable }: DeviceReply): string {
  return reachable ? name : `${name}, not connected`
}
