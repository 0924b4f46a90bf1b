/** What the rooms above use of the SIP stack. */
export type { DialogState } from './dialog/dialog.ts'
export { bodyText, createRequest, type SipRequest, type SipResponse, setBody } from './message/message.ts'
export { formatNameAddress, type NameAddress, parseNameAddress } from './message/name-address.ts'
export { quote } from './message/params.ts'
export {
  bracketed,
  decodeUser,
  effectivePort,
  encodeUser,
  formatUri,
  hostPort,
  parseUri,
  type SipUri,
} from './message/uri.ts'
export type { Flow } from './transport/flow.ts'
export { type ListenAddress, parseListenAddress } from './transport/listen-address.ts'
export { type DigestOptions, DigestVerifier, digestSecret } from './user-agent/digest.ts'
export { InviteClient, type InviteClientHandlers } from './user-agent/invite-client.ts'
export type { DialogEnd, InviteDialog, InviteDialogHandlers, OfferExchange } from './user-agent/invite-dialog.ts'
export { InviteServer } from './user-agent/invite-server.ts'
export { type Binding, minExpires, Registrar } from './user-agent/registrar.ts'
export { type IncomingRequest, isNumericHost, UserAgent } from './user-agent/user-agent.ts'
