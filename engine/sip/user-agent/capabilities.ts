/** What this user agent can: the methods that it takes and the extensions that it knows. */

export const allowedMethods = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'REGISTER',
  'INFO',
  'PRACK',
  'UPDATE',
  'REFER',
] as const

/** Option tags that we understand in Require. */
export const supportedOptions = ['100rel', 'timer', 'norefersub', 'replaces'] as const
