/**
 * The tables. Every one carries its tenant from the first day (DESIGN §9); instants are `timestamptz` with milliseconds,
 * durations integers in milliseconds. The journal is the truth; calls, visits and sessions are projections of it.
 */
import {
  bigint,
  boolean,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
} from 'drizzle-orm/pg-core'
import type { Role } from '../engine/ports/accounts.ts'
import type { Checkpoint, DigestSecret, StoredCenter } from '../engine/ports/store.ts'
import type { VoicemailRecord } from '../engine/records.ts'
import type { Encoding } from './lines.ts'

const tenant = () => text('tenant').notNull()
const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' })
const count = (name: string) => bigint(name, { mode: 'number' })
const bytes = customType<{ data: Buffer }>({ dataType: () => 'bytea' })

/**
 * The journal: one row per group of events that were committed together. A row per event costs PGlite about three
 * times the CPU, most of it for moving text through its socket and for rows and index entries; see `journal.ts`.
 */
export const journal = pgTable(
  'journal',
  {
    tenant: tenant(),
    firstCursor: count('first_cursor').notNull(),
    lastCursor: count('last_cursor').notNull(),
    /** When the last of the events happened. */
    time: instant('time').notNull(),
    encoding: text('encoding').$type<Encoding>().notNull(),
    events: bytes('events').notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.firstCursor] })],
)

/** Which groups hold events of a call. */
export const journalCalls = pgTable(
  'journal_calls',
  { tenant: tenant(), callId: text('call_id').notNull(), firstCursor: count('first_cursor').notNull() },
  table => [primaryKey({ columns: [table.tenant, table.callId, table.firstCursor] })],
)

export const checkpoints = pgTable(
  'checkpoints',
  {
    tenant: tenant(),
    kind: text('kind').$type<Checkpoint['kind']>().notNull(),
    id: text('id').notNull(),
    state: jsonb('state').$type<object>().notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.kind, table.id] })],
)

/**
 * Ended calls. The records themselves, with their offers and segments, lie together in `call_batches`; here is where,
 * and in `visits`, `call_agents` and `call_legs` what calls are looked for and summed by.
 */
export const calls = pgTable(
  'calls',
  {
    tenant: tenant(),
    callId: text('call_id').notNull(),
    arrivedAt: instant('arrived_at').notNull(),
    endedAt: instant('ended_at'),
    batchId: count('batch_id').notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.callId] })],
)

/** Records that were saved together. A record that was saved again counts where its row in `calls` points. */
export const callBatches = pgTable(
  'call_batches',
  {
    tenant: tenant(),
    batchId: count('batch_id').generatedAlwaysAsIdentity(),
    encoding: text('encoding').$type<Encoding>().notNull(),
    records: bytes('records').notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.batchId] })],
)

export const visits = pgTable(
  'visits',
  {
    tenant: tenant(),
    queueId: text('queue_id').notNull(),
    callId: text('call_id').notNull(),
    visitId: text('visit_id').notNull(),
    enqueuedAt: instant('enqueued_at').notNull(),
    endedAt: instant('ended_at'),
    waitMs: integer('wait_ms').notNull(),
    outcome: text('outcome'),
    agentId: text('agent_id'),
  },
  table => [
    // The queue first: so the key also answers which calls were in a queue.
    primaryKey({ columns: [table.tenant, table.queueId, table.callId, table.visitId] }),
    index('visits_enqueued').on(table.tenant, table.enqueuedAt),
  ],
)

/** Who was offered a call, had it, or started it. */
export const callAgents = pgTable(
  'call_agents',
  { tenant: tenant(), agentId: text('agent_id').notNull(), callId: text('call_id').notNull() },
  table => [primaryKey({ columns: [table.tenant, table.agentId, table.callId] })],
)

/** By which SIP Call-IDs a call is found. Of a long one, which a peer may have made up, its beginning: an index bears no more. */
export const callLegs = pgTable(
  'call_legs',
  { tenant: tenant(), sipCallId: text('sip_call_id').notNull(), callId: text('call_id').notNull() },
  table => [primaryKey({ columns: [table.tenant, table.sipCallId, table.callId] })],
)

export const agentSessions = pgTable(
  'agent_sessions',
  {
    tenant: tenant(),
    sessionId: text('session_id').notNull(),
    agentId: text('agent_id').notNull(),
    startedAt: instant('started_at').notNull(),
    endedAt: instant('ended_at'),
    endReason: text('end_reason'),
  },
  table => [
    primaryKey({ columns: [table.tenant, table.sessionId] }),
    index('agent_sessions_agent').on(table.tenant, table.agentId, table.startedAt),
  ],
)

/** Messages that callers have left; `record` is all of it, the rest is what it is looked for by. */
export const voicemail = pgTable(
  'voicemail',
  {
    tenant: tenant(),
    messageId: text('message_id').notNull(),
    mailboxId: text('mailbox_id').notNull(),
    heard: boolean('heard').notNull(),
    bytes: count('bytes').notNull(),
    record: jsonb('record').$type<VoicemailRecord>().notNull(),
  },
  table => [
    primaryKey({ columns: [table.tenant, table.messageId] }),
    index('voicemail_mailbox').on(table.tenant, table.mailboxId, table.messageId),
  ],
)

/** The applied definition, without any secret. */
export const centers = pgTable('centers', {
  tenant: text('tenant').primaryKey(),
  center: jsonb('center').$type<StoredCenter['center']>().notNull(),
})

/** Apart from the center, so that whoever may read or export centers never comes near a secret. */
export const centerSecrets = pgTable(
  'center_secrets',
  {
    tenant: tenant(),
    owner: text('owner').$type<'agent' | 'trunk' | 'pin'>().notNull(),
    ownerId: text('owner_id').notNull(),
    secret: jsonb('secret')
      .$type<DigestSecret | { readonly password: string } | { readonly pinHash: string }>()
      .notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.owner, table.ownerId] })],
)

export const users = pgTable(
  'users',
  {
    tenant: tenant(),
    username: text('username').notNull(),
    passwordHash: text('password_hash').notNull(),
    role: text('role').$type<Role>().notNull(),
    agentId: text('agent_id'),
  },
  table => [primaryKey({ columns: [table.tenant, table.username] })],
)

export const apiKeys = pgTable(
  'api_keys',
  {
    tenant: tenant(),
    keyId: text('key_id').notNull(),
    name: text('name').notNull(),
    keyHash: text('key_hash').notNull(),
    role: text('role').$type<Role>().notNull(),
    scopes: jsonb('scopes').$type<readonly string[]>().notNull(),
    createdAt: instant('created_at').notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.keyId] })],
)

export const webSessions = pgTable(
  'web_sessions',
  {
    tenant: tenant(),
    tokenHash: text('token_hash').notNull(),
    username: text('username').notNull(),
    expiresAt: instant('expires_at').notNull(),
  },
  table => [primaryKey({ columns: [table.tenant, table.tokenHash] })],
)

/** Small facts about the tenant's data, by key. */
export const meta = pgTable(
  'meta',
  { tenant: tenant(), key: text('key').notNull(), value: jsonb('value').notNull() },
  table => [primaryKey({ columns: [table.tenant, table.key] })],
)
