/** `--demo`: simulated phones, over real sockets, around a running engine. */
import {
  createNodeClock,
  createNodeNetwork,
  createNodeRandom,
  createWorkerMedia,
  type Engine,
  EngineError,
  type Logger,
} from '../engine/index.ts'
import { createCrowd } from '../engine/simulation/index.ts'

/** Ports of the phones' audio: apart from the default range of the engine's own relay. */
const rtpPorts = { minPort: 40_000, maxPort: 49_998 }

/** @throws EngineError `config.invalid` when SIP does not listen on UDP over IPv4 */
export async function startDemo(options: { engine: Engine; logger: Logger }): Promise<{ stop(): Promise<void> }> {
  const { engine, logger } = options
  const at = engine
    .listening()
    .map(address => /^udp:\/\/([\d.]+):(\d+)$/.exec(address))
    .find(match => match !== null)
  if (at === undefined)
    throw new EngineError('config.invalid', '--demo needs a UDP socket over IPv4 in SIP_LISTEN for its phones to call')
  const [, host = '', port = ''] = at
  return createCrowd({
    engine,
    logger,
    clock: createNodeClock(),
    random: createNodeRandom(),
    network: createNodeNetwork(),
    media: createWorkerMedia({ ...rtpPorts, logger }),
    host: host === '0.0.0.0' ? '127.0.0.1' : host,
    sipPort: Number(port),
  })
}
