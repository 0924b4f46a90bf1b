/** What no schema can say of trunks and outbound rules. */
import type { CenterConfig } from './config.ts'
import type { Problem } from './errors.ts'

/** @param refer notes a problem if there is no trunk of this id */
export function outboundProblems(center: CenterConfig, refer: (path: string, id: string) => void): Problem[] {
  const problems: Problem[] = []
  const prefixes = new Set<string>()
  center.outbound.forEach(({ prefix, trunk: id }, i) => {
    refer(`outbound[${i}].trunk`, id)
    const trunk = center.trunks.find(each => each.id === id)
    if (trunk !== undefined && trunk.host === null)
      problems.push({ path: `outbound[${i}].trunk`, value: id, allowed: 'a trunk that has a host' })
    if (prefixes.has(prefix))
      problems.push({ path: `outbound[${i}].prefix`, value: prefix, allowed: 'each prefix once' })
    prefixes.add(prefix)
  })
  center.trunks.forEach(({ host, username, register, proxy }, i) => {
    if (register !== null && (host === null || username === null))
      problems.push({
        path: `trunks[${i}].register`,
        value: register,
        allowed: 'null, or a host and a username beside it',
      })
    if (proxy !== null && host === null)
      problems.push({ path: `trunks[${i}].proxy`, value: proxy, allowed: 'null, or a host beside it' })
  })
  return problems
}
