/** The parts of the npm package `sip` that the scenarios use; it brings no types. */
declare module 'sip' {
  export interface NameAddress {
    name?: string
    uri: string
    params: Record<string, string>
  }

  export interface Challenge {
    scheme: string
    realm: string
    nonce: string
    algorithm?: string
    [parameter: string]: string | undefined
  }

  export interface Message {
    method?: string
    uri?: string
    status?: number
    reason?: string
    headers: {
      to: NameAddress
      from: NameAddress
      'call-id': string
      cseq: { seq: number; method: string }
      contact?: NameAddress[]
      'www-authenticate'?: Challenge[]
      [name: string]: unknown
    }
    content?: string
  }

  export interface Stack {
    send(message: Message, onResponse?: (response: Message) => void): void
    destroy(): void
  }

  export function create(
    options: { address: string; port: number; udp?: boolean; tcp?: boolean; logger?: object },
    onRequest: (request: Message) => void,
  ): Stack
  export function makeResponse(request: Message, status: number, reason: string, extension?: object): Message
}
