/** What the agent does next: one thing, on one key. Pure. */
import type { ScreenPop } from '../../engine/events.ts'
import type { AgentReply } from '../../server/api/agents.ts'

export type NextAction =
  | { readonly kind: 'signIn' | 'goAvailable' | 'completeWrapUp' | 'saveNotes'; readonly title: string }
  | { readonly kind: 'openRecord'; readonly title: string; readonly url: string }
  /** Nothing to press: the page says what happens instead. */
  | { readonly kind: 'none' }

/** Anything but a web address stays a text: a pop must not be able to run a script in this page. */
export function webAddress(url: string | null | undefined): string | null {
  if (url === null || url === undefined) return null
  try {
    const { protocol, href } = new URL(url)
    return protocol === 'https:' || protocol === 'http:' ? href : null
  } catch {
    return null
  }
}

/** Where the CRM shows this caller, if it told. */
export function recordUrl(pop: ScreenPop | null): string | null {
  return webAddress(pop?.target?.params.url)
}

export function isWorking(agent: AgentReply): boolean {
  return agent.slot !== 'idle'
}

export function nextAction(agent: AgentReply, pop: ScreenPop | null): NextAction {
  if (agent.session === 'offline') return { kind: 'signIn', title: 'Sign in and take calls' }
  if (agent.slot === 'wrapping')
    return agent.wrapUp?.mode === 'mandatory'
      ? { kind: 'saveNotes', title: 'Save result and notes' }
      : { kind: 'completeWrapUp', title: 'Complete wrap-up' }
  if (isWorking(agent)) {
    const url = recordUrl(pop)
    return url === null ? { kind: 'none' } : { kind: 'openRecord', title: 'Open the customer’s record', url }
  }
  if (agent.availability === 'notReady') return { kind: 'goAvailable', title: 'Go available' }
  return { kind: 'none' }
}
