/** API keys for programs: made, shown once, revoked. */
import { ActionIcon, Button, CopyButton, Modal, NativeSelect, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import type { ApiKeyCreate, ApiKeyCreated, ApiKeyView } from '../../server/api/session.ts'
import { messageOf } from '../api/http.ts'
import { apiKeys as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { serverNowMs } from '../time/clock.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading, Notice } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { capitalised } from '../words.ts'

type KeyRole = ApiKeyCreate['role']

/** An agent's rights are about one person, and a key is nobody. */
const keyRoles: readonly { readonly value: KeyRole; readonly label: string }[] = [
  { value: 'integrator', label: 'Integrator: reads everything, annotates calls' },
  { value: 'supervisor', label: 'Supervisor: also changes agents and ends calls' },
  { value: 'administrator', label: 'Administrator: everything' },
]

export function ApiKeys() {
  const keys = useResource(() => resource.list(), 'api-keys')
  const [isMaking, setMaking] = useState(false)
  const [created, setCreated] = useState<ApiKeyCreated | null>(null)
  const [revoking, setRevoking] = useState<ApiKeyView | null>(null)
  return (
    <section className="section" aria-labelledby="api-keys">
      <div className="page-head keys-head">
        <div className="keys-title">
          <h2 id="api-keys">API keys</h2>
          <p className="muted">For CRM plugins and other programs. They use the key as a bearer token.</p>
        </div>
        <Button variant="default" leftSection={<Icon name="key" size={16} />} onClick={() => setMaking(true)}>
          New key
        </Button>
      </div>
      <div className="card table-card">
        {keys.value !== null && keys.value.items.length > 0 ? (
          <KeysTable keys={keys.value.items} onRevoke={setRevoking} />
        ) : keys.value !== null ? (
          <Notice icon="key" title="No API keys" />
        ) : keys.error === null ? (
          <Loading rows={2} height={44} />
        ) : (
          <Failure title="The keys can’t be read" message={messageOf(keys.error)} retry={keys.reload} />
        )}
      </div>
      <NewKeyDialog
        isOpen={isMaking}
        onClose={() => setMaking(false)}
        onCreated={key => {
          setMaking(false)
          setCreated(key)
          keys.reload()
        }}
      />
      <CreatedDialog created={created} onClose={() => setCreated(null)} />
      <RevokeDialog revoking={revoking} onClose={() => setRevoking(null)} onRevoked={keys.reload} />
    </section>
  )
}

interface KeysTableProps {
  readonly keys: readonly ApiKeyView[]
  readonly onRevoke: (key: ApiKeyView) => void
}

function KeysTable({ keys, onRevoke }: KeysTableProps) {
  const { format } = useReader()
  return (
    <table className="data keys-table">
      <thead>
        <tr>
          <th>Name</th>
          <th>Role</th>
          <th>Scopes</th>
          <th>Made</th>
          <th>
            <span className="sw-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {keys.map(key => (
          <tr key={key.keyId}>
            <td className="main key-name">{key.name}</td>
            <td data-label="Role">{capitalised(key.role)}</td>
            <td data-label="Scopes">{key.scopes.length === 0 ? 'All of the role' : key.scopes.join(', ')}</td>
            <td data-label="Made" className="num">
              {format.dateTime(key.createdAt, serverNowMs())}
            </td>
            <td className="right key-actions">
              <ActionIcon variant="subtle" size="lg" aria-label={`Revoke ${key.name}`} onClick={() => onRevoke(key)}>
                <Icon name="trash" />
              </ActionIcon>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface NewKeyProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly onCreated: (key: ApiKeyCreated) => void
}

function NewKeyDialog({ isOpen, onClose, onCreated }: NewKeyProps) {
  const [name, setName] = useState('')
  const [role, setRole] = useState<KeyRole>('integrator')
  const { run, isBusy } = useAction()
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    await run(async () => {
      const key = await resource.create({ name: name.trim(), role, scopes: [] })
      setName('')
      setRole('integrator')
      onCreated(key)
    })
  }
  return (
    <Modal opened={isOpen} onClose={onClose} title="New API key" centered>
      <form className="dialog-form" onSubmit={submit}>
        <TextInput
          label="Name"
          description="What it is for, e.g. the CRM that uses it"
          data-autofocus
          required
          withAsterisk={false}
          maxLength={100}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
        />
        <NativeSelect
          label="Role"
          data={[...keyRoles]}
          value={role}
          onChange={event => setRole(event.currentTarget.value as KeyRole)}
        />
        <Button type="submit" loading={isBusy} disabled={name.trim() === ''}>
          Make key
        </Button>
      </form>
    </Modal>
  )
}

function CreatedDialog({ created, onClose }: { readonly created: ApiKeyCreated | null; readonly onClose: () => void }) {
  return (
    <Modal
      opened={created !== null}
      onClose={onClose}
      title={`Key “${created?.name ?? ''}”`}
      centered
      closeOnClickOutside={false}
    >
      <div className="dialog-form">
        <p>Copy it now: it is shown only this once and can’t be read again.</p>
        <p className="key-text mono">{created?.key}</p>
        <CopyButton value={created?.key ?? ''}>
          {({ copied, copy }) => (
            <Button onClick={copy} leftSection={<Icon name={copied ? 'checkCircle' : 'copy'} size={16} />}>
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
      </div>
    </Modal>
  )
}

interface RevokeProps {
  readonly revoking: ApiKeyView | null
  readonly onClose: () => void
  readonly onRevoked: () => void
}

function RevokeDialog({ revoking, onClose, onRevoked }: RevokeProps) {
  const { run, isBusy } = useAction()
  return (
    <Modal opened={revoking !== null} onClose={onClose} title={`Revoke “${revoking?.name ?? ''}”?`} centered>
      <p>Programs that use it are refused from now on. This can’t be undone.</p>
      <div className="toolbar dialog-buttons">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button
          loading={isBusy}
          onClick={async () => {
            if (revoking === null) return
            if (!(await run(() => resource.remove(revoking.keyId), `“${revoking.name}” was revoked`))) return
            onClose()
            onRevoked()
          }}
        >
          Revoke
        </Button>
      </div>
    </Modal>
  )
}
