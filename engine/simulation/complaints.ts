/** What went wrong in a simulation without ending it: in words, each with how often. Nobody reads a log of simulated calls. */
import type { Logger } from '../ports/logger.ts'

export interface Complaint {
  readonly words: string
  readonly count: number
}

/** Different words that are kept; what comes after them is only counted. */
const mostWords = 20
const others = 'other faults'

export class Complaints {
  readonly #counts = new Map<string, number>()
  /** For an engine: what it can't do is told as an error there. */
  readonly logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (fields, message) => {
      const { err } = fields as { readonly err?: unknown }
      this.note(err instanceof Error ? `${message}: ${err.message}` : message)
    },
    child: () => this.logger,
  }

  note(words: string, times = 1): void {
    const key = this.#counts.has(words) || this.#counts.size < mostWords ? words : others
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + times)
  }

  list(): readonly Complaint[] {
    return [...this.#counts].map(([words, count]) => ({ words, count }))
  }
}

/** Those of several runs, together. */
export function addComplaints(lists: readonly (readonly Complaint[])[]): readonly Complaint[] {
  const all = new Complaints()
  for (const { words, count } of lists.flat()) all.note(words, count)
  return all.list()
}

/** For a report; empty where there is nothing to complain of. */
export function complaintLines(complaints: readonly Complaint[]): string[] {
  return complaints.length === 0 ? [] : [...complaints.map(({ words, count }) => `Went wrong: ${count} × ${words}`), '']
}
