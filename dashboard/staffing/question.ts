/** The form of the staffing page: what is typed, and the question that it stands for. */
import type { StaffingQuestion } from '../../server/api/staffing.ts'

/** As typed. */
export type StaffingForm = Readonly<Record<FieldName, string>>

export type FieldName = 'calls' | 'intervalMin' | 'handleSec' | 'patienceSec' | 'targetPercent' | 'targetSec' | 'agents'

interface Field {
  readonly name: FieldName
  readonly label: string
  readonly hint: string
  readonly min: number
  readonly max: number
  readonly isOptional: boolean
}

export const fields: readonly Field[] = [
  { name: 'calls', label: 'Calls', hint: 'in the interval', min: 0.1, max: 1_000_000, isOptional: false },
  { name: 'intervalMin', label: 'Interval', hint: 'minutes', min: 1, max: 1_440, isOptional: false },
  { name: 'handleSec', label: 'Handling time', hint: 'seconds, with wrap-up', min: 1, max: 14_400, isOptional: false },
  { name: 'patienceSec', label: 'Patience', hint: 'seconds; empty: endless', min: 1, max: 14_400, isOptional: true },
  { name: 'targetPercent', label: 'Service level', hint: 'percent', min: 0, max: 99.9, isOptional: false },
  { name: 'targetSec', label: 'within', hint: 'seconds', min: 0, max: 3_600, isOptional: false },
  { name: 'agents', label: 'Agents', hint: 'empty: as needed', min: 1, max: 2_000, isOptional: true },
]

export const initialForm: StaffingForm = {
  calls: '100',
  intervalMin: '30',
  handleSec: '180',
  patienceSec: '120',
  targetPercent: '80',
  targetSec: '20',
  agents: '',
}

/** What is wrong with each field; empty when nothing is. */
export function faultsOf(form: StaffingForm): Partial<Record<FieldName, string>> {
  const faults: Partial<Record<FieldName, string>> = {}
  for (const { name, min, max, isOptional } of fields) {
    const text = form[name].trim()
    if (text === '' && isOptional) continue
    const value = Number(text)
    if (text === '' || !(value >= min && value <= max)) faults[name] = `From ${min} to ${max}`
    else if (name === 'agents' && !Number.isInteger(value)) faults[name] = 'A whole number'
  }
  return faults
}

/** Of a form without faults. */
export function questionOf(form: StaffingForm): StaffingQuestion {
  const number = (name: FieldName) => Number(form[name])
  return {
    calls: number('calls'),
    intervalMin: number('intervalMin'),
    handleSec: number('handleSec'),
    patienceSec: form.patienceSec.trim() === '' ? null : number('patienceSec'),
    targetSec: number('targetSec'),
    targetShare: number('targetPercent') / 100,
    ...(form.agents.trim() === '' ? {} : { agents: number('agents') }),
  }
}
