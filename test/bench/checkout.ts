/** Another commit to compare with: checked out into a folder of its own and built with the packages that are here. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const here = new URL('../../', import.meta.url).pathname

export interface Checkout {
  readonly folder: string
  remove(): void
}

/** @throws Error if there is no such commit or it does not build */
export function checkOut(commit: string): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'strowger-checkout-'))
  const run = (command: string, args: readonly string[], cwd: string) =>
    execFileSync(command, args, { cwd, stdio: 'pipe' })
  run('git', ['worktree', 'add', '--detach', folder, commit], here)
  symlinkSync(join(here, 'node_modules'), join(folder, 'node_modules'))
  run('npm', ['run', 'build'], folder)
  return {
    folder,
    remove() {
      rmSync(folder, { recursive: true, force: true })
      run('git', ['worktree', 'prune'], here)
    },
  }
}
