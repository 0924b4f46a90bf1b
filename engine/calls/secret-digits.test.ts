/** What is pressed for a question that is secret, through a whole engine: where it may be, and where it must not. */
import { describe, expect, it } from 'vitest'
import type { EngineOptions } from '../api.ts'
import type { CenterInput } from '../config.ts'
import type { EventData, EventType } from '../events.ts'
import { createWorld, type World } from '../simulation/world.ts'

const patient = { patienceMs: null, talkMs: null, talkFrom: 'join' } as const

function told<T extends EventType>(world: World, type: T): EventData<T>[] {
  return world.events.filter(event => event.type === type).map(event => event.data as EventData<T>)
}

const steps = (world: World) =>
  told(world, 'call.flow_step_taken').map(({ step, action, result }) => `${step} ${action}: ${result}`)

describe('a secret question', () => {
  it('is answered for branches and lookups only: its digits stand nowhere else', async () => {
    const asked: unknown[] = []
    const flows: CenterInput['flows'] = [
      {
        id: 'main',
        steps: [
          { gather: { into: 'pin', digits: 6, secret: true, tries: 1 } },
          { branch: { on: 'pin', cases: { '735491': 'known' } } },
          { reject: 403 },
          { id: 'known', lookup: { function: 'account' } },
          { set: { note: 'the pin is {attributes.pin}' } },
          { enqueue: 'sales' },
        ],
      },
    ]
    const lookups: EngineOptions['lookups'] = {
      account(facts) {
        asked.push(facts.attributes.pin)
        throw new Error('no account for 735491')
      },
    }
    const story = async (world: World) => {
      const { call } = await world.call('main', patient)
      await world.run(500)
      call.press('735491')
      await world.run(10_000)
      expect(asked).toEqual(['735491'])
      expect(steps(world)).toEqual([
        '#1 gather: pin = (secret)',
        '#2 branch: pin is (secret): known',
        'known lookup: no account for (secret)',
        '#5 set: note = the pin is ',
        '#6 enqueue: sales',
      ])
      const [record] = world.engine.calls.live()
      const shown = [
        world.events,
        record,
        await world.engine.calls.explain(record?.callId ?? ''),
        world.engine.screenpops,
      ]
      expect(JSON.stringify(shown)).not.toContain('735491')
      expect(told(world, 'screenpop.requested')).toMatchObject([{ ivr: { digits: '' } }])
    }
    const center: CenterInput = {
      queues: [{ id: 'sales', wrapUpMs: 0 }],
      agents: [{ id: 'ada', queues: ['sales'], alwaysAvailable: true }],
      numbers: [{ match: 'main', flow: 'main' }],
      flows,
      media: { timeoutMs: 0 },
    }
    const world = await createWorld({ seed: 5, center, lookups })
    await story(world)
    await world.stop()
    expect(world.clock.pending).toBe(0)
  })
})
