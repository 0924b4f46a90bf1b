/** Where things are beside this code: the sources and the built package lie differently. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const isSource = import.meta.url.endsWith('.ts')

/** The folder of the built dashboard. */
export function dashboardFolder(): string {
  return fileURLToPath(new URL(isSource ? '../dist/dashboard' : '../dashboard', import.meta.url))
}

/** The definition that an empty database begins with. */
export function sampleCenterFile(): string {
  return fileURLToPath(new URL('./sample-center.yaml', import.meta.url))
}

export function packageVersion(): string {
  const file = new URL(isSource ? '../package.json' : '../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
