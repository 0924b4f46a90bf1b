/** How a place in a queue, and what is left to wait, are said with recorded prompts. Pure; names without their language. */
import type { PromptLanguage } from '../config-intake.ts'

const greatestSpoken = 999
const mostMinutes = 60

/** The number as prompts, in the order in which the language says it. From 1 to 999. */
const numberIn: Readonly<Record<PromptLanguage, (value: number) => readonly string[]>> = {
  en: value => [...(value >= 100 ? [`number-${Math.floor(value / 100)}`, 'hundred'] : []), ...tensFirst(value % 100)],
  // One hundred is "hundert"; the ones come before the tens: "drei-und-zwanzig".
  de: value => [
    ...(value >= 200 ? [`number-${Math.floor(value / 100)}`] : []),
    ...(value >= 100 ? ['hundred'] : []),
    ...onesFirst(value % 100),
  ],
}

/** A place (1 is first). One that is no positive integer, or too far back for a number to comfort anyone, is not said. */
export function positionPrompts(position: number, language: PromptLanguage): readonly string[] {
  if (!Number.isInteger(position) || position < 1 || position > greatestSpoken) return []
  if (position === 1) return ['you-are-next-in-line']
  return ['you-are-number', ...numberIn[language](position), 'in-line']
}

/** An estimated wait in whole minutes, rounded up; 0 and less is under a minute. */
export function waitPrompts(minutes: number, language: PromptLanguage): readonly string[] {
  if (minutes <= 0) return ['wait-is-under-a-minute']
  if (minutes > mostMinutes) return ['wait-is-over-an-hour']
  if (minutes === 1) return ['wait-is-about', 'one-minute']
  return ['wait-is-about', ...numberIn[language](minutes), 'minutes']
}

function tensFirst(value: number): readonly string[] {
  if (value === 0) return []
  if (value <= 20 || value % 10 === 0) return [`number-${value}`]
  return [`number-${value - (value % 10)}`, `number-${value % 10}`]
}

function onesFirst(value: number): readonly string[] {
  if (value === 0) return []
  if (value <= 20 || value % 10 === 0) return [`number-${value}`]
  return [`number-${value % 10}-and`, `number-${value - (value % 10)}`]
}

/** Every prompt that a language needs for announcements. */
export function announcementNames(language: PromptLanguage): readonly string[] {
  const names = new Set(['thank-you-for-waiting', ...waitPrompts(0, language), ...waitPrompts(61, language)])
  for (let value = 1; value <= greatestSpoken; value += 1) {
    for (const name of positionPrompts(value, language)) names.add(name)
    if (value <= mostMinutes) for (const name of waitPrompts(value, language)) names.add(name)
  }
  return [...names]
}
