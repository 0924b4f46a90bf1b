import { describe, expect, test } from 'vitest'
import type { SocketAddress } from '../../ports/network.ts'
import { DatagramFlows } from './datagram-flows.ts'
import type { Flow } from './flow.ts'

describe('flows of a datagram socket', () => {
  let made = 0
  const create = (remote: SocketAddress): Flow => {
    made += 1
    return {
      ...{ transport: 'UDP', reliable: false, advertised: remote, localHost: '10.0.0.1', remote, key: '', alive: true },
      send() {},
      ping() {},
    }
  }

  test('are made once for each peer, by host and port', () => {
    const flows = new DatagramFlows(create)
    const flow = flows.to({ host: '10.0.0.2', port: 5060 })
    expect(flows.to({ host: '10.0.0.2', port: 5060 })).toBe(flow)
    expect(flows.to({ host: '10.0.0.2', port: 5061 }).remote).toEqual({ host: '10.0.0.2', port: 5061 })
    expect(flows.to({ host: '10.0.0.3', port: 5060 }).remote).toEqual({ host: '10.0.0.3', port: 5060 })
    expect(flows.to({ host: '10.0.0.2', port: 5060 })).toBe(flow)
  })

  test('are bounded: after a flood of addresses an old one is made anew', () => {
    const flows = new DatagramFlows(create)
    const flow = flows.to({ host: '10.0.0.2', port: 5060 })
    for (let i = 0; i < 20_000; i++) flows.to({ host: `10.1.${i >> 8}.${i & 255}`, port: 1024 })
    made = 0
    expect(flows.to({ host: '10.0.0.2', port: 5060 })).not.toBe(flow)
    expect(made).toBe(1)
  })
})
