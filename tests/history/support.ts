import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { recordAggregates } from '../../commands/aggregates.ts';
import { type CommandContext, execute } from '../../commands/execute.ts';
import type { AgentCommand } from '../../domain/agent/index.ts';
import type { LeadCommand } from '../../domain/lead/index.ts';
import type { ListingCommand } from '../../domain/listing/index.ts';
import type { SavedSearchCommand } from '../../domain/saved-search/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { catchUp } from '../../projections/index.ts';
import { openStores } from '../support/event-store/stores.ts';

type Database = Parameters<typeof catchUp>[0]['db'];
type CommandOf = {
  listing: ListingCommand;
  lead: LeadCommand;
  agent: AgentCommand;
  savedSearch: SavedSearchCommand;
};

/** A separate database, event store and read models. */
export type World = {
  readonly databaseUrl: string;
  readonly eventStoreUrl: string;
  readonly db: Database & Kysely<unknown>;
  readonly store: EventStore;
  /** Runs commands, as an import would unless `context` says otherwise. */
  tell<Name extends keyof CommandOf>(
    aggregate: Name,
    key: string,
    commands: CommandOf[Name] | readonly CommandOf[Name][],
    context?: Partial<CommandContext>,
  ): Promise<void>;
  /** Brings the read models up to date. */
  catchUp(): Promise<void>;
  stopEventStore(): Promise<void>;
  close(): Promise<void>;
};

export const openWorld = async (): Promise<World> => {
  const stores = await openStores({ max: 4, positionsInStreams: true });
  const { db, store } = stores;
  let told = 0;
  return {
    databaseUrl: stores.databaseUrl,
    eventStoreUrl: stores.eventStoreUrl,
    db: db as World['db'],
    store,
    async tell(name, key, commands, context = {}) {
      const id = `test-${++told}`;
      const result = await execute(
        store,
        recordAggregates[name] as unknown as (typeof recordAggregates)['listing'],
        key,
        (Array.isArray(commands) ? commands : [commands]) as ListingCommand[],
        {
          actor: { kind: 'import', id: 'legacy' },
          source: `legacy:${key}`,
          occurredAt: '2026-01-15T09:00:00.000Z',
          correlationId: id,
          causationId: id,
          ...context,
        },
      );
      if (!result.ok) throw new Error(`${result.rejection.code}: ${result.rejection.message}`);
    },
    async catchUp() {
      const { projections } = await catchUp({ db: db as Database, store, log: pino({ level: 'silent' }) });
      const failed = projections.find(({ error, parked }) => error !== null || parked > 0);
      if (failed !== undefined) throw new Error(`${failed.name}: ${failed.error ?? `${failed.parked} parked`}`);
    },
    stopEventStore: () => stores.server.close(),
    close: stores.close,
  };
};
