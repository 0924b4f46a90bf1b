/** The frame around every page: navigation, the state of the connection, who is signed in. */
import { ActionIcon, Menu, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { useReader } from '../context.ts'
import { useConnection, useJournalBehindSince, useLoaded } from '../live/store.ts'
import type { Page } from '../navigation.ts'
import type { PageLink } from '../pages.ts'
import { signOut } from '../session/session.ts'
import { Brand, Icon } from '../ui/icons.tsx'
import { Link } from '../ui/link.tsx'
import { capitalised } from '../words.ts'
import { ConnectionBanner } from './connection-banner.tsx'
import './shell.css'

interface ShellProps {
  readonly page: Page
  readonly links: readonly PageLink[]
  readonly children: ReactNode
}

export function Shell({ page, links, children }: ShellProps) {
  const connection = useConnection()
  const isLoaded = useLoaded()
  const current = page.name === 'call' ? 'calls' : page.name
  const title = links.find(link => link.name === current)?.title

  useEffect(() => {
    document.title = title === undefined ? 'Strowger' : `${title} · Strowger`
  }, [title])

  return (
    <>
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <header className="shell-head">
        <Link to="/" className="shell-brand" aria-label="Strowger: wallboard">
          <Brand />
          <span>Strowger</span>
        </Link>
        <nav className="shell-nav" aria-label="Pages">
          {links.map(link => (
            <Link key={link.name} to={link.path} aria-current={link.name === current ? 'page' : undefined}>
              <Icon name={link.icon} size={20} />
              {link.title}
            </Link>
          ))}
        </nav>
        <div className="shell-end">
          <LiveMark />
          <SchemeToggle />
          <ReaderMenu />
        </div>
      </header>
      {connection.phase !== 'live' && <ConnectionBanner connection={connection} />}
      <main id="content" className="page" tabIndex={-1}>
        <div className={isLoaded && connection.phase === 'lost' ? 'stale' : undefined}>{children}</div>
      </main>
    </>
  )
}

function LiveMark() {
  const { phase } = useConnection()
  const behindSince = useJournalBehindSince()
  const { format } = useReader()
  if (phase !== 'live') return null
  if (behindSince !== null) {
    return (
      <span
        className="with-icon level-warn"
        role="status"
        title={`The database is slow since ${format.time(behindSince)}`}
      >
        <Icon name="alert" size={16} />
        <span>Database slow</span>
      </span>
    )
  }
  return (
    <span className="with-icon muted live-mark">
      <span className="live-dot" />
      Live
    </span>
  )
}

function SchemeToggle() {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const computed = useComputedColorScheme('light')
  const names = { auto: 'follows the system', light: 'light', dark: 'dark' } as const
  const next = computed === 'dark' ? 'light' : 'dark'
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <ActionIcon variant="subtle" size="lg" aria-label={`Colours: ${names[colorScheme]}. Change`}>
          <Icon name={next === 'dark' ? 'sun' : 'moon'} size={20} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(['auto', 'light', 'dark'] as const).map(scheme => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            rightSection={scheme === colorScheme ? <Icon name="checkCircle" size={16} /> : null}
          >
            {capitalised(scheme === 'auto' ? 'as the system' : scheme)}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function ReaderMenu() {
  const { who } = useReader()
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton className="reader-button" aria-label={`Signed in as ${who.user}`}>
          <Icon name="person" size={20} />
          <span className="only-wide">{who.user}</span>
          <Icon name="down" size={16} />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {who.user} · {who.role}
        </Menu.Label>
        <Menu.Item leftSection={<Icon name="leave" size={16} />} onClick={() => void signOut()}>
          Sign out of the dashboard
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
