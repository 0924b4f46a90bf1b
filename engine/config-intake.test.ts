/** What is refused in hours, flows, the block list and the ways out of queues, with its path and what is allowed. */
import { describe, expect, it } from 'vitest'
import type { CenterInput } from './config.ts'
import { parseCenter } from './config-check.ts'
import { EngineError } from './errors.ts'

const flow = (...steps: unknown[]) => ({ flows: [{ id: 'main', steps }] })

const hours = [{ id: 'h' }]
const hoursOf = (closed: object) => ({ match: '1', queue: 'sales', hours: 'h', closed })
const trunks = [{ id: 'carrier', host: 'carrier.example' }]
const outbound = [{ prefix: '+44', trunk: 'carrier' }]

function faultsOf(input: unknown): readonly { path: string; allowed: string }[] {
  try {
    parseCenter({ queues: [{ id: 'sales' }], agents: [{ id: 'ada' }], ...(input as CenterInput) })
    return []
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    return error.problems.map(({ path, allowed }) => ({ path, allowed }))
  }
}

describe('the definition', () => {
  it.each([
    [{ hours: [{ id: 'h', timeZone: 'Mars/Base' }] }, 'hours[0].timeZone', 'IANA'],
    [{ hours: [{ id: 'h' }, { id: 'h' }] }, 'hours[1].id', 'each id once'],
    [
      { hours: [{ id: 'h', weekly: [{ days: ['monday'], from: '09:00', to: '17:00' }] }] },
      'hours[0].weekly[0].days[0]',
      'mon',
    ],
    [
      { hours: [{ id: 'h', weekly: [{ days: ['mon'], from: '9:00', to: '17:00' }] }] },
      'hours[0].weekly[0].from',
      'text such as 09:30',
    ],
    [{ hours: [{ id: 'h', exceptions: [{ date: '2026-02-30' }] }] }, 'hours[0].exceptions[0].date', 'calendar'],
    [
      { hours: [{ id: 'h', exceptions: [{ date: '2026-12-26', until: '2026-12-25' }] }] },
      'hours[0].exceptions[0].until',
      'from 2026-12-26',
    ],
    [{ numbers: [{ match: '1', queue: 'sales', hours: 'h' }] }, 'numbers[0].hours', 'opening hours: none is defined'],
    [{ numbers: [{ match: '1', queue: 'sales', closed: { reject: 480 } }] }, 'numbers[0].closed', 'only beside hours'],
    [{ numbers: [{ match: '1', flow: 'x' }] }, 'numbers[0].flow', 'id of a flow'],
    [{ numbers: [{ match: '1', agent: 'ada', queue: 'sales' }] }, 'numbers[0]', 'exactly one'],
    [
      { queues: [{ id: 'q', overflow: [{ afterMs: 1, to: { queue: 'q' } }] }] },
      'queues[0].overflow[0].to.queue',
      'another queue',
    ],
    [
      { queues: [{ id: 'q', overflow: [{ afterMs: 1, to: { flow: 'x' } }] }] },
      'queues[0].overflow[0].to.flow',
      'id of a flow',
    ],
    [
      { queues: [{ id: 'q', admission: { allPaused: { queue: 'x' } } }] },
      'queues[0].admission.allPaused.queue',
      'id of a queue: q',
    ],
    [{ queues: [{ id: 'q', admission: { allPaused: 'no' } }] }, 'queues[0].admission.allPaused', 'admit'],
    [{ blocked: [{ match: '*' }] }, 'blocked[0].match', 'not everybody'],
    [{ blocked: [{ match: '+44*9' }] }, 'blocked[0].match', 'at the end'],
    [{ blocked: [{ match: '1' }, { match: '1' }] }, 'blocked[1].match', 'each match once'],
    [{ blocked: [{ match: '1', to: { queue: 'x' } }] }, 'blocked[0].to.queue', 'id of a queue: sales'],
    [{ lookups: { allow: ['crm.internal'] } }, 'lookups.allow[0]', 'CIDR'],
    [flow({}), 'flows[0].steps[0]', 'exactly one of say, gather'],
    [flow({ say: 'a', hangup: true }), 'flows[0].steps[0]', 'exactly one of say, gather'],
    [flow({ id: 'a', say: 'x' }, { id: 'a', say: 'x' }), 'flows[0].steps[1].id', 'each id once'],
    [flow({ id: 'a', goto: 'b' }), 'flows[0].steps[0].goto', 'step of this flow: a'],
    [flow({ flow: 'other' }), 'flows[0].steps[0].flow', 'id of a flow: main'],
    [flow({ branch: { on: 'x', cases: { '1': 'a' } } }), 'flows[0].steps[0].branch.cases.1', 'none has one'],
    [flow({ branch: { on: 'x', cases: {}, else: 'a' } }), 'flows[0].steps[0].branch.else', 'none has one'],
    [flow({ hours: { check: 'h' } }), 'flows[0].steps[0].hours.check', 'opening hours'],
    [flow({ gather: { into: 'x', digits: 2, min: 3 } }), 'flows[0].steps[0].gather.min', 'at most digits (2)'],
    [
      flow({ gather: { into: 'x', accept: ['12'] } }),
      'flows[0].steps[0].gather.accept[0]',
      'no longer than digits (1)',
    ],
    [flow({ gather: {} }), 'flows[0].steps[0].gather.into', 'required'],
    [flow({ lookup: {} }), 'flows[0].steps[0].lookup', 'exactly one of url and function'],
    [flow({ lookup: { url: 'https://x/{password}' } }), 'flows[0].steps[0].lookup.url', 'ani.e164'],
    [flow({ lookup: { url: 'ftp://x' } }), 'flows[0].steps[0].lookup.url', 'text such as https://'],
    [flow({ set: { a: '{nobody}' } }), 'flows[0].steps[0].set.a', 'attributes.NAME'],
    [flow({ enqueue: 'x' }), 'flows[0].steps[0].enqueue', 'id of a queue: sales'],
    [
      flow({ enqueue: { queue: 'sales', requirements: '(' } }),
      'flows[0].steps[0].enqueue.requirements',
      'an expression',
    ],
    ...(['enqueue', 'callback'] as const).flatMap(
      action =>
        [
          [{ until: '2026-02-30T25:00:00Z' }, 'until', 'an instant of the calendar'],
          [{ until: 'tomorrow' }, 'until', 'matches'],
          [{ forMs: 0 }, 'forMs', '1'],
          [{ until: '2026-12-24T12:00:00Z', forMs: 1 }, 'forMs', 'either until or forMs'],
        ].map(([wish, key, allowed]) => [
          flow({ [action]: { queue: 'sales', preferredAgents: ['ada', { agentId: 'ada', ...(wish as object) }] } }),
          `flows[0].steps[0].${action}.preferredAgents[1].${key}`,
          allowed,
        ]) as unknown as [object, string, string][],
    ),
    [flow({ transfer: { agent: 'bob' } }), 'flows[0].steps[0].transfer.agent', 'id of an agent: ada'],
    [flow({ transfer: { number: '1' } }), 'flows[0].steps[0].transfer.number', 'numbers match'],
    [
      { numbers: [{ match: '1*', queue: 'sales' }], outbound, trunks, ...flow({ transfer: { number: '+49301' } }) },
      'flows[0].steps[0].transfer.number',
      'a number that numbers match (1*), or that outbound permits (+44)',
    ],
    [{ numbers: [hoursOf({ number: '+49301' })], hours }, 'numbers[0].closed.number', 'outbound permits (none'],
    [{ queues: [{ id: 'q', full: { number: 'nobody' } }] }, 'queues[0].full.number', 'numbers match (none is defined)'],
    [
      { queues: [{ id: 'q', hours: 'h', closed: { number: 'nobody' } }], hours },
      'queues[0].closed.number',
      'numbers match (none is defined)',
    ],
    [
      { queues: [{ id: 'q', overflow: [{ afterMs: 1, to: { number: '+49301' } }] }], outbound, trunks },
      'queues[0].overflow[0].to.number',
      'outbound permits (+44)',
    ],
    [
      { queues: [{ id: 'q', admission: { allPaused: { number: '030' } } }] },
      'queues[0].admission.allPaused.number',
      'numbers match',
    ],
    [
      { queues: [{ id: 'q', recipes: [{ when: { waitedMs: 1 }, do: { to: { number: '030' } } }] }] },
      'queues[0].recipes[0].do.to.number',
      'numbers match',
    ],
    [flow({ callback: 'nowhere' }), 'flows[0].steps[0].callback', 'id of a queue: sales'],
    [flow({ callback: { queue: 'nowhere' } }), 'flows[0].steps[0].callback.queue', 'id of a queue: sales'],
    [flow({ callback: { queue: 'sales', otherwise: 'b' } }), 'flows[0].steps[0].callback.otherwise', 'step'],
    [
      { queues: [{ id: 'sales', overflow: [{ afterMs: 1, to: { callback: 'nowhere' } }] }] },
      'queues[0].overflow[0].to.callback',
      'id of a queue: sales',
    ],
    [{ queues: [{ id: 'sales', callback: { offer: {} } }] }, 'queues[0].callback.offer', 'outbound rules'],
    [{ queues: [{ id: 'sales', callback: { mode: 'both' } }] }, 'queues[0].callback.mode', 'agent-first'],
    [flow({ shout: 'x' }), 'flows[0].steps[0].shout', 'the keys id, say, gather'],
  ])('%j is refused', (input, path, allowed) => {
    const faults = faultsOf(input)
    expect(faults.map(fault => fault.path)).toContain(path)
    expect(faults.find(fault => fault.path === path)?.allowed).toContain(allowed)
  })

  it.each([
    ['an entry of the numbers', 'night'],
    ['one that a beginning matches', '4912'],
    ['one that matches when it is completed', '02079460000'],
    ['an outside one', '+441214960000'],
    ['an outside one that a rule permits when it is completed', '0121 496 0000'],
  ])('sends callers from a flow, as from a queue, to %s', (_what, number) => {
    const numbers = [
      { match: 'night', queue: 'sales' },
      { match: '49*', queue: 'sales' },
      { match: '+4420*', queue: 'sales' },
    ]
    const queues = [{ id: 'sales', overflow: [{ afterMs: 1, to: { number } }], full: { number } }]
    const input = { countryCode: '44', numbers, queues, outbound, trunks, ...flow({ transfer: { number } }) }
    expect(faultsOf(input)).toEqual([])
  })

  it('takes a whole one', () => {
    expect(
      faultsOf({
        hours: [{ id: 'office', timeZone: 'Europe/Berlin', weekly: [{ days: ['mon'], from: '09:00', to: '24:00' }] }],
        numbers: [
          { match: '49*', flow: 'main', queue: 'sales', hours: 'office', closed: { flow: 'main' }, language: 'de' },
        ],
        ...flow({ id: 'a', set: { from: '{ani.e164} {attributes.x}' } }, { goto: 'a' }),
        blocked: [{ match: '+4490*' }, { match: 'anonymous', to: { queue: 'sales' } }],
        lookups: { allow: ['10.0.0.0/8', '::1'] },
      }),
    ).toEqual([])
  })
})
