/** How many agents a load needs: Erlang C, Erlang A and a simulation by the engine itself, side by side. */
import { Button, TextInput } from '@mantine/core'
import { useRef, useState } from 'react'
import type { SimulatedStaffingReply, StaffingReply } from '../../server/api/staffing.ts'
import { messageOf } from '../api/http.ts'
import { staffing } from '../api/resources.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading, Notice } from '../ui/notices.tsx'
import { counted } from '../words.ts'
import { faultsOf, fields, initialForm, questionOf } from './question.ts'
import { rowsOf } from './rows.ts'
import { StaffingCharts } from './staffing-charts.tsx'
import { StaffingTable } from './staffing-table.tsx'
import './staffing.css'

interface Answer {
  readonly plan: StaffingReply | null
  readonly simulation: SimulatedStaffingReply | null
  readonly error: unknown
  readonly simulationError: unknown
  readonly isBusy: boolean
}

const nothing: Answer = { plan: null, simulation: null, error: null, simulationError: null, isBusy: false }

export function StaffingPage() {
  const [form, setForm] = useState(initialForm)
  const [answer, setAnswer] = useState(nothing)
  const serial = useRef(0)
  const faults = faultsOf(form)
  const hasFaults = Object.keys(faults).length > 0

  async function ask() {
    serial.current += 1
    const mine = serial.current
    // An older answer never replaces a newer one.
    const set = (change: Partial<Answer>) => mine === serial.current && setAnswer(old => ({ ...old, ...change }))
    const question = questionOf(form)
    set({ ...nothing, isBusy: true })
    try {
      set({ plan: await staffing.plan(question) })
    } catch (error) {
      set({ error, isBusy: false })
      return
    }
    try {
      set({ simulation: await staffing.simulate(question), isBusy: false })
    } catch (error) {
      set({ simulationError: error, isBusy: false })
    }
  }

  const { plan, simulation, error, simulationError, isBusy } = answer
  return (
    <>
      <div className="page-head">
        <h1>Staffing</h1>
      </div>
      <form
        className="card staffing-form"
        onSubmit={event => {
          event.preventDefault()
          if (!hasFaults) void ask()
        }}
      >
        {fields.map(({ name, label, hint }) => (
          <TextInput
            key={name}
            label={label}
            description={hint}
            inputMode="decimal"
            value={form[name]}
            error={faults[name]}
            onChange={event => setForm({ ...form, [name]: event.currentTarget.value })}
          />
        ))}
        <Button type="submit" disabled={hasFaults} loading={isBusy}>
          Calculate
        </Button>
      </form>
      <div aria-live="polite">
        {error !== null ? (
          <div className="card">
            <Failure title="This can’t be calculated now" message={messageOf(error)} retry={() => void ask()} />
          </div>
        ) : plan !== null ? (
          <>
            <Summary plan={plan} />
            {simulationError !== null && (
              <p className="with-icon level-bad" role="alert">
                <Icon name="warning" size={16} /> No simulation: {messageOf(simulationError)}
              </p>
            )}
            <StaffingCharts rows={rowsOf(plan, simulation)} />
            <StaffingTable rows={rowsOf(plan, simulation)} isSimulating={isBusy} />
            {simulation !== null && (
              <p className="muted table-foot">
                {counted(simulation.calls, 'call')} simulated with this engine; ± is half of the 95 % confidence
                interval.
              </p>
            )}
          </>
        ) : isBusy ? (
          <Loading rows={4} height={60} />
        ) : (
          <div className="card">
            <Notice icon="chart" title="How many agents does it take?">
              <p>Give the load above; formulas answer at once, the simulation after some seconds.</p>
            </Notice>
          </div>
        )}
      </div>
    </>
  )
}

function Summary({ plan }: { readonly plan: StaffingReply }) {
  const { erlangs, needed } = plan
  const facts = [
    ['Offered work', `${erlangs.toFixed(1)} erlangs`],
    ['Erlang C asks for', agentsIn(needed.erlangC)],
    ['Erlang A asks for', needed.erlangA === null ? 'no answer: nobody gives up' : agentsIn(needed.erlangA)],
  ]
  return (
    <dl className="card staffing-facts">
      {facts.map(([term, value]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function agentsIn(agents: number | null): string {
  return agents === null ? 'more than there are' : counted(agents, 'agent')
}
