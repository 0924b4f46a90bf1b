/**
 * What a call may ask of an agent: skills with levels, joined by and, or, not. A parsed expression is plain data; judging
 * an agent by it is pure. A level is 1–10, 10 is best; a skill that is just `true` counts as 10, one that is lacking as 0.
 */

/** As an agent's configuration has them. */
export type Skills = Readonly<Record<string, number | true>>

export type Comparison = '>=' | '>' | '<=' | '<' | '=' | '!='

export interface SkillTerm {
  readonly kind: 'skill'
  readonly skill: string
  readonly comparison: Comparison
  readonly level: number
}

export type Expression =
  | SkillTerm
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] }

/** A part of an expression that an agent does not meet. */
export interface Unmet {
  readonly skill: string
  /** 0: lacks the skill. */
  readonly has: number
  /** E.g. `>= 5`, `any`, `none`. */
  readonly needs: string
}

/** Where a level may be better than another. */
const rising: ReadonlySet<Comparison> = new Set(['>=', '>', '='])

/** That of a skill which is just `true`. */
export const bestLevel = 10

/** The level of a skill; 0 for who lacks it. */
export function levelOf(skills: Skills, skill: string): number {
  const level = Object.hasOwn(skills, skill) ? skills[skill] : undefined
  return level === undefined ? 0 : level === true ? bestLevel : level
}

function compares({ skill, comparison, level }: SkillTerm, skills: Skills): boolean {
  const has = levelOf(skills, skill)
  switch (comparison) {
    case '>=':
      return has >= level
    case '>':
      return has > level
    case '<=':
      return has <= level
    case '<':
      return has < level
    case '=':
      return has === level
    case '!=':
      return has !== level
  }
}

export function meets(expression: Expression, skills: Skills): boolean {
  switch (expression.kind) {
    case 'skill':
      return compares(expression, skills)
    case 'not':
      return !meets(expression.of, skills)
    case 'and':
      return expression.of.every(part => meets(part, skills))
    case 'or':
      return expression.of.some(part => meets(part, skills))
  }
}

/** The terms that stand in the way, in the order of the expression; empty if it is met. */
export function unmet(expression: Expression, skills: Skills): readonly Unmet[] {
  return against(expression, skills, true)
}

/** What keeps the expression from being as `wanted`. */
function against(expression: Expression, skills: Skills, wanted: boolean): readonly Unmet[] {
  if (meets(expression, skills) === wanted) return []
  switch (expression.kind) {
    case 'skill': {
      const needs = wanted ? needsOf(expression) : forbidden(expression)
      return [{ skill: expression.skill, has: levelOf(skills, expression.skill), needs }]
    }
    case 'not':
      return against(expression.of, skills, !wanted)
    default:
      return expression.of.flatMap(part => against(part, skills, wanted))
  }
}

/** `billing: has 3, needs >= 5` */
export function unmetWords(terms: readonly Unmet[]): string {
  return terms.map(({ skill, has, needs }) => `${skill}: has ${has === 0 ? 'none' : has}, needs ${needs}`).join('; ')
}

function needsOf({ comparison, level }: SkillTerm): string {
  return comparison === '>' && level === 0 ? 'any' : `${comparison} ${level}`
}

function forbidden(term: SkillTerm): string {
  const needs = needsOf(term)
  return needs === 'any' ? 'none' : `not ${needs}`
}

/** The skills whose levels speak for an agent who meets an expression, each once, in order. */
export type WantedSkills = (skills: Skills) => readonly string[]

export const nothingWanted: WantedSkills = () => []

/**
 * All that an `and` asks for, of an `or` the branch that the agent meets best. What is forbidden, or asked for at most, is not
 * among them: a higher level is no better there.
 */
export function wantedSkills(expression: Expression): WantedSkills {
  if (hasChoice(expression)) return skills => spokenFor(expression, skills)
  // Without a choice they are the same for everybody.
  const all = spokenFor(expression, {})
  return () => all
}

/** 0 without any. */
export function meanLevel(skills: Skills, names: readonly string[]): number {
  if (names.length === 0) return 0
  return names.reduce((sum, skill) => sum + levelOf(skills, skill), 0) / names.length
}

function hasChoice(expression: Expression): boolean {
  return expression.kind === 'or' || (expression.kind === 'and' && expression.of.some(hasChoice))
}

function spokenFor(expression: Expression, skills: Skills): readonly string[] {
  switch (expression.kind) {
    case 'skill':
      return rising.has(expression.comparison) ? [expression.skill] : []
    case 'not':
      return []
    case 'and':
      return [...new Set(expression.of.flatMap(part => spokenFor(part, skills)))]
    case 'or': {
      let best: readonly string[] = []
      for (const part of expression.of) {
        if (!meets(part, skills)) continue
        const names = spokenFor(part, skills)
        if (meanLevel(skills, names) > meanLevel(skills, best)) best = names
      }
      return best
    }
  }
}

/** Skills of which one at least is with everybody who meets the expression; null: with some there is none. */
export function accessSkills(expression: Expression): readonly string[] | null {
  switch (expression.kind) {
    case 'skill':
      return compares(expression, {}) ? null : [expression.skill]
    case 'not':
      return null
    case 'or': {
      const parts = expression.of.map(accessSkills)
      return parts.includes(null) ? null : [...new Set(parts.flatMap(skills => skills ?? []))]
    }
    case 'and':
      return expression.of
        .map(accessSkills)
        .reduce((least, skills) =>
          skills === null || (least !== null && least.length <= skills.length) ? least : skills,
        )
  }
}

/** The expression without its terms on some skills; null when nothing is left of it, so that everybody meets it. */
export function without(expression: Expression, skills: ReadonlySet<string>): Expression | null {
  switch (expression.kind) {
    case 'skill':
      return skills.has(expression.skill) ? null : expression
    case 'not': {
      const of = without(expression.of, skills)
      return of === null ? null : { kind: 'not', of }
    }
    default: {
      const parts = expression.of.map(part => without(part, skills)).filter(part => part !== null)
      return join(expression.kind, parts)
    }
  }
}

/** Joins what is there; null for nothing. */
export function join(kind: 'and' | 'or', parts: readonly Expression[]): Expression | null {
  const [first, ...others] = parts
  if (first === undefined) return null
  return others.length === 0 ? first : { kind, of: parts }
}

/** The one way to write it: equal texts, equal meaning. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case 'skill': {
      const { skill, comparison, level } = expression
      return comparison === '>' && level === 0 ? skill : `${skill} ${comparison} ${level}`
    }
    case 'not':
      return `not ${inner(expression.of)}`
    default:
      return expression.of.map(inner).join(` ${expression.kind} `)
  }
}

function inner(expression: Expression): string {
  const text = expressionText(expression)
  return expression.kind === 'skill' || expression.kind === 'not' ? text : `(${text})`
}
