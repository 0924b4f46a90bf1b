/** A center in which every call goes into a mailbox, without a word. */
import type { CenterInput } from '../../engine/index.ts'
import { hosts } from '../peers/loopback.ts'

export const mailboxCenter: CenterInput = {
  mailboxes: [{ id: 'support', greeting: [], beep: false, silenceMs: 0 }],
  flows: [{ id: 'main', steps: [{ voicemail: 'support' }] }],
  numbers: [{ match: 'support', flow: 'main' }],
  trunks: [{ id: 'carrier', addresses: [hosts.caller] }],
}
