/** What is not to be tried again before the present run of a dispatcher ends, so that a run always ends. */
export class Attempts {
  readonly agents = new Set<string>()
  readonly visits = new Set<string>()
  readonly #pairs = new Map<string, Set<string>>()

  concern(visitId: string): boolean {
    return this.agents.size > 0 || this.#pairs.has(visitId)
  }

  note(visitId: string, agentId: string): void {
    const agents = this.#pairs.get(visitId)
    if (agents === undefined) this.#pairs.set(visitId, new Set([agentId]))
    else agents.add(agentId)
  }

  bars(visitId: string, agentId: string): string | null {
    return this.agents.has(agentId) || this.#pairs.get(visitId)?.has(agentId) ? 'tried a moment ago' : null
  }

  clear(): void {
    this.agents.clear()
    this.visits.clear()
    this.#pairs.clear()
  }
}
