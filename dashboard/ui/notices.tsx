/** The designed states of a page that has nothing to show: empty, loading, failed. */
import { Button, Skeleton } from '@mantine/core'
import type { ReactNode } from 'react'
import { Icon, type IconName } from './icons.tsx'

interface NoticeProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ReactNode
}

export function Notice({ icon, title, children }: NoticeProps) {
  return (
    <div className="notice">
      <Icon name={icon} size={32} />
      <strong>{title}</strong>
      {children}
    </div>
  )
}

/** @param retry absent when trying again would not help */
export function Failure({ title, message, retry }: { title: string; message: string; retry?: () => void }) {
  return (
    <div role="alert">
      <Notice icon="warning" title={title}>
        <p>{message}</p>
        {retry !== undefined && (
          <Button variant="default" size="sm" onClick={retry} mt={8}>
            Try again
          </Button>
        )}
      </Notice>
    </div>
  )
}

const skeletonKeys = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

export function Loading({ rows = 4, height = 56 }: { readonly rows?: number; readonly height?: number }) {
  return (
    <div className="skeletons" role="status" aria-label="Loading">
      {skeletonKeys.slice(0, rows).map(key => (
        <Skeleton key={key} height={height} radius="md" />
      ))}
    </div>
  )
}
