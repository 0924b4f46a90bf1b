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

  it.each([
    [trunkHost, 128, 404],
    [trunkHost, 129, 414],
    // A stranger is asked who he is first.
    ['192.0.2.66', 129, 401],
  ])(
    'from %s to a user of %d characters, who would have to stand in the INVITE to a phone',
    async (host, length, status) => {
      const door = await openDoor()
      const invite = requestText({ method: 'INVITE', uri: `sip:${'1'.repeat(length)}@10.0.0.1`, body: offerSdp })
      expect(statuses(await door.send({ host, port: 5060 }, invite))).toEqual([status])
      door.close()
    },
  )
})
