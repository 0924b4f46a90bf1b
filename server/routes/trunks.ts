/** Trunks, read only: they are defined with the center. */
import { Page } from '../api/common.ts'
import { TrunkReply } from '../api/trunks.ts'
import type { App, AppContext } from '../context.ts'
import { trunkReply } from '../views.ts'
import { documented } from './documented.ts'

export function trunkRoutes(app: App, { engine }: AppContext): void {
  app.get(
    '/trunks',
    { config: { permission: 'trunks.read' }, schema: documented('trunks', 'All trunks', Page(TrunkReply)) },
    async () => ({ items: engine.trunks.list().map(trunkReply), next: null }),
  )
}
