/** Trunks: where calls leave, and whether the carrier knows us. */
import type { TrunkReply } from '../../server/api/trunks.ts'
import { messageOf } from '../api/http.ts'
import { trunks as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { serverNowMs } from '../time/clock.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { registrationWords } from '../words.ts'

export function Trunks() {
  const trunks = useResource(() => resource.list(), 'trunks')
  if (trunks.value !== null && trunks.value.items.length === 0) return null
  return (
    <section className="section" aria-labelledby="trunks">
      <div className="section-head">
        <h2 id="trunks">Registrations</h2>
      </div>
      <div className="card table-card">
        {trunks.value !== null ? (
          <TrunkTable trunks={trunks.value.items} />
        ) : trunks.error === null ? (
          <Loading rows={1} height={44} />
        ) : (
          <Failure title="The trunks can’t be read" message={messageOf(trunks.error)} retry={trunks.reload} />
        )}
      </div>
    </section>
  )
}

function TrunkTable({ trunks }: { readonly trunks: readonly TrunkReply[] }) {
  const { format } = useReader()
  return (
    <table className="data">
      <thead>
        <tr>
          <th>Trunk</th>
          <th>Calls out go to</th>
          <th>Registration</th>
          <th>Since</th>
        </tr>
      </thead>
      <tbody>
        {trunks.map(({ id, host, transport, registration }) => (
          <tr key={id}>
            <td className="main">{id}</td>
            <td data-label="Calls out go to">
              {host === null ? <span className="muted">nowhere: it only brings calls</span> : `${host}, ${transport}`}
            </td>
            <td data-label="Registration">
              {registration === null ? (
                <span className="muted">none</span>
              ) : (
                <span className="with-icon">
                  <Icon name={registration.registered ? 'checkCircle' : 'warning'} size={16} />
                  {registrationWords(registration)}
                </span>
              )}
            </td>
            <td data-label="Since" className="num">
              {registration === null ? '–' : format.dateTime(registration.since, serverNowMs())}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
