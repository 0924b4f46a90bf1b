/** Doing something on the server: busy while it runs, and a word when it went wrong. */
import { notifications } from '@mantine/notifications'
import { useState } from 'react'
import { messageOf } from '../api/http.ts'

export interface Action {
  readonly isBusy: boolean
  /** @returns whether it worked; a refusal has been shown to the reader by then. */
  run(work: () => Promise<unknown>, done?: string): Promise<boolean>
}

export function useAction(): Action {
  const [isBusy, setBusy] = useState(false)
  return {
    isBusy,
    async run(work, done) {
      setBusy(true)
      try {
        await work()
        if (done !== undefined) notifications.show({ message: done })
        return true
      } catch (error) {
        notifications.show({ title: 'That didn’t work', message: messageOf(error), autoClose: 8_000 })
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
