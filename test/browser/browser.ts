/** Chromium with nothing of its own: people who look at the dashboard, and everything that their consoles complain of. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { root } from '../house/source.ts'
import { findProgram } from '../peers/program.ts'

export const chromiumPath = findProgram('chromium')

const output = join(root, 'test/output')
const desktop = { width: 1280, height: 900 }
/** Long enough for a machine with something else to do. */
const patienceMs = 45_000

const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts a browser with a new, empty profile; it ends with the test. */
export async function startBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: chromiumPath ?? 'chromium', headless: true, args })
  onTestFinished(() => browser.close())
  return browser
}

export interface Reader {
  readonly page: Page
  /** Errors, warnings and exceptions of the page so far, each with where it comes from. */
  complaints(): readonly string[]
}

/** Somebody with cookies of their own who opens an address. */
export async function openReader(browser: Browser, url: string): Promise<Reader> {
  const context = await browser.newContext({ viewport: desktop, locale: 'en-GB', reducedMotion: 'reduce' })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', message => {
    if (message.type() === 'error' || message.type() === 'warning')
      complaints.push(`${message.text()} ${new URL(message.location().url || url).pathname}`)
  })
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  await page.goto(url)
  return { page, complaints: () => complaints }
}

/** Fills in the sign-in form and sends it. */
export async function enter(page: Page, username: string, password: string): Promise<void> {
  await page.getByLabel('User name').fill(username)
  await page.getByRole('textbox', { name: 'Password' }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** What Chromium itself says about an answer 401 to the sign-in resource: one for looking whether a cookie stands. */
export const probe = 'Failed to load resource: the server responded with a status of 401 (Unauthorized) /api/v1/session'

/** Keeps a picture for people to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(output, { recursive: true })
  await page.screenshot({ path: join(output, `${name}.png`), fullPage: true })
}

/** What is to be read there, before long. */
export const shows = (locator: Locator) => expect.poll(() => locator.innerText(), { timeout: patienceMs })

/** Looks at a page in four ways; `words` show that it is there. */
export async function fits(page: Page, name: string, words: string, wide = desktop.width): Promise<void> {
  const lightness: number[] = []
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [wide, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 844 })
      await shows(page.locator('body')).toContain(words)
      await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(colorScheme)
      const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
      expect(widest, `width of ${name} on ${width} px`).toBeLessThanOrEqual(width)
      lightness.push(await page.evaluate<number>(lightnessOfPaper))
      // Each size and each scheme once: pictures take most of the time.
      if ((colorScheme === 'dark') === (width === 390)) await picture(page, `${name}-${colorScheme}-${width}`)
    }
  const [light = 0, , dark = 255] = lightness
  expect(light - dark, `${name}: how much darker dark is`).toBeGreaterThan(100)
}

/** Looks at what somebody has open: on a desk in the light, on a phone in the dark, and then he goes on as before. */
export async function looks(page: Page, name: string): Promise<void> {
  for (const [colorScheme, width] of [['light', 1440] as const, ['dark', 390] as const]) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize({ width, height: 844 })
    await expect.poll(() => page.locator('html').getAttribute('data-mantine-color-scheme')).toBe(colorScheme)
    const widest = await page.evaluate<number>('document.documentElement.scrollWidth')
    expect(widest, `width of ${name} on ${width} px`).toBeLessThanOrEqual(width)
    await picture(page, `${name}-${colorScheme}-${width}`)
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(desktop)
}

/** 0 to 255. Runs in the page. */
const lightnessOfPaper =
  'Math.max(...getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number))'
