/** Whom a supervisor wants called back, as it is typed, and what is asked of the server for it. */
import type { CallbackRequest } from '../../server/api/callbacks.ts'
import type { TimeFormat } from '../time/format.ts'

/** As typed; all but the number may be empty. */
export interface CallbackWish {
  readonly number: string
  readonly name: string
  readonly priority: string
  /** On the wall clocks of the center. */
  readonly notBefore: string
}

export type WishFaults = Partial<Record<keyof CallbackWish, string>>

export const emptyWish: CallbackWish = { number: '', name: '', priority: '', notBefore: '' }

/** What the server takes. */
export const maxNumberLength = 32
export const maxNameLength = 200
const shortestNumber = 2
const highestPriority = 100

/** What is wrong with each field; empty when nothing is. Whether a number may be called only the server knows. */
export function faultsOf(wish: CallbackWish, format: Pick<TimeFormat, 'instantOnWall'>, nowMs: number): WishFaults {
  const { number, priority, notBefore } = wish
  const faults: WishFaults = {}
  if (number.trim().length < shortestNumber) faults.number = 'A number to call'
  if (!/^\d*$/.test(priority.trim()) || Number(priority) > highestPriority)
    faults.priority = `A whole number from 0 to ${highestPriority}`
  if (notBefore !== '') {
    const instant = format.instantOnWall(notBefore)
    if (instant === null) faults.notBefore = 'A day and a time'
    else if (Date.parse(instant) <= nowMs) faults.notBefore = 'This time is past'
  }
  return faults
}

/** Of a wish without faults. */
export function requestOf(wish: CallbackWish, format: Pick<TimeFormat, 'instantOnWall'>): CallbackRequest {
  const name = wish.name.trim()
  const priority = wish.priority.trim()
  const notBefore = format.instantOnWall(wish.notBefore)
  return {
    number: wish.number.trim(),
    ...(name === '' ? {} : { name }),
    ...(priority === '' ? {} : { priority: Number(priority) }),
    ...(notBefore === null ? {} : { notBefore }),
  }
}
