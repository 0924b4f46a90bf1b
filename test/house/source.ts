/** The house's own files, for the rules that are tests. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

export const root = new URL('../..', import.meta.url).pathname.replace(/\/$/, '')

export interface SourceFile {
  /** Relative to the root, with slashes. */
  readonly path: string
  readonly text: string
  /** Relative imports, as paths relative to the root. */
  readonly imports: readonly Import[]
}

export interface Import {
  readonly path: string
  readonly typeOnly: boolean
}

/** Every TypeScript file of the given folders, tests left out unless asked for. */
export function sources(folders: readonly string[], options: { tests?: boolean } = {}): SourceFile[] {
  return folders
    .flatMap(folder => walk(join(root, folder)))
    .filter(path => /\.tsx?$/.test(path))
    .filter(path => options.tests === true || !/\.test\.tsx?$|\/testing\/|fixtures\.ts$/.test(path))
    .map(path => {
      const text = readFileSync(path, 'utf8')
      return { path: relative(root, path), text, imports: importsOf(path, text) }
    })
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    if (entry.name === 'node_modules' || entry.name === 'dist') return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? walk(path) : [path]
  })
}

function importsOf(path: string, text: string): Import[] {
  const found: Import[] = []
  for (const [, kind, names, from] of text.matchAll(/^(import|export)\s+([^'";]*?)\s*from\s+'(\.[^']+)'/gms)) {
    const wholly = kind === 'import' && /^type\s/.test(names ?? '')
    const each =
      /^\{[^}]*\}$/.test(names ?? '') &&
      (names ?? '')
        .replace(/[{}]/g, '')
        .split(',')
        .every(name => /^\s*(type\s|$)/.test(name))
    found.push({ path: relative(root, resolve(dirname(path), from ?? '')), typeOnly: wholly || each })
  }
  return found
}
