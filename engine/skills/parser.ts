/**
 * From `billing >= 5 and (lang.en or lang.de >= 3) and not trainee` to an expression. `not` binds tighter than `and`,
 * `and` tighter than `or`. Recursive descent over a bounded text with a bounded depth; no regular expression backtracks.
 */
import { type Comparison, type Expression, join } from './expression.ts'

export const maxLength = 500
export const maxDepth = 16
export const maxTerms = 50

/** Where a text stops being an expression. */
export class ExpressionError extends Error {
  /** Of the offending character, from 1. */
  readonly position: number

  constructor(message: string, position: number) {
    super(`${message} at position ${position}`)
    this.name = 'ExpressionError'
    this.position = position
  }
}

interface Token {
  readonly kind: 'name' | 'level' | 'comparison' | 'open' | 'close' | 'and' | 'or' | 'not' | 'end'
  readonly text: string
  readonly position: number
}

const comparisons: Readonly<Record<string, Comparison>> = {
  '>=': '>=',
  '>': '>',
  '<=': '<=',
  '<': '<',
  '=': '=',
  '==': '=',
  '!=': '!=',
}

/** @throws ExpressionError */
export function parseExpression(text: string): Expression {
  if (text.length > maxLength) throw new ExpressionError(`more than ${maxLength} characters`, maxLength + 1)
  return new Parser(tokens(text)).parse()
}

function tokens(text: string): readonly Token[] {
  const found: Token[] = []
  let at = 0
  const run = (belongs: (code: string) => boolean): string => {
    const start = at
    while (at < text.length && belongs(text.charAt(at))) at += 1
    return text.slice(start, at)
  }
  while (at < text.length) {
    const position = at + 1
    const first = text.charAt(at)
    if (' \t\r\n'.includes(first)) {
      at += 1
    } else if (first === '(' || first === ')') {
      at += 1
      found.push({ kind: first === '(' ? 'open' : 'close', text: first, position })
    } else if (isLetter(first)) {
      const word = run(isNamePart)
      const lower = word.toLowerCase()
      const kind = lower === 'and' || lower === 'or' || lower === 'not' ? lower : 'name'
      found.push({ kind, text: word, position })
    } else if (isDigit(first)) {
      found.push({ kind: 'level', text: run(isDigit), position })
    } else if ('<>=!'.includes(first)) {
      found.push({ kind: 'comparison', text: run(code => '<>=!'.includes(code)), position })
    } else {
      throw new ExpressionError(`unexpected ${JSON.stringify(first)}`, position)
    }
  }
  found.push({ kind: 'end', text: '', position: text.length + 1 })
  return found
}

function isDigit(text: string): boolean {
  return text >= '0' && text <= '9'
}

function isLetter(text: string): boolean {
  return (text >= 'a' && text <= 'z') || (text >= 'A' && text <= 'Z')
}

function isNamePart(text: string): boolean {
  return isLetter(text) || isDigit(text) || text === '.' || text === '_' || text === '-'
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0
  #terms = 0

  constructor(found: readonly Token[]) {
    this.#tokens = found
  }

  parse(): Expression {
    const expression = this.#either()
    this.#expect('end', '"and", "or" or the end')
    return expression
  }

  get #token(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '', position: 1 }
  }

  #take(): Token {
    const token = this.#token
    this.#at += 1
    return token
  }

  #expect(kind: Token['kind'], what: string): Token {
    if (this.#token.kind !== kind) throw this.#unexpected(what)
    return this.#take()
  }

  #unexpected(what: string): ExpressionError {
    const { kind, text, position } = this.#token
    return new ExpressionError(`expected ${what}, found ${kind === 'end' ? 'the end' : JSON.stringify(text)}`, position)
  }

  #either(): Expression {
    return this.#list('or', () => this.#list('and', () => this.#not()))
  }

  #list(kind: 'and' | 'or', part: () => Expression): Expression {
    const first = part()
    const parts = [first]
    while (this.#token.kind === kind) {
      this.#take()
      parts.push(part())
    }
    return join(kind, parts) ?? first
  }

  #not(): Expression {
    if (this.#token.kind !== 'not') return this.#primary()
    this.#enter()
    this.#take()
    const of = this.#not()
    this.#depth -= 1
    return { kind: 'not', of }
  }

  #primary(): Expression {
    if (this.#token.kind !== 'open') return this.#term()
    this.#enter()
    this.#take()
    const inside = this.#either()
    this.#expect('close', '")"')
    this.#depth -= 1
    return inside
  }

  #enter(): void {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new ExpressionError(`nested more than ${maxDepth} deep`, this.#token.position)
  }

  #term(): Expression {
    const name = this.#expect('name', 'a skill, "not" or "("')
    this.#terms += 1
    if (this.#terms > maxTerms) throw new ExpressionError(`more than ${maxTerms} skills`, name.position)
    if (this.#token.kind !== 'comparison') return { kind: 'skill', skill: name.text, comparison: '>', level: 0 }
    const comparison = comparisons[this.#token.text]
    if (comparison === undefined) throw this.#unexpected('one of >=, >, <=, <, =, !=')
    this.#take()
    const level = this.#expect('level', 'a level from 0 to 10')
    const value = Number(level.text)
    if (value > 10) throw new ExpressionError(`expected a level from 0 to 10, found ${level.text}`, level.position)
    return { kind: 'skill', skill: name.text, comparison, level: value }
  }
}
