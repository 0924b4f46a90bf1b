/** What a person reads when the server has started: where to look, how to register, what to dial. */
import { networkInterfaces } from 'node:os'
import type { CenterConfig } from '../engine/config.ts'

export interface BannerFacts {
  readonly httpAddress: string
  /** As the engine says, e.g. `udp://0.0.0.0:5060`. */
  readonly sipListening: readonly string[]
  readonly sipAdvertise: readonly string[]
  readonly center: CenterConfig
  /** Shown once; null when it was given or is already known. */
  readonly adminPassword: string | null
  /** Passwords made up for the sample center's agents, by agent id. */
  readonly agentPasswords: Readonly<Record<string, string>>
}

const maxNumbers = 5

export function bannerText(facts: BannerFacts): string {
  const { httpAddress, sipListening, center, adminPassword, agentPasswords } = facts
  const address = sipAddress(facts)
  const lines = ['', 'Strowger is ready.', '', `  Dashboard  ${httpAddress}/`, `  REST       ${httpAddress}/docs`]
  lines.push(`  SIP        ${sipListening.join('  ') || 'no socket'}`)
  if (adminPassword !== null)
    lines.push('', `  Sign in as "admin" with the password  ${adminPassword}  (shown only now)`)

  const agents = Object.entries(agentPasswords)
  const [first] = agents[0] ?? center.agents.map(({ id }) => id)
  if (address !== null && first !== undefined) {
    lines.push('', 'Register a phone as an agent:')
    if (agents.length === 0)
      lines.push(`  server ${address}, user name e.g. ${center.agents[0]?.id}, its password from the center definition`)
    for (const [agentId, password] of agents)
      lines.push(
        `  server ${address}, user name ${agentId}, password ${password}  (shown only now; also for the dashboard)`,
      )
    lines.push('  Then sign the agent in on the dashboard and make it available.')
  }
  const numbers = center.numbers.filter(({ match }) => !match.includes('*')).slice(0, maxNumbers)
  if (address !== null && numbers.length > 0) {
    lines.push('', 'Call it:')
    for (const { match, queue, agent } of numbers)
      lines.push(`  sip:${match}@${address}   → ${queue === undefined ? `agent ${agent}` : `queue ${queue}`}`)
  }
  lines.push('', '')
  return lines.join('\n')
}

/** Host and port for a phone; null when SIP has no socket. */
export function sipAddress(facts: Pick<BannerFacts, 'sipListening' | 'sipAdvertise'>): string | null {
  const first = facts.sipListening.find(uri => uri.startsWith('udp:')) ?? facts.sipListening[0]
  const match = /^\w+:\/\/(.+):(\d+)$/.exec(first ?? '')
  if (match === null) return null
  const [, host = '', port = ''] = match
  const isWildcard = host === '0.0.0.0' || host === '[::]'
  const shown = facts.sipAdvertise[0] ?? (isWildcard ? (outsideAddress() ?? '127.0.0.1') : host)
  return `${shown.includes(':') && !shown.startsWith('[') ? `[${shown}]` : shown}:${port}`
}

/** An IPv4 address of this machine that other machines can reach. */
function outsideAddress(): string | null {
  const all = Object.values(networkInterfaces()).flatMap(addresses => addresses ?? [])
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? null
}
