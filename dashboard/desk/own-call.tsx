/** A call that the agent has made himself: whom he talks to outside can be handed on from here. */
import type { AgentReply } from '../../server/api/agents.ts'
import { Transfer } from '../calls/transfer-dialog.tsx'
import { ownCallOf } from '../live/outside.ts'
import { useCalls } from '../live/store.ts'

export function OwnCall({ agent }: { readonly agent: AgentReply }) {
  const own = ownCallOf([...useCalls().values()], agent.id)
  if (own === null) return null
  const { callId, number } = own
  return (
    <section className="card own-call" aria-labelledby="own-call">
      <h2 id="own-call">Your own call</h2>
      <p className="num">{number}</p>
      <Transfer callId={callId} agentId={agent.id} title={number} />
    </section>
  )
}
