/** Programs that look for SIP servers to break into, and say so. */

/** How their User-Agent begins, in lower case. */
const names = [
  'friendly-scanner',
  'friendly-request',
  'sipvicious',
  'sundayddr',
  'sip-scan',
  'sipscan',
  'smap',
  'sipcli',
  'siparmyknife',
  'iwar',
  'vaxsipuseragent',
  'vaxipuseragent',
  'pplsip',
  'sipsscuser',
  'gulp',
  'sipptk',
  'nm@p',
] as const

export function isScanner(userAgent: string | undefined): boolean {
  if (userAgent === undefined) return false
  const name = userAgent.trimStart().slice(0, 32).toLowerCase()
  return names.some(known => name.startsWith(known))
}
