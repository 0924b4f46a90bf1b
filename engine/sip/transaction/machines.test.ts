/** The four transaction machines as tables: from a state, an input gives a state and effects. All timers A–M are here. */
import { describe, expect, it } from 'vitest'
import { inviteClientStart, inviteClientStep } from './invite-client.ts'
import { inviteServerStart, inviteServerStep } from './invite-server.ts'
import { nonInviteClientStart, nonInviteClientStep } from './non-invite-client.ts'
import { nonInviteServerStart, nonInviteServerStep } from './non-invite-server.ts'
import type { ClientInput, ServerInput, TransactionEffect, TransactionStep, TransactionTimer } from './step.ts'

/** An effect as a word: `send`, `A 500` for arming a timer, `-A` for disarming it. */
function word(effect: TransactionEffect): string {
  if (effect.do === 'arm') return `${effect.timer} ${effect.delayMs}`
  return effect.do === 'disarm' ? `-${effect.timer}` : effect.do
}

interface Machine<State> {
  readonly start: (reliable: boolean) => State
  readonly step: (state: State, input: ClientInput & ServerInput) => TransactionStep<State>
}

/** `udp calling | A` reads: unreliable transport, in state calling, timer A fires. */
function inputOf(text: string): ClientInput & ServerInput {
  const asNumber = Number(text)
  const input: ClientInput | ServerInput = /^[A-M]$/.test(text)
    ? { kind: 'timer', timer: text as TransactionTimer }
    : text.startsWith('respond ')
      ? { kind: 'respond', status: Number(text.slice(8)) }
      : Number.isNaN(asNumber)
        ? ({ kind: text } as ClientInput)
        : { kind: 'response', status: asNumber }
  return input as ClientInput & ServerInput
}

type Row = readonly [transport: 'udp' | 'tcp', state: string, input: string, next: string, effects: string]

function runTable<State extends { readonly name: string }>(machine: Machine<State>, rows: readonly Row[]): void {
  it.each(rows)('%s %s | %s → %s: %s', (transport, name, input, next, effects) => {
    const before = { ...machine.start(transport === 'tcp'), name } as State
    const frozen = Object.freeze({ ...before })
    const { state, effects: done } = machine.step(frozen, inputOf(input))
    expect(state.name).toBe(next)
    expect(done.map(word).join(', ')).toBe(effects)
    if (effects === '' && next === name) expect(state, 'nothing changes').toBe(frozen)
  })

  it('is dead once terminated', () => {
    const over = { ...machine.start(false), name: 'terminated' } as State
    const inputs = 'start canceled retransmission ack transportError 100 200 486'.split(' ')
    for (const input of [...inputs, 'respond 100', 'respond 200', 'respond 486', ...'ABCDEFGHIJKLM'])
      expect(machine.step(over, inputOf(input))).toEqual({ state: over, effects: [] })
  })
}

/** Every interval that a retransmission timer takes when it fires again and again. */
function intervals<State>(
  machine: Machine<State>,
  from: State,
  timer: TransactionTimer,
  times: number,
): (number | undefined)[] {
  let state = from
  return Array.from({ length: times }, () => {
    const stepped = machine.step(state, { kind: 'timer', timer } as ClientInput & ServerInput)
    state = stepped.state
    const [effect] = stepped.effects.flatMap(it => (it.do === 'arm' && it.timer === timer ? [it.delayMs] : []))
    return effect
  })
}

