/** Somebody else was faster: what both have changed, and whose shall hold. */
import { Button } from '@mantine/core'
import { type Path, pathText } from '../forms/draft.ts'
import { briefOf } from '../forms/words.ts'
import { Icon } from '../ui/icons.tsx'
import { intoView } from '../ui/into-view.ts'

export type Both = readonly { readonly path: Path; readonly theirs: unknown }[]

interface ConflictProps {
  readonly both: Both
  readonly onTakeTheirs: (path: Path, theirs: unknown) => void
}

export function ConflictView({ both, onTakeTheirs }: ConflictProps) {
  return (
    <div className="card conflict" role="alert" ref={intoView}>
      <p className="with-icon level-warn">
        <Icon name="alert" />
        <strong>Somebody else has changed this meanwhile. Nothing was applied, and nothing is lost.</strong>
      </p>
      <p className="muted">
        Their changes are in the form now, and yours are still there.{' '}
        {both.length === 0 ? 'They are of different settings: look, and apply again.' : 'Both of you have changed:'}
      </p>
      {both.length > 0 && (
        <ul>
          {both.map(({ path, theirs }) => (
            <li key={pathText(path)}>
              <span className="mono">{pathText(path)}</span>
              <span>
                theirs:{' '}
                <strong>{theirs === undefined ? 'the default' : briefOf(String(path.at(-1) ?? ''), theirs)}</strong>
              </span>
              <Button variant="default" size="xs" onClick={() => onTakeTheirs(path, theirs)}>
                Take theirs
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
