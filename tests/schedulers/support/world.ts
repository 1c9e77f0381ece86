import type { TestContext } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { agents, leads, listings, savedSearches } from '../../../commands/aggregates.ts';
import { type CommandContext, execute } from '../../../commands/execute.ts';
import type { AgentCommand, AgentFields } from '../../../domain/agent/index.ts';
import type { Known } from '../../../domain/changes.ts';
import type { LeadCommand, LeadFields } from '../../../domain/lead/index.ts';
import type { ListingFields } from '../../../domain/listing/index.ts';
import type { HoldReason, SavedSearchFields } from '../../../domain/saved-search/index.ts';
import type { EventStore } from '../../../eventstore/event-store.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { catchUp } from '../../../projections/index.ts';
import { openStores } from '../../support/event-store/stores.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { migratedTestDatabase } from '../../support/postgres/migrated-database.ts';

export const startOfWorld = '2026-03-31T14:00:00.000Z';

/** A brokerage for testing jobs: real PostgreSQL, event store and read models, and a clock that the test sets. */
export const openWorld = async (t: Pick<TestContext, 'after'>) => {
  const stores = await openStores({ database: await migratedTestDatabase(), max: 20 }); // as many connections as `openhouse start`
  t.after(() => stores.close());
  const { db, store, databaseUrl, eventStoreUrl } = stores;
  const clock = fixedClock(startOfWorld);
  const log = createLogger({ level: 'silent' });
  const baseUrl = 'https://crm.example.com';
  const deps = { db, store, clock, log, baseUrl, timeZone: 'America/New_York' };
  await catchUp({ db, store, log });
  return {
    ...deps,
    deps,
    databaseUrl,
    eventStoreUrl,
    ...writers(store, clock),
    catchUp: () => catchUp({ db, store, log }),
    outbox: () => outbox(db),
    stopEventStore: () => stores.server.close(),
    restartEventStore: () => stores.restart(),
  };
};

export type World = Awaited<ReturnType<typeof openWorld>>;

const writers = (store: EventStore, clock: { now(): Date }) => {
  let count = 0;
  const context = (occurredAt?: string): CommandContext => {
    count += 1;
    return {
      actor: { kind: 'import', id: 'test' },
      source: 'test',
      occurredAt: occurredAt ?? clock.now().toISOString(),
      correlationId: `test-${count}`,
      causationId: `test-${count}`,
    };
  };
  return {
    listing: async (listingKey: string, fields: Known<ListingFields>, occurredAt?: string) => {
      const command = { type: 'RecordListing', listingKey, fields } as const;
      return accepted(await execute(store, listings, listingKey, [command], context(occurredAt)));
    },
    lead: async (contactKey: string, fields: Known<LeadFields>, more: readonly LeadCommand[] = []) => {
      const command = { type: 'RecordLead', contactKey, fields } as const;
      return accepted(await execute(store, leads, contactKey, [command, ...more], context()));
    },
    agent: async (memberKey: string, fields: Known<AgentFields>, more: readonly AgentCommand[] = []) => {
      const known = { memberFullName: memberKey, memberEmail: `${memberKey}@example.com`, roles: ['agent'], ...fields };
      const command: AgentCommand = { type: 'RecordAgent', memberKey, fields: known };
      return accepted(await execute(store, agents, memberKey, [command, ...more], context()));
    },
    savedSearch: async (
      savedSearchKey: string,
      fields: Known<SavedSearchFields>,
      holdReasons?: readonly HoldReason[],
    ) => {
      const held = holdReasons === undefined ? {} : { holdReasons };
      const command = { type: 'RecordSavedSearch', savedSearchKey, fields, ...held } as const;
      return accepted(await execute(store, savedSearches, savedSearchKey, [command], context()));
    },
  };
};

const accepted = <Result extends { ok: boolean }>(result: Result): Extract<Result, { ok: true }> => {
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result as Extract<Result, { ok: true }>;
};

export type OutboxRow = {
  outbox_id: string;
  dedupe_key: string;
  channel: string;
  contact_key: string | null;
  member_key: string | null;
  recipient: string;
  state: string;
  message: Record<string, unknown>;
  context: { homes: { listingKey: string; changeType: string; savedSearchKeys: string[] }[] };
};

const outbox = async (db: Kysely<unknown>): Promise<OutboxRow[]> => {
  const { rows } = await sql<OutboxRow>`select * from ops.outbox order by created_at, dedupe_key`.execute(db);
  return rows;
};