describe('INVITE client (RFC 3261 §17.1.1, RFC 6026 §7.2)', () => {
  const machine: Machine<ReturnType<typeof inviteClientStart>> = { start: inviteClientStart, step: inviteClientStep }
  runTable(machine, [
    ['udp', 'calling', 'start', 'calling', 'send, B 32000, A 500'],
    ['tcp', 'calling', 'start', 'calling', 'send, B 32000'],
    ['udp', 'calling', 'A', 'calling', 'send, A 1000'],
    ['udp', 'calling', 'B', 'terminated', 'terminate, timeout'],
    ['udp', 'calling', '100', 'proceeding', '-A, -B, deliver'],
    ['udp', 'calling', '180', 'proceeding', '-A, -B, deliver'],
    ['udp', 'calling', '200', 'accepted', '-A, -B, M 32000, deliver'],
    ['udp', 'calling', '302', 'completed', '-A, -B, ack, D 32000, deliver'],
    ['tcp', 'calling', '486', 'terminated', '-A, -B, ack, terminate, deliver'],
    ['udp', 'calling', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'calling', 'canceled', 'calling', ''],
    ['udp', 'calling', 'D', 'calling', ''],
    ['udp', 'proceeding', '183', 'proceeding', 'deliver'],
    ['udp', 'proceeding', '200', 'accepted', '-A, -B, M 32000, deliver'],
    ['tcp', 'proceeding', '200', 'accepted', '-A, -B, M 32000, deliver'],
    ['udp', 'proceeding', '487', 'completed', '-A, -B, ack, D 32000, deliver'],
    ['udp', 'proceeding', '699', 'completed', '-A, -B, ack, D 32000, deliver'],
    ['udp', 'proceeding', 'A', 'proceeding', ''],
    ['udp', 'proceeding', 'canceled', 'proceeding', 'B 32000'],
    ['udp', 'proceeding', 'B', 'terminated', 'terminate, timeout'],
    ['udp', 'proceeding', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'completed', '486', 'completed', 'ack'],
    ['udp', 'completed', '200', 'completed', ''],
    ['udp', 'completed', '180', 'completed', ''],
    ['udp', 'completed', 'D', 'terminated', 'terminate'],
    ['udp', 'completed', 'B', 'completed', ''],
    ['udp', 'completed', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'accepted', '200', 'accepted', 'deliver'],
    ['udp', 'accepted', '180', 'accepted', ''],
    ['udp', 'accepted', '486', 'accepted', ''],
    ['udp', 'accepted', 'canceled', 'accepted', ''],
    ['udp', 'accepted', 'transportError', 'accepted', ''],
    ['udp', 'accepted', 'M', 'terminated', 'terminate'],
  ])

  it('timer A doubles without bound: B is the bound', () => {
    expect(intervals(machine, inviteClientStart(false), 'A', 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000])
  })
})

describe('non-INVITE client (§17.1.2)', () => {
  const machine: Machine<ReturnType<typeof nonInviteClientStart>> = {
    start: nonInviteClientStart,
    step: nonInviteClientStep,
  }
  runTable(machine, [
    ['udp', 'trying', 'start', 'trying', 'send, F 32000, E 500'],
    ['tcp', 'trying', 'start', 'trying', 'send, F 32000'],
    ['udp', 'trying', 'E', 'trying', 'send, E 1000'],
    ['udp', 'trying', 'F', 'terminated', 'terminate, timeout'],
    ['udp', 'trying', '100', 'proceeding', 'deliver'],
    ['udp', 'trying', '200', 'completed', '-E, -F, K 5000, deliver'],
    ['tcp', 'trying', '200', 'terminated', '-E, -F, terminate, deliver'],
    ['udp', 'trying', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'trying', 'canceled', 'trying', ''],
    ['udp', 'trying', 'A', 'trying', ''],
    ['udp', 'proceeding', 'E', 'proceeding', 'send, E 4000'],
    ['udp', 'proceeding', 'F', 'terminated', 'terminate, timeout'],
    ['udp', 'proceeding', '180', 'proceeding', 'deliver'],
    ['udp', 'proceeding', '481', 'completed', '-E, -F, K 5000, deliver'],
    ['udp', 'completed', '200', 'completed', ''],
    ['udp', 'completed', 'E', 'completed', ''],
    ['udp', 'completed', 'transportError', 'completed', ''],
    ['udp', 'completed', 'K', 'terminated', 'terminate'],
  ])

  it('timer E doubles up to T2', () => {
    expect(intervals(machine, nonInviteClientStart(false), 'E', 5)).toEqual([1_000, 2_000, 4_000, 4_000, 4_000])
  })
})

