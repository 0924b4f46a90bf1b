/** Every figure for every number of agents, by formula and simulated. */
import { Fragment } from 'react'
import { type Figure, figures, inWords, type StaffingRow, spreadOf } from './rows.ts'

interface TableProps {
  readonly rows: readonly StaffingRow[]
  readonly isSimulating: boolean
}

export function StaffingTable({ rows, isSimulating }: TableProps) {
  return (
    <div className="card table-card">
      <table className="data staffing-table">
        <thead>
          <tr>
            <th scope="col">Agents</th>
            <th scope="col">By</th>
            {figures.map(({ name, title }) => (
              <th key={name} scope="col" className="right">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(row => (
            <Fragment key={row.agents}>
              {(['erlangC', 'erlangA', 'simulated'] as const)
                .filter(way => way !== 'erlangA' || row.erlangA !== null)
                .map(way => (
                  <tr key={way} className={way === 'erlangC' ? 'staffing-first' : undefined}>
                    <td className="main num" data-label="Agents">
                      {way === 'erlangC' ? row.agents : <span className="staffing-repeated">{row.agents}</span>}
                    </td>
                    <td data-label="By">{wayWords[way]}</td>
                    {figures.map(figure => (
                      <td key={figure.name} className="right num" data-label={figure.title}>
                        <Cell row={row} way={way} figure={figure} isSimulating={isSimulating} />
                      </td>
                    ))}
                  </tr>
                ))}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  )
}

type Way = 'erlangC' | 'erlangA' | 'simulated'
const wayWords: Readonly<Record<Way, string>> = { erlangC: 'Erlang C', erlangA: 'Erlang A', simulated: 'Simulation' }

interface CellProps {
  readonly row: StaffingRow
  readonly way: Way
  readonly figure: Figure
  readonly isSimulating: boolean
}

function Cell({ row, way, figure, isSimulating }: CellProps) {
  if (way !== 'simulated') {
    const value = row[way]?.[figure.name]
    return value === undefined ? 'too few' : inWords(value, figure)
  }
  const estimate = row.simulated?.[figure.name] ?? null
  if (estimate === null) return isSimulating ? '…' : '–'
  return (
    <>
      {inWords(estimate.value, figure)} <span className="muted">{spreadOf(estimate, figure)}</span>
    </>
  )
}
