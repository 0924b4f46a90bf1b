/** What was refused: nothing was applied, and why. */
import type { ProblemDocument } from '../../server/api/common.ts'
import { adminPath } from '../navigation.ts'
import { Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'

export type Problems = NonNullable<ProblemDocument['problems']>

export interface Refusal {
  readonly message: string
  readonly problems: Problems
}

interface ViewProps {
  readonly title: string
  /** Those that are not shown where they belong. */
  readonly problems: Problems
}

export function RefusalView({ title, problems }: ViewProps) {
  return (
    <div className="refusal" role="alert">
      <p className="with-icon level-bad">
        <Icon name="warning" />
        <strong>{title}</strong>
      </p>
      {problems.length > 0 && (
        <div className="table-card">
          <table className="data">
            <thead>
              <tr>
                <th>Where</th>
                <th>Found</th>
                <th>Allowed</th>
              </tr>
            </thead>
            <tbody>
              {problems.map(({ path, value, allowed }) => (
                <tr key={`${path} ${allowed}`}>
                  <td className="mono wide">
                    <Place path={path} />
                  </td>
                  <td className="mono wide" data-label="Found">
                    {value === undefined || value === null ? 'nothing' : JSON.stringify(value)}
                  </td>
                  <td className="wide" data-label="Allowed">
                    {allowed}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

/** Another entry is named by its key, `agents["ada"].queues[0]`, and can be gone to. */
function Place({ path }: { readonly path: string }) {
  const [, list, key] = /^(\w+)\[("(?:[^"\\]|\\.)*")\]/.exec(path) ?? []
  if (list === undefined || key === undefined) return path
  return <Link to={adminPath(list, JSON.parse(key) as string)}>{path}</Link>
}
