/** Removing an entry: asked once, refused while something else needs it. */
import { Button, Modal } from '@mantine/core'
import { useState } from 'react'
import { ApiError, messageOf } from '../api/http.ts'
import { center } from '../api/resources.ts'
import { Icon } from '../ui/icons.tsx'
import type { ListPart } from './definition.ts'
import { dropDraft } from './drafts.ts'
import { type Refusal, RefusalView } from './refusal-view.tsx'

interface RemoveProps {
  readonly part: ListPart
  readonly entry: string
  readonly onRemoved: () => void
}

export function RemoveEntry({ part, entry, onRemoved }: RemoveProps) {
  const [isAsking, setAsking] = useState(false)
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const remove = async () => {
    setBusy(true)
    try {
      await center.removeEntry(part.name, entry)
      dropDraft(`${part.name}/${entry}`)
      onRemoved()
    } catch (error) {
      const problems = (error instanceof ApiError && error.problem?.problems) || []
      setRefusal({ message: problems.length > 0 ? 'It is needed elsewhere.' : messageOf(error), problems })
    } finally {
      setBusy(false)
    }
  }
  const close = () => {
    setAsking(false)
    setRefusal(null)
  }
  return (
    <>
      <Button variant="subtle" leftSection={<Icon name="trash" size={16} />} onClick={() => setAsking(true)}>
        Remove
      </Button>
      <Modal opened={isAsking} onClose={close} title={`Remove ${part.one} “${entry}”?`} centered size="lg">
        {refusal === null ? (
          <p>It is gone at once. Running calls go on.</p>
        ) : (
          <RefusalView title={refusal.message} problems={refusal.problems} />
        )}
        <div className="toolbar dialog-buttons">
          <Button variant="default" onClick={close}>
            Keep it
          </Button>
          {refusal === null && (
            <Button loading={isBusy} onClick={() => void remove()}>
              Remove
            </Button>
          )}
        </div>
      </Modal>
    </>
  )
}
