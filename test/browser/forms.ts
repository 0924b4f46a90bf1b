/** The administration's forms, as somebody fills them in: a setting is named as the definition names it, `weekly[0].from`. */
import type { Locator, Page } from 'playwright-core'
import type { CenterInput } from '../../engine/index.ts'
import { createRest, type Rest, signIn } from '../../server/client/index.ts'
import { scratchFolder } from '../peers/program.ts'
import { adminPassword, startServer } from '../process/server-process.ts'
import { enter, openReader, shows, startBrowser } from './browser.ts'

export interface Administrator {
  readonly page: Page
  readonly url: string
  /** Where SIP listens. */
  readonly address: string
  readonly rest: Rest
  readonly token: string
  complaints(): readonly string[]
}

/** Somebody at the first page of the administration of a new server. */
export async function administrator(center: CenterInput): Promise<Administrator> {
  const { url, address } = await startServer({ folder: scratchFolder(), center })
  const { token } = await signIn(url, { username: 'admin', password: adminPassword })
  const { page, complaints } = await openReader(await startBrowser(), url)
  await enter(page, 'admin', adminPassword)
  await page.getByRole('link', { name: 'Admin' }).click()
  await tile(page, 'Queues').waitFor()
  return { page, complaints, url, address, token, rest: createRest({ url, token }) }
}

export const state = (page: Page): Locator => page.locator('.form-state')
export const apply = (page: Page) => page.getByRole('button', { name: 'Apply', exact: true }).click()

/** From the first page of the administration. */
export const tile = (page: Page, title: string) =>
  page
    .getByRole('region', { name: 'Lists' })
    .getByRole('link')
    .filter({ has: page.getByText(title, { exact: true }) })

const goTo = (page: Page, part: string) =>
  page.getByRole('navigation', { name: 'Administration' }).getByRole('link', { name: part }).click()

/** Opens an entry by way of the navigation and its list. */
export async function open(page: Page, part: string, entry: string): Promise<void> {
  await goTo(page, part)
  await page.getByRole('row').getByRole('link', { name: entry, exact: true }).click()
  await page.getByRole('heading', { level: 1, name: entry }).waitFor()
}

/** Begins a new entry by way of the navigation and its list. */
export async function begin(page: Page, part: string): Promise<void> {
  await goTo(page, part)
  await page.getByRole('button', { name: /^New / }).click()
  await page.getByRole('heading', { level: 1, name: /^New / }).waitFor()
}

/** Applies, and waits until it is in force. */
export async function applied(page: Page): Promise<void> {
  await apply(page)
  await shows(state(page)).toBe('As it is in force')
}

/** Applies what is refused. @returns where it is */
export async function refused(page: Page): Promise<readonly string[]> {
  const reply = page.waitForResponse(response => response.status() === 422)
  await apply(page)
  const { problems } = (await (await reply).json()) as { problems: readonly { path: string }[] }
  await shows(page.getByRole('alert').filter({ hasText: 'Nothing was applied' })).toContain(
    `${problems.length} things have to be mended first`,
  )
  return problems.map(({ path }) => path)
}

/** The field of a setting, or the part that holds more of them. */
export const at = (page: Page, path: string): Locator => page.locator(`[data-path="${path}"]`)

/** What stands at a field: its label, what it is for, and what is wrong with it. */
export const wordsAt = (page: Page, path: string) =>
  shows(
    page
      .locator('.mantine-InputWrapper-root, fieldset')
      .filter({ has: at(page, path) })
      .last(),
  )

export const fill = (page: Page, path: string, text: string) => at(page, path).fill(text)
export const select = (page: Page, path: string, value: string) => at(page, path).selectOption(value)
export const toggle = (page: Page, path: string) => at(page, path).press(' ')

/** Chooses entries that are referred to, by what they are called. */
export async function pick(page: Page, path: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) {
    await at(page, path).click()
    await page.getByRole('option', { name, exact: true }).click()
    // One of which several can be chosen stays open.
    await at(page, path).press('Escape')
  }
}

/** Opens parts. */
export async function unfold(page: Page, ...paths: readonly string[]): Promise<void> {
  for (const path of paths) await page.locator(`details[data-path="${path}"] > summary`).click()
}

/** Adds one to a list; a name, where they have names. */
export async function add(page: Page, path: string, name?: string): Promise<void> {
  const tools = page.locator(`fieldset[data-path="${path}"] > .toolbar`)
  if (name !== undefined) await tools.getByRole('textbox').fill(name)
  await tools.getByRole('button', { name: /^Add/ }).click()
}
