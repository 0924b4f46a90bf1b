/** Opening hours: open or closed now, why and until when, and saying otherwise. */
import { Button } from '@mantine/core'
import type { HoursOverride, HoursReply } from '../../server/api/hours.ts'
import { messageOf } from '../api/http.ts'
import { hours as resource } from '../api/resources.ts'
import { useReader } from '../context.ts'
import { serverNowMs } from '../time/clock.ts'
import { useAction } from '../ui/action.ts'
import { Icon } from '../ui/icons.tsx'
import { Failure, Loading } from '../ui/notices.tsx'
import { useResource } from '../ui/resource.ts'
import { hoursWords } from '../words.ts'
import { HoursDialog } from './hours-dialog.tsx'

export function OpeningHours() {
  const hours = useResource(() => resource.list(), 'hours')
  // Most centers are always open, and have nothing to show.
  if (hours.value !== null && hours.value.items.length === 0) return null
  return (
    <section className="section" aria-labelledby="opening-hours">
      <div className="section-head">
        <h2 id="opening-hours">Now</h2>
      </div>
      <div className="card table-card">
        {hours.value !== null ? (
          <HoursTable hours={hours.value.items} reload={hours.reload} />
        ) : hours.error === null ? (
          <Loading rows={1} height={44} />
        ) : (
          <Failure title="The opening hours can’t be read" message={messageOf(hours.error)} retry={hours.reload} />
        )}
      </div>
    </section>
  )
}

interface TableProps {
  readonly hours: readonly HoursReply[]
  readonly reload: () => void
}

function HoursTable({ hours, reload }: TableProps) {
  return (
    <table className="data">
      <thead>
        <tr>
          <th>Hours</th>
          <th>Now</th>
          <th>Until</th>
          <th>
            <span className="sw-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {hours.map(item => (
          <HoursRow key={item.id} item={item} reload={reload} />
        ))}
      </tbody>
    </table>
  )
}

function HoursRow({ item, reload }: { readonly item: HoursReply; readonly reload: () => void }) {
  const { format } = useReader()
  const { run, isBusy } = useAction()
  const say = async (wish: HoursOverride, done: string) => {
    const isSaid = await run(() => resource.override(item.id, wish), done)
    if (isSaid) reload()
    return isSaid
  }
  const other = item.open ? 'closed' : 'open'
  return (
    <tr>
      <td className="main">{item.id}</td>
      <td data-label="Now">
        <span className="with-icon">
          <Icon name={item.open ? 'checkCircle' : 'moon'} size={16} />
          {hoursWords(item)}
        </span>
      </td>
      <td data-label="Until" className="num">
        {item.nextChangeAt === null ? '–' : format.dateTime(item.nextChangeAt, serverNowMs())}
      </td>
      <td className="right">
        <div className="toolbar">
          {item.override !== null && (
            <Button
              variant="default"
              loading={isBusy}
              onClick={() => void say({ state: null, reason: '' }, `${item.id}: as planned again`)}
            >
              As planned
            </Button>
          )}
          <HoursDialog
            key={other}
            hoursId={item.id}
            state={other}
            isBusy={isBusy}
            onSay={wish => say(wish, `${item.id}: ${other} now`)}
          />
        </div>
      </td>
    </tr>
  )
}
