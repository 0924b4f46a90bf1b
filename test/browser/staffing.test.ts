/** The staffing page in Chromium: a load is given, and formulas and the simulation are seen side by side. */
import { beforeAll, describe, expect, it } from 'vitest'
import { scratchFolder, titled } from '../peers/program.ts'
import { adminPassword, requireBuild, startServer } from '../process/server-process.ts'
import { chromiumPath, enter, fits, openReader, probe, shows, startBrowser } from './browser.ts'

beforeAll(requireBuild)

const titles = ['Service level', 'Average speed of answer', 'Abandonment', 'Occupancy']
const simulationMs = 120_000

describe.skipIf(chromiumPath === null)(titled('staffing', 'Chromium', chromiumPath), () => {
  it('shows Erlang C, Erlang A and the simulation of a load in four charts and a table, on a desk and on a phone', async () => {
    const server = await startServer({ folder: scratchFolder() })
    const { page, complaints } = await openReader(await startBrowser(), server.url)
    await enter(page, 'admin', adminPassword)
    await page.getByRole('link', { name: 'Staffing' }).click()

    // What can't be calculated is said at its field.
    await page.getByLabel('Handling time').fill('0')
    await shows(page.locator('.staffing-form')).toContain('From 1 to 14400')
    expect(await page.getByRole('button', { name: 'Calculate' }).isDisabled()).toBe(true)
    await page.getByLabel('Handling time').fill('180')
    await page.getByRole('button', { name: 'Calculate' }).click()

    const facts = page.locator('.staffing-facts')
    await shows(facts).toMatch(
      /Offered work\s+10\.0 erlangs[\s\S]*Erlang C asks for\s+14 agents[\s\S]*Erlang A asks for\s+\d+ agents/,
    )
    await page.getByText(/calls simulated with this engine/).waitFor({ timeout: simulationMs })
    const charts = page.locator('.staffing-chart')
    await expect.poll(() => charts.locator('figcaption').allInnerTexts()).toEqual(titles)
    for (const title of titles) {
      const chart = charts.filter({ hasText: title })
      await shows(chart).toMatch(/Erlang C\s+Erlang A\s+Simulation/)
      const curves = chart.locator('path.recharts-line-curve')
      await expect.poll(() => curves.count(), { message: title }).toBe(3)
      for (const path of await curves.all()) expect(await path.getAttribute('d'), title).toMatch(/^M[\d.]+,[\d.]+L/)
    }
    // None of the four stands alone.
    const places = await Promise.all((await charts.all()).map(chart => chart.boundingBox()))
    expect(new Set(places.map(place => place?.y)).size).toBe(2)
    // The same in words, and the two that count who gives up agree within some points.
    const shareOf = async (way: string) => {
      const agents = page.locator('td[data-label="Agents"]').filter({ hasText: /^14$/ })
      const row = page.getByRole('row').filter({ has: agents }).filter({ hasText: way })
      return Number.parseFloat((await row.locator('td[data-label="Service level"]').innerText()).trim())
    }
    expect(Math.abs((await shareOf('Erlang A')) - (await shareOf('Simulation')))).toBeLessThan(5)

    await fits(page, 'staffing', 'calls simulated', 1440)
    expect(complaints()).toEqual([probe])
  })
})
