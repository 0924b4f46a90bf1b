/** Administration: opening hours, trunks, the center's definition and the API keys. */
import { ApiKeys } from './api-keys.tsx'
import { CenterEditor } from './center-editor.tsx'
import { OpeningHours } from './opening-hours.tsx'
import { Trunks } from './trunks.tsx'
import './admin.css'

export function AdminPage() {
  return (
    <>
      <div className="page-head">
        <h1>Administration</h1>
      </div>
      <OpeningHours />
      <Trunks />
      <CenterEditor />
      <ApiKeys />
    </>
  )
}
