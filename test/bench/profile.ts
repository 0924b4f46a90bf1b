/** CPU profiles summed by layer: which room of the house the time goes to. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { functionName: string; url: string } }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Share of the time that is not idle, by room, package or built-in, of every thread's profile in a folder; largest first. */
export function sharesByLayer(folder: string): readonly (readonly [layer: string, share: number])[] {
  const spent = new Map<string, number>()
  let total = 0
  for (const file of readdirSync(folder).filter(name => name.endsWith('.cpuprofile'))) {
    const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as CpuProfile
    const layers = new Map(nodes.map(({ id, callFrame }) => [id, layerOf(callFrame.functionName, callFrame.url)]))
    samples.forEach((id, i) => {
      const layer = layers.get(id) ?? null
      if (layer === null) return
      const micros = timeDeltas[i] ?? 0
      total += micros
      spent.set(layer, (spent.get(layer) ?? 0) + micros)
    })
  }
  return [...spent].map(([layer, micros]) => [layer, micros / total] as const).sort((a, b) => b[1] - a[1])
}

function layerOf(name: string, url: string): string | null {
  if (name === '(idle)') return null
  if (name === '(garbage collector)') return 'garbage collection'
  const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]
  if (inPackage !== undefined) return inPackage
  const [, path = ''] = url.split('/dist/')
  if (path !== '') {
    const parts = path.split('/').slice(0, -1)
    return parts.slice(0, parts[1] === 'sip' ? 3 : 2).join('/')
  }
  return url.startsWith('node:') ? `Node (${url.slice(5).split('/')[0]})` : url.startsWith('wasm:') ? 'PGlite' : 'Node'
}
