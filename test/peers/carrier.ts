/** Kamailio as a carrier where we have an account, and the lines by which it and we reach each other. */
import type { CenterInput } from '../../engine/index.ts'
import { type EngineUnderTest, startEngine } from './engine.ts'
import { type Kamailio, type KamailioOptions, kamailioPath, kamailioTlsPath, startKamailio } from './kamailio.ts'
import { hosts } from './loopback.ts'
import { tlsIdentity } from './tls-identity.ts'

export type TrunkInput = NonNullable<CenterInput['trunks']>[number]

export interface CarrierLine {
  /** What it is, in a title. */
  readonly name: string
  /** What the carrier needs, and where it is: null on a machine without. */
  readonly program: string
  readonly path: string | null
  /** How the carrier listens. */
  readonly listen: Pick<KamailioOptions, 'tcp' | 'tls'>
  trunk(carrier: Kamailio): TrunkInput
  /** Starts our end of it. */
  start(center: CenterInput): Promise<EngineUnderTest>
}

/** What the carrier has given us. */
const account = {
  id: 'carrier',
  addresses: [hosts.proxy],
  username: 'center',
  password: 'secret',
  realm: 'carrier.test',
} as const

export const overUdp: CarrierLine = {
  name: 'UDP',
  program: 'Kamailio',
  path: kamailioPath,
  listen: {},
  trunk: ({ address }) => ({ ...account, host: address }),
  start: center => startEngine(center),
}

export const overOurTcp: CarrierLine = {
  name: 'our connection by TCP, as we do not listen by it',
  program: 'Kamailio',
  path: kamailioPath,
  listen: { tcp: true },
  trunk: ({ address }) => ({ ...account, host: address, transport: 'tcp' }),
  start: center => startEngine(center, null, undefined, { deafBy: 'tcp' }),
}

/** Both sides show certificates, and neither takes the other without. */
export const overTls: CarrierLine = {
  name: 'TLS, by connections of either side',
  program: 'Kamailio with TLS',
  path: kamailioTlsPath,
  listen: { tls: tlsIdentity(hosts.proxy) },
  trunk: ({ host, port }) => ({ ...account, host: `${host}:${port + 1}`, transport: 'tls' }),
  start: center => startEngine(center, tlsIdentity(hosts.engine)),
}

export const overOurTls: CarrierLine = {
  ...overTls,
  name: 'our connection by TLS, as we do not listen by it',
  start: center => startEngine(center, tlsIdentity(hosts.engine), undefined, { deafBy: 'tls' }),
}

/** The carrier as a registrar: it calls who has registered, and nobody calls out by it. `values`: more of its configuration. */
export function startRegistrar(
  { listen }: CarrierLine,
  values: Readonly<Record<string, string>> = {},
): Promise<Kamailio> {
  return startKamailio({
    config: 'carrier',
    host: hosts.proxy,
    values: { customer: '0.0.0.0', gateway: 'x', ...values },
    ...listen,
  })
}

/** The carrier as our outbound proxy: what we call by it goes to the gateway behind. `values`: more of its configuration. */
export function startOutboundProxy(
  { listen }: CarrierLine,
  gateway: { readonly host: string; readonly port: number },
  values: Readonly<Record<string, string>> = {},
): Promise<Kamailio> {
  return startKamailio({
    config: 'carrier',
    host: hosts.proxy,
    values: { customer: hosts.engine, gateway: `${gateway.host}:${gateway.port}`, ...values },
    ...listen,
  })
}
