/** One chart for each figure over the number of agents. The table beside them has the same in words. */
import { LineChart } from '@mantine/charts'
import '@mantine/core/styles/ColorSwatch.css'
import '@mantine/charts/styles.css'
import { type Figure, figures, pointsOf, type StaffingRow } from './rows.ts'

const series = [
  { name: 'erlangC', label: 'Erlang C', color: 'var(--sw-chart-c)', strokeDasharray: '6 4' },
  { name: 'erlangA', label: 'Erlang A', color: 'var(--sw-chart-a)' },
  { name: 'simulated', label: 'Simulation', color: 'var(--sw-chart-sim)' },
]

export function StaffingCharts({ rows }: { readonly rows: readonly StaffingRow[] }) {
  return (
    <div className="staffing-charts">
      {figures.map(figure => (
        <Chart key={figure.name} figure={figure} rows={rows} />
      ))}
    </div>
  )
}

function Chart({ figure, rows }: { readonly figure: Figure; readonly rows: readonly StaffingRow[] }) {
  const points = pointsOf(rows, figure)
  const drawn = series.filter(({ name }) => points.some(point => point[name as keyof typeof point] !== null))
  return (
    <figure className="card staffing-chart">
      <figcaption>{figure.title}</figcaption>
      <LineChart
        h={220}
        data={points}
        dataKey="agents"
        series={drawn}
        unit={` ${figure.unit}`}
        curveType="linear"
        withLegend
        // In the order of the table, not of the alphabet.
        legendProps={{ itemSorter: null }}
        connectNulls={false}
        xAxisProps={{ interval: 'preserveStartEnd' }}
        yAxisProps={{ width: 64, ...(figure.unit === '%' ? { domain: [0, 100] } : {}) }}
        lineProps={{ isAnimationActive: false }}
        valueFormatter={value => (Number.isInteger(value) ? String(value) : value.toFixed(1))}
      />
    </figure>
  )
}
