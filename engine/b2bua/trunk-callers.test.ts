/** Who calls over a trunk: its callers, unless they show credentials of ours. */
import { describe, expect, it } from 'vitest'
import { offerSdp, requestText } from '../sip/testing/wire.ts'
import { openDoor, statuses, trunkHost } from './testing/door.ts'

describe('an INVITE over a trunk', () => {
  it.each([
    ['no credentials', [], 180],
    ['what is left of a challenge of the carrier', ['Digest username="x", realm="carrier.example", nonce="n"'], 180],
    ['credentials of another scheme', ['Basic YTpi'], 180],
    ['both, and none of them ours', ['Basic YTpi', 'Digest username="x", realm="carrier.example"'], 180],
    ['credentials for our realm, which have to be right', ['Digest username="ada", realm="strowger", nonce="n"'], 401],
  ])('that shows %s', async (_, credentials, status) => {
    const door = await openDoor()
    const invite = requestText({
      method: 'INVITE',
      uri: 'sip:user@10.0.0.1',
      headers: [`Contact: <sip:c@${trunkHost}>`, ...credentials.map(value => `Authorization: ${value}`)],
      body: offerSdp,
    })
    expect(statuses(await door.send({ host: trunkHost, port: 5060 }, invite))).toEqual([status])
    door.close()
  })
})
