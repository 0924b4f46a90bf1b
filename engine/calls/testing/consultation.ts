/** How a consultation begins: an agent talks to a caller, holds, and calls somebody. */
import type { ScriptedPhone } from './scripted-phone.ts'
import { patient, type TestCenter } from './test-center.ts'

/** `waitMs`: how long the second call is given to get somewhere. */
export async function consult(
  { world, told }: TestCenter,
  agent: ScriptedPhone,
  to: string,
  { queue = 'support', waitMs = 1_000 } = {},
) {
  const { call: caller } = await world.call(queue, patient)
  await world.run(3_000)
  const [callId, call] = [told('call.connected').at(-1)?.callId ?? '', agent.calls.at(-1)]
  if (call === undefined) throw new Error('the agent was not rung')
  agent.hold(call)
  await world.run(200)
  const second = agent.dial(to)
  await world.run(waitMs)
  return { caller, callId, call, second, consultCallId: told('call.arrived').at(-1)?.callId ?? '' }
}
