/** The sign-in page: user name, password, and errors that say what to do. */
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { ApiError, messageOf } from '../api/http.ts'
import { useNowMs } from '../time/clock.ts'
import { formatDuration } from '../time/format.ts'
import { Brand, Icon } from '../ui/icons.tsx'
import { signIn } from './session.ts'
import './sign-in.css'

interface Refusal {
  readonly message: string
  /** Until when the server takes no further attempt. */
  readonly blockedUntilMs: number | null
}

const defaultPauseSec = 60

export function SignIn({ notice }: { readonly notice: string | null }) {
  const [username, setUsername] = useState('')
  const [password, setPassword] = useState('')
  const [isBusy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const nowMs = useNowMs()
  const passwordField = useRef<HTMLInputElement>(null)
  const blockedMs = Math.max(0, (refusal?.blockedUntilMs ?? 0) - nowMs)

  useEffect(() => {
    document.title = 'Sign in · Strowger'
  }, [])

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (isBusy || blockedMs > 0) return
    setBusy(true)
    try {
      await signIn(username.trim(), password)
    } catch (error) {
      setBusy(false)
      setPassword('')
      setRefusal(refusalOf(error, nowMs))
      passwordField.current?.focus()
    }
  }

  return (
    <main className="sign-in">
      <form className="card sign-in-card" onSubmit={submit} aria-labelledby="sign-in-title">
        <div className="sign-in-head">
          <Brand size={40} />
          <div>
            <h1 id="sign-in-title">Strowger</h1>
            <p className="muted">Contact center</p>
          </div>
        </div>
        {notice !== null && refusal === null && (
          <p className="sign-in-message" role="status">
            <Icon name="clock" /> {notice}
          </p>
        )}
        {refusal !== null && (
          <p className="sign-in-message level-bad" role="alert">
            <Icon name="warning" />
            <span>
              {refusal.message}
              {blockedMs > 0 && (
                <>
                  {' '}
                  Try again in <span className="num">{formatDuration(blockedMs)}</span>.
                </>
              )}
            </span>
          </p>
        )}
        <TextInput
          label="User name"
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          autoFocus
          required
          withAsterisk={false}
          size="md"
          value={username}
          onChange={event => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          ref={passwordField}
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          size="md"
          value={password}
          onChange={event => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" size="md" fullWidth loading={isBusy} disabled={blockedMs > 0}>
          Sign in
        </Button>
      </form>
    </main>
  )
}

function refusalOf(error: unknown, nowMs: number): Refusal {
  if (!(error instanceof ApiError)) return { message: messageOf(error), blockedUntilMs: null }
  if (error.status === 429) {
    const pauseMs = (error.retryAfterSec ?? defaultPauseSec) * 1000
    return { message: 'Too many attempts.', blockedUntilMs: nowMs + pauseMs }
  }
  if (error.status === 401) {
    return { message: 'User name or password is wrong.', blockedUntilMs: null }
  }
  return { message: error.message, blockedUntilMs: null }
}
