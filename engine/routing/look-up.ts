/** Looks a call's caller up, and has the call learn what is answered, whenever that is within its time. */
import type { LookupReply } from '../api.ts'
import type { LookupCall } from './flow-types.ts'
import type { LookupAsked, LookupFound, Lookups } from './lookups.ts'

/** Of what is left out. */
const mostTold = 5

/**
 * @param origin what sets the attributes, as it is told
 * @param tell says in words what came of it; more than once if the answer is late
 * @param goOn once: at once, with the answer, or at the deadline; with `failed` if the call has a fault meanwhile, and is over
 */
export function lookUp(
  lookups: Pick<Lookups, 'start'>,
  asked: LookupAsked,
  origin: string,
  call: LookupCall,
  tell: (result: string) => void,
  goOn: (reply: LookupReply) => void,
): void {
  let hasGoneOn = false
  const settle = (reply: LookupReply) => {
    if (hasGoneOn) return
    hasGoneOn = true
    goOn(reply)
  }
  /** Whoever waits goes on, be it that what was answered has led to a fault of the call. */
  const inItsName = (work: () => void) => {
    call.guard(work)
    call.guard(() => settle(unanswered('failed')))
  }
  const isBeside = asked.deadlineMs === 0
  const late = (isLate: boolean) => (isLate && !isBeside ? 'late: ' : '')
  const pending = (words: string) => {
    call.matched('pending', [])
    tell(words)
    settle(unanswered('pending'))
  }
  const answered = ({ attributes = {}, matches = [], leftOut = [] }: LookupFound, isLate: boolean) => {
    const fault = Object.keys(attributes).length === 0 ? null : faultOf(() => call.setAttributes(attributes, origin))
    call.matched(matches.length === 0 ? 'none' : matches.length === 1 ? 'single' : 'multiple', matches)
    const found = matches.length === 0 ? '' : `; ${matches.length} found`
    const lost = leftOut.length === 0 ? '' : `; left out: ${leftOut.slice(0, mostTold).join(', ')}`
    tell(`${late(isLate)}${fault ?? (wordsOf(attributes) || 'nothing to set')}${found}${lost}`)
    if (!isLate) settle({ outcome: 'answered', attributes, matches })
  }
  const failed = (reason: string, isLate: boolean) => {
    call.matched('failed', [])
    tell(`${late(isLate)}${reason}`)
    if (!isLate) settle(unanswered('failed'))
  }
  // All of it comes from a promise or a timer that is no call's, and the rest of a flow is behind it.
  lookups.start(asked, call.secretFacts(), {
    onAnswer: (answer, isLate) => inItsName(() => answered(answer, isLate)),
    onFailure: (reason, isLate) => inItsName(() => failed(reason, isLate)),
    onDeadline: () => inItsName(() => pending(`no answer within ${asked.deadlineMs} ms`)),
  })
  if (isBeside) pending('asked; nothing waits for the answer')
}

export function wordsOf(attributes: Readonly<Record<string, string>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ')
}

/** Why something could not be; null if it was. */
export function faultOf(work: () => void): string | null {
  try {
    work()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function unanswered(outcome: 'pending' | 'failed'): LookupReply {
  return { outcome, attributes: {}, matches: [] }
}
