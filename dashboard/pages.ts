/** Which pages a role sees, in order, and where it begins. */
import type { WhoAmI } from '../server/api/session.ts'
import type { Page } from './navigation.ts'
import type { IconName } from './ui/icons.tsx'

export interface PageLink {
  readonly name: Page['name']
  readonly path: string
  readonly title: string
  readonly icon: IconName
}

const desk: PageLink = { name: 'desk', path: '/desk', title: 'Desk', icon: 'headset' }
const wallboard: PageLink = { name: 'wallboard', path: '/', title: 'Wallboard', icon: 'board' }
const agents: PageLink = { name: 'agents', path: '/agents', title: 'Agents', icon: 'people' }
const calls: PageLink = { name: 'calls', path: '/calls', title: 'Calls', icon: 'phone' }
const voicemail: PageLink = { name: 'voicemail', path: '/voicemail', title: 'Voicemail', icon: 'envelope' }
const staffing: PageLink = { name: 'staffing', path: '/staffing', title: 'Staffing', icon: 'chart' }
const admin: PageLink = { name: 'admin', path: '/admin', title: 'Admin', icon: 'sliders' }

export function pagesFor(who: Pick<WhoAmI, 'role' | 'agentId'>): readonly PageLink[] {
  const own = who.agentId === null ? [] : [desk]
  if (who.role === 'agent') return [...own, wallboard, voicemail]
  const watching = [wallboard, agents, calls, voicemail, staffing]
  return who.role === 'administrator' ? [...watching, ...own, admin] : [...watching, ...own]
}

/** What to listen to. An agent hears of itself, of its own calls and of the queues only. */
export function topicsFor(who: Pick<WhoAmI, 'role' | 'agentId'>): readonly string[] {
  const own = who.agentId === null ? [] : [`screenpop:${who.agentId}`]
  if (who.role !== 'agent') return ['queues', 'agents', 'calls', ...own]
  return who.agentId === null ? ['queues'] : ['queues', `agents:${who.agentId}`, 'calls', ...own]
}
