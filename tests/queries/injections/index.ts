import { sql } from 'kysely';
import { leads } from '../../../commands/aggregates.ts';
import { execute } from '../../../commands/execute.ts';
import type { LeadCommand } from '../../../domain/lead/index.ts';
import { noteOrigin } from '../../../eventstore/positions/origin.ts';
import { importDump } from '../../../importers/dump/import-dump.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createLogger } from '../../../platform/logging/log.ts';
import { retryParked } from '../../../projections/index.ts';
import { type JobRun, originOf } from '../../../schedulers/define-job.ts';
import type { World } from '../../history/support.ts';
import { writeDump } from '../../importers/support/dump.ts';
import { until } from '../../support/until.ts';
import { holdLock } from '../hold-table.ts';
import { followingInjections } from './following.ts';
import { type Injection, run } from './injection.ts';
import { jobInjections } from './jobs.ts';
import { messageInjections } from './messages.ts';
import { oldCrmInjections } from './old-crm.ts';
import { processInjections } from './processes.ts';
import { releaseInjections } from './releases.ts';

/** By the condition's name; those that need their own servers or settings have tests of their own. */
export const injections: Readonly<Record<string, Injection>> = {
  ...followingInjections,
  ...jobInjections,
  ...messageInjections,
  ...oldCrmInjections,
  ...processInjections,
  ...releaseInjections,
  unchecked: {
    how: 'Another session locks `ops.quarantine` exclusively, so that checking it times out.',
    exitCode: 1,
    inject: ({ databaseUrl }) => holdLock(databaseUrl, 'ops.quarantine'),
    repair: (_, lock) => (lock as { release(): Promise<void> }).release(),
  },
  'lock-wait': {
    how: 'One session holds a lock on `ops.signing_key`, and another waits for it for 21 s.',
    exitCode: 1,
    inject: async ({ db, databaseUrl }) => {
      const holder = await holdLock(databaseUrl, 'ops.signing_key');
      const waiter = holdLock(databaseUrl, 'ops.signing_key');
      await until('it to have waited for 21 s', async () => {
        const { rows } = await sql`
          select from pg_locks where not granted and waitstart < clock_timestamp() - interval '21 seconds'
            and database = (select oid from pg_database where datname = current_database())`.execute(db);
        return rows.length > 0;
      });
      return {
        async release() {
          await holder.release();
          await (await waiter).release();
        },
      };
    },
    repair: (_, locks) => (locks as { release(): Promise<void> }).release(),
  },
  'database-older-than-store': {
    how: 'A lead was offered by a run of lead matching that is newer than any run in the database.',
    exitCode: 1,
    inject: async (world) => {
      await noteOrigin(world.db, world.store);
      const origin = originOf({ job: 'lead-offers', jobRunId: '1000000' } as JobRun, new Date());
      const commands: readonly LeadCommand[] = [
        { type: 'RecordLead', contactKey: 'c8', fields: { email: 'ben@example.com' } },
        {
          type: 'OfferLead',
          offerKey: 'o8',
          memberKeys: ['a1'],
          score: 40,
          reasons: [],
          expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
        },
      ];
      await execute(world.store, leads, 'c8', commands, origin);
      await world.catchUp();
    },
    // As `openhouse recover --apply` does.
    repair: async ({ db, store }) => {
      const end = (await store.lastOwnPosition())!.commit;
      await sql`update ops.event_store_origin set explained_until = ${end}`.execute(db);
    },
  },
  'read-model-failing': {
    how: 'The table of a read model is gone, and a listing changes.',
    exitCode: 1,
    inject: async (world) => {
      const table = await liveTable(world);
      await run(world.db, `alter table ${table} rename to gone`);
      await listing(world, 500_000);
      await world.catchUp().catch(() => {});
      return table;
    },
    repair: async (world, table) => {
      await run(world.db, `alter table ${String(table).replace(/[^.]+$/, 'gone')} rename to listings`);
      await world.catchUp();
    },
  },
  'read-model-behind': {
    how: 'An event is appended while no process feeds the read models; 11 s pass.',
    exitCode: 1,
    inject: async (world) => {
      await world.tell('agent', 'a9', {
        type: 'RecordAgent',
        memberKey: 'a9',
        fields: { memberFullName: 'Ana Ortiz', memberEmail: 'ortiz@example.com' },
      });
      await new Promise((resolve) => setTimeout(resolve, 11_000));
    },
    repair: (world) => world.catchUp(),
  },
  'events-parked': {
    how: 'The table of a read model refuses a price, and a listing gets it.',
    exitCode: 3,
    inject: async (world) => {
      const table = await liveTable(world);
      await run(world.db, `alter table ${table} add constraint no_such_price check (list_price <> 666666)`);
      await listing(world, 666_666);
      await world.catchUp().catch(() => {});
      return table;
    },
    repair: async (world, table) => {
      await run(world.db, `alter table ${table} drop constraint no_such_price`);
      await retryParked({ db: world.db, store: world.store, log: createLogger({ level: 'silent' }) }, 'listings');
    },
  },
  'offers-overdue': {
    how: 'An offer to an agent expired an hour ago without an answer.',
    exitCode: 3,
    inject: async (world) => {
      await world.tell('lead', 'c9', [
        { type: 'RecordLead', contactKey: 'c9', fields: { email: 'ana@example.com' } },
        {
          type: 'OfferLead',
          offerKey: 'o9',
          memberKeys: ['a1'],
          score: 40,
          reasons: [],
          expiresAt: new Date(Date.now() - 3_600_000).toISOString(),
        },
      ]);
      await world.catchUp();
    },
    repair: async (world) => {
      await world.tell('lead', 'c9', { type: 'AssignLead', ownerMemberKey: 'a1' });
      await world.catchUp();
    },
  },
  'searches-on-hold': {
    how: 'An active saved search has a criterion that could not be understood.',
    exitCode: 3,
    inject: async (world) => {
      await world.tell('savedSearch', 's9', {
        type: 'RecordSavedSearch',
        savedSearchKey: 's9',
        fields: { contactKey: 'c1', criteria: {}, activeYN: true },
        holdReasons: [{ code: 'criterion-unknown', field: 'query.type', found: 'Penthouse' }],
      });
      await world.catchUp();
    },
    repair: async (world) => {
      await world.tell('savedSearch', 's9', {
        type: 'RecordSavedSearch',
        savedSearchKey: 's9',
        fields: { contactKey: 'c1', criteria: {}, activeYN: false },
        holdReasons: [],
      });
      await world.catchUp();
    },
  },
  'policy-unworkable': {
    how: 'The only person with the role broker leaves.',
    exitCode: 3,
    inject: async (world) => {
      await world.tell('agent', 'b1', { type: 'RecordAgent', memberKey: 'b1', fields: { memberStatus: 'Inactive' } });
      await world.catchUp();
    },
    repair: async (world) => {
      await world.tell('agent', 'b1', { type: 'RecordAgent', memberKey: 'b1', fields: { memberStatus: 'Active' } });
      await world.catchUp();
    },
  },
  quarantine: {
    how: 'A listing without an address, a number or a price is imported.',
    exitCode: 0,
    inject: (world) => imported(world, [{ _id: 'x' }]),
    repair: ({ db }) => run(db, 'delete from ops.quarantine', 'delete from ops.import_run'),
  },
  'import-stopped': {
    how: 'A dump of 60 listings without an address or a number is imported.',
    exitCode: 1,
    inject: (world) =>
      imported(
        world,
        Array.from({ length: 60 }, (_, n) => ({ _id: `x${n}` })),
      ).catch(() => {}),
    repair: ({ db }) => run(db, 'delete from ops.quarantine', 'delete from ops.import_run'),
  },
};

/** The table of the live build of the listings, with its schema. */
const liveTable = async ({ db }: World): Promise<string> => {
  const { rows } = await sql<{ schema_name: string }>`
    select schema_name from ops.projection_build where name = 'listings' and state = 'live'`.execute(db);
  return `"${rows[0]!.schema_name}".listings`;
};

const listing = (world: World, listPrice: number): Promise<void> =>
  world.tell('listing', 'l9', {
    type: 'RecordListing',
    listingKey: 'l9',
    fields: { standardStatus: 'Active', listPrice, listingId: 'RX-9', city: 'Boca Raton' },
  });

/** Imports a dump with these listings. */
const imported = async ({ db, store }: World, properties: readonly object[]): Promise<void> => {
  const ends: (() => unknown)[] = [];
  try {
    const folder = writeDump({ after: (end) => void ends.push(end) }, { properties });
    await importDump({ db, store, clock: systemClock }, folder);
  } finally {
    for (const end of ends) await end();
  }
};
