/** What the fields of one form share: what was refused, what can be referred to, and whether it is being saved. */
import { createContext, use } from 'react'

export interface Choice {
  readonly value: string
  readonly label: string
}

export interface FormFacts {
  /** What is allowed, by the path of what was refused. */
  readonly problems: ReadonlyMap<string, string>
  /** The entries of a list that can be referred to. */
  choices(list: string): readonly Choice[]
}

export const FormContext = createContext<FormFacts>({ problems: new Map(), choices: () => [] })

export function useForm(): FormFacts {
  return use(FormContext)
}

/** What is wrong at a path or at one of the others that the same field stands for. */
export function useProblem(...paths: readonly string[]): string | undefined {
  const { problems } = useForm()
  const found = paths.map(path => problems.get(path)).find(text => text !== undefined)
  return found === undefined ? undefined : `Allowed: ${found}`
}

export function useHasProblemWithin(path: string): boolean {
  const { problems } = useForm()
  return [...problems.keys()].some(each => each === path || each.startsWith(`${path}.`) || each.startsWith(`${path}[`))
}
