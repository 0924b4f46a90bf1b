/** Whether this Node is new enough. Loaded by Nodes that are not: nothing new in here, and no imports but old ones. */
import { readFileSync } from 'node:fs'

/** @returns what is wrong with a version such as `20.20.2`, in one line; null if nothing is. */
export function nodeFault(version: string, required: string = requiredVersion()): string | null {
  const [major, minor] = numbersOf(version)
  const [requiredMajor, requiredMinor] = numbersOf(required)
  if (major > requiredMajor || (major === requiredMajor && minor >= requiredMinor)) return null
  return `Node ${version} is too old; Strowger needs Node ${required} or newer`
}

/** What package.json says under `engines`: `>=22.12`. It lies beside the sources, and one folder above the build. */
function requiredVersion(): string {
  const isSource = import.meta.url.endsWith('.ts')
  const file = new URL(isSource ? '../package.json' : '../../package.json', import.meta.url)
  const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { engines: { node: string } }
  return engines.node.replace('>=', '')
}

function numbersOf(version: string): readonly [number, number] {
  const [major, minor] = version.split('.').map(Number)
  return [major || 0, minor || 0]
}
