/** The center's definition by way of REST: as a whole, and entry by entry. For administrators. */
import type { CenterConfig, CenterInput } from '../../engine/config.ts'
import { contentOf, type Method, type RestOptions, send } from './request.ts'

/** `queues`, `agents`, `numbers`, … */
export type CenterList = {
  [K in keyof CenterConfig]: CenterConfig[K] extends readonly object[] ? K : never
}[keyof CenterConfig]

export type CenterEntry<L extends CenterList> = CenterConfig[L][number]
export type CenterEntryInput<L extends CenterList> = NonNullable<CenterInput[L]>[number]

/** What was read, with the tag by which a change can insist on it. */
export interface Tagged<T> {
  readonly value: T
  readonly tag: string
}

export interface ChangeOptions {
  /** The {@link Tagged.tag} of what was read: refused as `center.changed` if somebody else has changed it meanwhile. */
  readonly ifMatch?: string
}

/** The key of an entry is its `id`; of numbers and blocked callers `match`, of outbound rules `prefix`. */
export interface CenterRest {
  read(): Promise<Tagged<CenterConfig>>
  /** Changes what is named, lists as a whole; null: back to the default (RFC 7396). */
  patch(changes: object, options?: ChangeOptions): Promise<Tagged<CenterConfig>>
  list<L extends CenterList>(list: L): Promise<readonly CenterEntry<L>[]>
  entry<L extends CenterList>(list: L, key: string): Promise<Tagged<CenterEntry<L>>>
  /** Defines an entry, new or anew: what is absent has its default. Secrets that are absent stay as they were. */
  putEntry<L extends CenterList>(
    list: L,
    key: string,
    entry: CenterEntryInput<L>,
    options?: ChangeOptions,
  ): Promise<Tagged<CenterEntry<L>>>
  /** Changes what is named of an entry; null: back to the default. */
  patchEntry<L extends CenterList>(
    list: L,
    key: string,
    changes: object,
    options?: ChangeOptions,
  ): Promise<Tagged<CenterEntry<L>>>
  /** Refused as `center.needed` while others refer to it. */
  removeEntry(list: CenterList, key: string, options?: ChangeOptions): Promise<void>
}

export function createCenterRest(options: RestOptions): CenterRest {
  const at = (list: string, key: string) => `/center/${list}/${encodeURIComponent(key)}`

  async function tagged<T>(method: Method, path: string, body?: object, change: ChangeOptions = {}) {
    const headers = change.ifMatch === undefined ? {} : { 'if-match': change.ifMatch }
    const reply = await send(options, method, path, { headers, ...(body === undefined ? {} : { body }) })
    return { value: await contentOf<T>(reply), tag: reply.headers.get('etag') ?? '' }
  }

  return {
    read: () => tagged('GET', '/center'),
    patch: (changes, change) => tagged('PATCH', '/center', changes, change),
    list: async list => (await tagged<CenterEntry<typeof list>[]>('GET', `/center/${list}`)).value,
    entry: (list, key) => tagged('GET', at(list, key)),
    putEntry: (list, key, entry, change) => tagged('PUT', at(list, key), entry, change),
    patchEntry: (list, key, changes, change) => tagged('PATCH', at(list, key), changes, change),
    removeEntry: async (list, key, change) => void (await tagged('DELETE', at(list, key), undefined, change)),
  }
}
