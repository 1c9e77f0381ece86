import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonEvent } from '@eventstore/db-client';
import { sql } from 'kysely';
import { openDatabase } from '../../../platform/database/database.ts';
import { isUserError } from '../../../platform/errors.ts';
import { listBuilds } from '../../../projections/engine/builds/builds.ts';
import { catchUp, diffProjection, rebuild } from '../../../projections/index.ts';
import { testPostgres } from '../../support/postgres/test-postgres.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { until } from '../../support/until.ts';
import { someContext, useWorld } from '../support/world.ts';

const world = useWorld();
const listings = 30;
const changesEach = 500;

test('a rebuild during which PostgreSQL crashes ends with a message, and the next one resumes with nothing lost or written twice', async (t) => {
  const { client } = await world.store.connection.node();
  for (let n = 0; n < listings; n++) await client.appendToStream(`listing-home${n}`, historyOf(n));
  // The read models are in a PostgreSQL of their own; the event store stays.
  const folder = temporaryFolder(t);
  let postgres = await testPostgres({ folder, durable: true });
  const { db, close } = openDatabase<unknown>(postgres.url, { applicationName: 'lost postgres test' });
  t.after(async () => {
    await close();
    await postgres.close();
  });
  const deps = { store: world.store, log: world.log, db };
  await catchUp(deps);

  let killing: Promise<void> | undefined;
  const onProgress = ({ share }: { share: number }) => {
    if (share > 0.75) killing ??= postgres.kill();
  };
  const error = await rebuild(deps, ['listing_changes'], { onProgress }).then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(killing !== undefined);
  await killing;
  assert.ok(isUserError(error) && error.code === 'database-unreachable', String(error));

  postgres = await testPostgres({ folder, preferredPort: postgres.port, durable: true });
  await until('PostgreSQL to answer again', () =>
    sql`select 1`.execute(db).then(
      () => true,
      () => false,
    ),
  );
  const [candidate] = await listBuilds(db, ['building']);
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from ${sql.table(`${candidate!.schema}.listing_changes`)}`.execute(db);
  assert.equal(rows[0]!.count, candidate!.events, 'rows and checkpoint are of the same moment');

  const [resumed] = await rebuild(deps, ['listing_changes']);
  assert.deepEqual([resumed!.resumed, resumed!.events], [true, listings * (changesEach + 1)]);
  assert.equal((await diffProjection(deps, 'listing_changes')).equal, true);
});

const historyOf = (n: number) => {
  const metadata = { version: 1, ...someContext, $correlationId: 'tests', $causationId: 'tests' };
  const data = { listingId: `RX-${n}`, standardStatus: 'Active', listPrice: 100_000 };
  return [
    jsonEvent({ type: 'ListingEntered', data, metadata }),
    ...Array.from({ length: changesEach }, (_, change) =>
      jsonEvent({ type: 'ListPriceChanged', data: { listPrice: 100_001 + change }, metadata }),
    ),
  ];
};
