/** Says that the page isn't live, since when, and when the next attempt is due. */
import { Button } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useReader } from '../context.ts'
import type { ConnectionState } from '../live/store.ts'
import { useNowMs } from '../time/clock.ts'
import { Icon } from '../ui/icons.tsx'

export function ConnectionBanner({ connection }: { readonly connection: ConnectionState }) {
  const { connection: live } = useReader()
  if (connection.phase === 'refused') {
    return (
      <div className="banner" role="alert">
        <Icon name="warning" />
        <span>
          <strong>The live view was refused.</strong> {connection.message}
        </span>
        <Button size="compact-sm" variant="default" onClick={() => live?.reload()}>
          Ask again
        </Button>
      </div>
    )
  }
  return connection.phase === 'lost' ? <LostBanner connection={connection} /> : null
}

/** A blink of a reconnect is not worth a banner that moves the page. */
const graceMs = 700

function LostBanner({ connection }: { readonly connection: Extract<ConnectionState, { phase: 'lost' }> }) {
  const { connection: live, format } = useReader()
  const [isVisible, setVisible] = useState(false)
  useNowMs()
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), graceMs)
    return () => clearTimeout(timer)
  }, [])
  if (!isVisible) return null
  const { retryAtMs, lastSeenMs } = connection
  const inSec = retryAtMs === null ? 0 : Math.max(0, Math.ceil((retryAtMs - Date.now()) / 1000))
  return (
    <div className="banner" role="status">
      <Icon name="unplugged" />
      <span className="num">
        <strong>Not live.</strong> {inSec === 0 ? 'Connecting again…' : `Live again in ${inSec} s`}
        {lastSeenMs !== null && `, last seen ${format.time(lastSeenMs)}`}
      </span>
      <Button size="compact-sm" variant="default" onClick={() => live?.retryNow()} disabled={retryAtMs === null}>
        Try now
      </Button>
    </div>
  )
}
