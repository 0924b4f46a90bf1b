/** What the rooms above use of the SIP stack. */

export { OverloadControl, type OverloadReason, type Shedding } from './defence/overload-control.ts'
export { isScanner } from './defence/scanners.ts'
export { SourceGuard, type Standing } from './defence/source-guard.ts'
export type { DialogState } from './dialog/dialog.ts'
export { type RedirectTarget, readRedirection } from './dialog/redirection.ts'
export { hasControls, type Replaces, readReplaces } from './dialog/replaces.ts'
export { sdpOf } from './dialog/session-body.ts'
export { type Target, targetKey } from './location/selection.ts'
export type { HeaderFields, Headers } from './message/headers.ts'
export { createRequest, type SipRequest, type SipResponse, setBody } from './message/message.ts'
export { formatNameAddress, type NameAddress, parseNameAddress } from './message/name-address.ts'
export { quote } from './message/params.ts'
export { SessionEnd } from './message/session-id.ts'
export {
  bracketed,
  decodeUser,
  effectivePort,
  encodeUser,
  formatUri,
  hostPort,
  isNumericHost,
  parseHostPort,
  parseUri,
  type SipUri,
  sameUri,
  userUri,
} from './message/uri.ts'
export type { Flow } from './transport/flow.ts'
export { type ListenAddress, parseListenAddress } from './transport/listen-address.ts'
export type { DialogStanding } from './user-agent/dialog-usage.ts'
export { type DigestOptions, DigestVerifier, digestSecret } from './user-agent/digest.ts'
export { type CredentialHeader, type DigestAccount, DigestClient } from './user-agent/digest-client.ts'
export { type Farewell, noFarewell } from './user-agent/farewell.ts'
export { InviteClient, type InviteClientHandlers, type InviteClientOptions } from './user-agent/invite-client.ts'
export type { DialogEnd, InviteDialog, InviteDialogHandlers, OfferExchange } from './user-agent/invite-dialog.ts'
export type { FormOffer } from './user-agent/invite-offers.ts'
export { refuseSession } from './user-agent/invite-refusals.ts'
export { type EarlyHandlers, InviteServer, type InviteServerHandlers } from './user-agent/invite-server.ts'
export type { ReferExchange } from './user-agent/peer-refers.ts'
export type { ReferProgress } from './user-agent/refer-progress.ts'
export { type Binding, minExpires, Registrar } from './user-agent/registrar.ts'
export type { DoorVerdict, RequestDoor } from './user-agent/request-door.ts'
export { type Route, RoutedInvite } from './user-agent/routed-invite.ts'
export { type IncomingRequest, UserAgent } from './user-agent/user-agent.ts'
export { flowFailed, type Way, waysToServers } from './user-agent/way.ts'
