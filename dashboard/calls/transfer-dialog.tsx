/** Handing a live call from its agent to an agent, a queue or a number. */
import { Button, Modal, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { CallTransfer } from '../../server/api/calls.ts'
import { calls as resource } from '../api/resources.ts'
import { useAgents, useQueues } from '../live/store.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'

type Kind = 'queue' | 'agent' | 'number'

interface TransferProps {
  readonly callId: string
  /** Who has the call, and is therefore nobody to hand it to. */
  readonly agentId: string | null
  readonly title: string
}

export function Transfer({ callId, agentId, title }: TransferProps) {
  const [isAsking, setAsking] = useState(false)
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)} leftSection={<Icon name="right" size={16} />}>
        Transfer
      </Button>
      <Modal opened={isAsking} onClose={() => setAsking(false)} title={`Transfer the call of ${title}`} centered>
        <TransferForm callId={callId} agentId={agentId} onDone={() => setAsking(false)} />
      </Modal>
    </>
  )
}

interface FormProps {
  readonly callId: string
  readonly agentId: string | null
  readonly onDone: () => void
}

function TransferForm({ callId, agentId, onDone }: FormProps) {
  const queues = useQueues()
  const agents = [...useAgents().values()].filter(({ id }) => id !== agentId)
  const { run, isBusy } = useAction()
  const [kind, setKind] = useState<Kind>('queue')
  const [chosen, setChosen] = useState<Readonly<Record<Kind, string>>>({ queue: '', agent: '', number: '' })
  const to = chosen[kind].trim() || (kind === 'queue' ? ([...queues.keys()][0] ?? '') : '')
  const choose = (value: string) => setChosen({ ...chosen, [kind]: value })
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    const target = { [kind]: to } as CallTransfer['to']
    if (to !== '' && (await run(() => resource.transfer(callId, target), 'The call was handed over'))) onDone()
  }
  return (
    <form className="transfer-form" onSubmit={submit}>
      <SegmentedControl
        fullWidth
        aria-label="To whom"
        value={kind}
        onChange={value => setKind(value as Kind)}
        data={[
          { value: 'queue', label: 'Queue' },
          { value: 'agent', label: 'Agent' },
          { value: 'number', label: 'Number' },
        ]}
      />
      {kind === 'queue' ? (
        <NativeSelect
          label="Queue"
          value={to}
          onChange={event => choose(event.currentTarget.value)}
          data={[...queues.values()].map(({ id, name }) => ({ value: id, label: name }))}
        />
      ) : kind === 'agent' && agents.length > 0 ? (
        <NativeSelect
          label="Agent"
          value={chosen.agent}
          onChange={event => choose(event.currentTarget.value)}
          data={[
            { value: '', label: 'Choose an agent', disabled: true },
            ...agents.map(({ id, name, label }) => ({
              value: id,
              label: label === 'available' ? `${name}, free` : name,
            })),
          ]}
        />
      ) : (
        <TextInput
          label={kind === 'agent' ? 'Agent’s id' : 'Number'}
          description={
            kind === 'agent'
              ? 'What the agent signs in with'
              : 'One of this center, or an outside one that its rules permit'
          }
          maxLength={64}
          value={chosen[kind]}
          onChange={event => choose(event.currentTarget.value)}
        />
      )}
      <p className="muted">The agent is out of the call at once; the caller hears music until somebody answers.</p>
      <div className="toolbar dialog-buttons">
        <Button variant="default" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" loading={isBusy} disabled={to === ''}>
          Transfer
        </Button>
      </div>
    </form>
  )
}
