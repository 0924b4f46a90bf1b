/** Why a call did not come to an agent whom the reader picks. */
import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { messageOf } from '../api/http.ts'
import { calls } from '../api/resources.ts'
import { useAgents, useCall } from '../live/store.ts'
import { useResource } from '../ui/resource.ts'
import { Moments } from './moments.tsx'

export function WhyNot({ callId }: { readonly callId: string }) {
  const agents = [...useAgents().values()].sort((a, b) => a.name.localeCompare(b.name))
  const [agentId, setAgentId] = useState('')
  if (agents.length === 0) return null
  const options = agents.map(({ id, name }) => ({ value: id, label: name }))
  return (
    <div className="card why-not">
      <NativeSelect
        label="Why not …?"
        description="What an agent did whenever somebody else was rung"
        data={[{ value: '', label: 'Pick an agent' }, ...options]}
        value={agentId}
        onChange={event => setAgentId(event.currentTarget.value)}
      />
      {agentId !== '' && <Answer callId={callId} agentId={agentId} />}
    </div>
  )
}

function Answer({ callId, agentId }: { readonly callId: string; readonly agentId: string }) {
  const live = useCall(callId)
  const { value, error } = useResource(() => calls.explain(callId, agentId), `${callId} ${agentId}`, live)
  const moments = value?.agent?.moments ?? null
  if (moments === null) return <p role="status">{error === null ? 'One moment…' : messageOf(error)}</p>
  return (
    <div role="status">
      {moments.length === 0 ? (
        <p className="muted">The journal does not tell of a moment at which somebody was rung for it.</p>
      ) : (
        <Moments moments={moments.map(({ otherCallId, ...moment }) => ({ ...moment, callId: otherCallId }))} />
      )}
    </div>
  )
}