describe('INVITE server (§17.2.1, RFC 6026 §7.1)', () => {
  const machine: Machine<ReturnType<typeof inviteServerStart>> = { start: inviteServerStart, step: inviteServerStep }
  runTable(machine, [
    ['udp', 'proceeding', 'retransmission', 'proceeding', ''],
    ['udp', 'proceeding', 'respond 100', 'proceeding', 'send'],
    ['udp', 'proceeding', 'respond 200', 'accepted', 'send, L 32000'],
    ['tcp', 'proceeding', 'respond 200', 'accepted', 'send, L 32000'],
    ['udp', 'proceeding', 'respond 486', 'completed', 'send, G 500, H 32000'],
    ['tcp', 'proceeding', 'respond 486', 'completed', 'send, H 32000'],
    ['udp', 'proceeding', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'proceeding', 'ack', 'proceeding', ''],
    ['udp', 'completed', 'retransmission', 'completed', 'send'],
    ['udp', 'completed', 'G', 'completed', 'send, G 1000'],
    ['udp', 'completed', 'H', 'terminated', 'terminate, timeout'],
    ['udp', 'completed', 'ack', 'confirmed', '-G, -H, I 5000'],
    ['tcp', 'completed', 'ack', 'terminated', '-H, terminate'],
    ['udp', 'completed', 'respond 200', 'completed', ''],
    ['udp', 'completed', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'completed', 'I', 'completed', ''],
    ['udp', 'confirmed', 'retransmission', 'confirmed', ''],
    ['udp', 'confirmed', 'ack', 'confirmed', ''],
    ['udp', 'confirmed', 'G', 'confirmed', ''],
    ['udp', 'confirmed', 'I', 'terminated', 'terminate'],
    ['udp', 'accepted', 'retransmission', 'accepted', ''],
    ['udp', 'accepted', 'ack', 'accepted', 'deliver'],
    ['udp', 'accepted', 'respond 200', 'accepted', 'send'],
    ['udp', 'accepted', 'respond 486', 'accepted', ''],
    ['udp', 'accepted', 'respond 100', 'accepted', ''],
    ['udp', 'accepted', 'transportError', 'accepted', ''],
    ['udp', 'accepted', 'L', 'terminated', 'terminate'],
  ])

  it('answers a retransmission with the last response', () => {
    const { state } = inviteServerStep(inviteServerStart(false), { kind: 'respond', status: 180 })
    expect(inviteServerStep(state, { kind: 'retransmission' }).effects.map(word)).toEqual(['send'])
  })

  it('timer G doubles up to T2', () => {
    const { state } = inviteServerStep(inviteServerStart(false), { kind: 'respond', status: 486 })
    expect(intervals(machine, state, 'G', 5)).toEqual([1_000, 2_000, 4_000, 4_000, 4_000])
  })
})

describe('non-INVITE server (§17.2.2)', () => {
  const machine: Machine<ReturnType<typeof nonInviteServerStart>> = {
    start: nonInviteServerStart,
    step: nonInviteServerStep,
  }
  runTable(machine, [
    ['udp', 'trying', 'retransmission', 'trying', ''],
    ['udp', 'trying', 'respond 100', 'proceeding', 'send'],
    ['udp', 'trying', 'respond 200', 'completed', 'send, J 32000'],
    ['tcp', 'trying', 'respond 200', 'terminated', 'send, terminate'],
    ['udp', 'trying', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'proceeding', 'retransmission', 'proceeding', 'send'],
    ['udp', 'proceeding', 'respond 182', 'proceeding', 'send'],
    ['udp', 'proceeding', 'respond 404', 'completed', 'send, J 32000'],
    ['udp', 'proceeding', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'completed', 'retransmission', 'completed', 'send'],
    ['udp', 'completed', 'respond 200', 'completed', ''],
    ['udp', 'completed', 'transportError', 'terminated', 'terminate, transportFailed'],
    ['udp', 'completed', 'J', 'terminated', 'terminate'],
  ])
})
