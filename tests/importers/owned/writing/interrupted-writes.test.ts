import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { openConflicts } from '../../../../importers/differences/conflicts.ts';
import { withMongo } from '../../../support/mongo-server.ts';
import { property } from '../../support/documents.ts';
import { intercepting } from '../../support/intercepting.ts';
import { owningListing } from '../owning.ts';

test(
  'a write that was not recorded because the process died is neither taken for an edit nor repeated',
  withMongo,
  async (t) => {
    const home = property();
    const { world, key } = await owningListing(t, home);
    await world.correct('listing', key, { listPrice: 475_000 });
    // As the process would have left it.
    await world.edit('properties', {}, { price: 475_000, updatedAt: new Date() });
    assert.equal(await world.follow(), 0);
    assert.deepEqual(await openConflicts(world.db), []);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal(await world.follow(), 0);
  },
);

test('what was written, not noted, and then changed again here is no edit in the old CRM', withMongo, async (t) => {
  const { world, key } = await owningListing(t);
  await world.correct('listing', key, { listPrice: 475_000 });
  const url = await intercepting(t, world.mongo.url, (command) => ('update' in command ? 'hang up after' : undefined));
  await assert.rejects(world.write(url), /cannot be reached/);
  assert.equal((await world.documents('properties'))[0]!.price, 475_000);
  await world.correct('listing', key, { listPrice: 480_000 });
  await world.follow();
  assert.deepEqual(await openConflicts(world.db), []);
  assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
  assert.equal((await world.documents('properties'))[0]!.price, 480_000);
});

test('what was written, not noted, and then undone in the old CRM is a conflict', withMongo, async (t) => {
  const { world, key } = await owningListing(t);
  const [{ price }] = (await world.documents('properties')) as [{ price: unknown }];
  await world.correct('listing', key, { listPrice: 475_000 });
  const url = await intercepting(t, world.mongo.url, (command) => ('update' in command ? 'hang up after' : undefined));
  await assert.rejects(world.write(url), /cannot be reached/);
  await world.edit('properties', {}, { price, updatedAt: new Date() });
  assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
  const disputed = { listPrice: { before: 475_000, legacy: 450_000, openhouse: 475_000 } };
  const fieldsNow = async () => (await openConflicts(world.db)).map(({ fields }) => fields);
  assert.deepEqual(await fieldsNow(), [disputed]);
  // Reading it again changes nothing.
  await world.follow();
  assert.deepEqual(await fieldsNow(), [disputed]);
});

test(
  'an edit that a killed import has read, and not noted, is a conflict before anything is written',
  withMongo,
  async (t) => {
    const { world, key } = await owningListing(t);
    await world.edit('properties', {}, { price: 430_000 });
    const { rows } = await sql<{ applied: object }>`select applied from ops.import_record`.execute(world.db);
    await world.follow();
    // As the import would have left it, had it been killed after it had staged the document.
    await sql`update ops.import_record set applied = ${JSON.stringify(rows[0]!.applied)}`.execute(world.db);
    await sql`delete from ops.legacy_conflict`.execute(world.db);
    await sql`insert into ops.import_pending (aggregate, record_key) values ('listing', ${key})`.execute(world.db);
    await world.correct('listing', key, { listPrice: 475_000 });
    assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 1 });
    const [conflict] = await openConflicts(world.db);
    assert.deepEqual(conflict?.fields, { listPrice: { before: 450_000, legacy: 430_000, openhouse: 475_000 } });
    assert.equal((await world.documents('properties'))[0]!.price, 430_000);
  },
);

test(
  'a connection that drops before a change is written loses nothing: the next run writes it',
  withMongo,
  async (t) => {
    const { world, key } = await owningListing(t);
    await world.correct('listing', key, { listPrice: 475_000 });
    const url = await intercepting(t, world.mongo.url, (command) => ('update' in command ? 'hang up' : undefined));
    await assert.rejects(world.write(url), /cannot be reached/);
    assert.equal((await world.documents('properties'))[0]!.price, 450_000);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await world.documents('properties'))[0]!.price, 475_000);
  },
);
