/** Direct mode: the direction of somebody else's audio, the rest of whose description stays as it was written. */
import type { Direction } from './description.ts'

const directions = /^a=(sendrecv|sendonly|recvonly|inactive)[ \t]*(\r\n|\r|\n|$)/gm

/** The description with this direction in its live audio sections (RFC 8866 §6.7). */
export function withAudioDirection(sdp: string, direction: Direction): string {
  const [session = '', ...sections] = sdp.split(/^(?=m=)/m)
  const end = /\r\n|\r|\n/.exec(sdp)?.[0] ?? '\r\n'
  const changed = sections.map(section => {
    if (!/^m=audio[ \t]+0*[1-9]/.test(section)) return section
    const rest = section.replace(directions, '')
    return `${rest}${/[\r\n]$/.test(rest) ? '' : end}a=${direction}${end}`
  })
  return session + changed.join('')
}
