/** Silent media whose sessions a test sees as they are opened, and may give other hands to. */
import type { Clock } from '../../ports/clock.ts'
import type { MediaPort, MediaSession } from '../../ports/media.ts'
import { createSilentMedia } from '../../simulation/silent-media.ts'

type Watch = (session: MediaSession) => Partial<MediaSession>

/** For `media` of a world. @param watch what a session does in place of what it is, told of each one as it is opened */
export function watchedMedia(watch: Watch): (options: { readonly clock: Clock }) => MediaPort {
  return ({ clock }) => {
    const silent = createSilentMedia({ clock })
    return {
      ...silent,
      get openSessions() {
        return silent.openSessions
      },
      async open(options) {
        const session = await silent.open(options)
        return { ...session, ...watch(session) }
      },
    }
  }
}

/** As {@link watchedMedia}. @param places gets where our audio goes, as `host:port`, in the order of what was said of that */
export function mediaWithPlaces(places: string[]): (options: { readonly clock: Clock }) => MediaPort {
  return watchedMedia(session => ({
    update(stream) {
      places.push(`${stream.remote?.host}:${stream.remote?.port}`)
      session.update(stream)
    },
  }))
}
