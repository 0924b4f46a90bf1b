/** What is wrong with agents, their phones and their codes that no schema can see. */
import type { CenterConfig } from './config.ts'
import { wrapUpModes } from './config-agents.ts'
import type { Problem } from './errors.ts'

export function agentProblems(center: CenterConfig): readonly Problem[] {
  return [...deviceProblems(center), ...numberProblems(center), ...queueProblems(center), ...codeProblems(center)]
}

/** A device registers as an agent does, so that both share one set of names. */
function deviceProblems({ agents, devices }: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  const names = new Set(agents.map(({ id }) => id))
  const known = new Set<string>()
  devices.forEach(({ id }, i) => {
    if (names.has(id) || known.has(id))
      problems.push({ path: `devices[${i}].id`, value: id, allowed: 'an id that no other device and no agent has' })
    known.add(id)
  })
  const taken = new Set<string>()
  agents.forEach((agent, i) => {
    agent.devices.forEach((id, j) => {
      const path = `agents[${i}].devices[${j}]`
      if (!known.has(id))
        problems.push({ path, value: id, allowed: `the id of a device: ${[...known].join(', ') || 'none is defined'}` })
      else if (taken.has(id)) problems.push({ path, value: id, allowed: 'a device that is no other agent’s' })
      taken.add(id)
    })
  })
  return problems
}

function numberProblems({ agents }: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  const numbers = new Set<string>()
  agents.forEach(({ number, pin }, i) => {
    if (number !== undefined && numbers.has(number))
      problems.push({ path: `agents[${i}].number`, value: number, allowed: 'each number once' })
    if (number !== undefined) numbers.add(number)
    if (pin !== undefined && number === undefined)
      problems.push({ path: `agents[${i}].number`, value: undefined, allowed: 'a number beside the PIN' })
  })
  return problems
}

function queueProblems({ queues }: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  const codes = new Set<string>()
  queues.forEach(({ code, wrapUp }, i) => {
    if (code !== undefined && codes.has(code))
      problems.push({ path: `queues[${i}].code`, value: code, allowed: 'each code once' })
    if (code !== undefined) codes.add(code)
    if (wrapUp.extendMs > 0 && (wrapUp.mode === 'none' || wrapUp.mode === 'untilDisposition'))
      problems.push({
        path: `queues[${i}].wrapUp.extendMs`,
        value: wrapUp.extendMs,
        allowed: `0: only a wrap-up that ends by itself can be extended: ${wrapUpModes.slice(1, 4).join(', ')}`,
      })
  })
  return problems
}

/** What begins like another code could never be told from it. */
function codeProblems({ agentPolicy }: CenterConfig): readonly Problem[] {
  const problems: Problem[] = []
  const codes = Object.entries(agentPolicy.phoneCodes)
  for (const [name, code] of codes) {
    if (code === null) continue
    const like = codes.find(([other, text]) => other !== name && text?.startsWith(code) === true)
    if (like !== undefined)
      problems.push({
        path: `agentPolicy.phoneCodes.${name}`,
        value: code,
        allowed: `a code that ${like[0]} does not begin with`,
      })
  }
  return problems
}
