/** Centers with a carrier: one that registers there to be called by it, and one that calls out by it. */
import type { CenterInput } from '../../engine/index.ts'
import type { TrunkInput } from '../peers/carrier.ts'
import { callCenter, contactUri } from '../peers/engine.ts'
import { hosts } from '../peers/loopback.ts'

/** It is called by the name of its account, for the one phone. */
export function registeringCenter(
  trunk: TrunkInput,
  phone: { readonly host: string; readonly port: number },
): CenterInput {
  return callCenter(
    [{ id: 'a1', contact: contactUri('a1', phone.host, phone.port) }],
    { answer: 'with-agent' },
    {
      numbers: [{ match: 'center', queue: 'support' }],
      trunks: [trunk],
    },
  )
}

/** Nobody is there to take the calls, so that they overflow to a number, which the carrier leads to. */
export function overflowingCenter(
  trunk: TrunkInput,
  answer: 'with-agent' | 'immediately' = 'with-agent',
  rest: CenterInput = {},
): CenterInput {
  return callCenter(
    [],
    { answer, overflow: [{ afterMs: 200, to: { number: '+442071234567' } }] },
    {
      trunks: [{ id: 'people', addresses: [hosts.caller] }, trunk],
      outbound: [{ prefix: '+44', trunk: 'carrier' }],
      ...rest,
    },
  )
}
