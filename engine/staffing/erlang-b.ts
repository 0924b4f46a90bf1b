/** Erlang's loss formula, from which those with a queue follow. */

/**
 * The share of calls that find all agents busy if none may wait. By the recursion over the agents, which has neither
 * factorials nor powers: it is exact to rounding for any number of agents.
 */
export function erlangB(agents: number, erlangs: number): number {
  let blocking = 1
  for (let agent = 1; agent <= agents; agent += 1) blocking = (erlangs * blocking) / (agent + erlangs * blocking)
  return blocking
}
