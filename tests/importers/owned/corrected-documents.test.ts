import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { cutOver } from '../../../importers/owned/cutover.ts';
import { compareSides } from '../../../importers/owned/parity.ts';
import { repairParity } from '../../../importers/owned/repair.ts';
import { editEntry } from '../../../importers/quarantine/edit-entry.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { property, user } from '../support/documents.ts';
import { byPerson, quarantined } from '../support/importer.ts';
import { owning } from './owning.ts';

const asJson = (document: object): unknown => JSON.parse(JSON.stringify(document));
const because = { ...byPerson, reason: 'Agents have moved' };

test(
  'a document that was corrected in quarantine counts as a difference, and is written once openhouse owns it',
  withMongo,
  async (t) => {
    const bad = {
      properties: property({ status: 'ask Dave', price: '$450,000' }),
      users: user({ email: 'n/a', role: 'agent' }),
    };
    const world = await owning(t, { properties: [bad.properties, property()], users: [bad.users, user()] }, []);
    const mongo = await connectMongo(world.mongo.url);
    t.after(() => mongo.close());
    const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
    const { mapping } = world;
    const { rows } = await sql<{ id: string; collection: 'properties' | 'users' }>`
      select quarantine_id::text as id, collection from ops.quarantine`.execute(world.db);
    const corrections = {
      properties: [{ path: 'status', value: 'Pending' }],
      users: [{ path: 'email', value: 'ana@example.com' }],
    };
    for (const { id, collection } of rows)
      await editEntry(deps, { quarantineId: id, changes: corrections[collection], by: 'dana', because: 'Asked' }, {});
    assert.deepEqual(await quarantined(world.db), []);

    for (const [type, collection] of [
      ['listing', 'properties'],
      ['agent', 'users'],
    ] as const) {
      const compare = () => compareSides(deps, mongo, type, { mapping });
      const before = await compare();
      assert.deepEqual([before.documents, before.same, before.differing, before.onlyOpenhouse], [2, 1, 1, 0]);
      assert.equal(before.examples[0]!.where, 'unreadable');
      const options = { mapping, dryRun: false, follow: world.followed };
      const stopped = await cutOver(deps, mongo, type, 'openhouse', { ...options, acceptDifferences: false }, because);
      assert.deepEqual(
        stopped.checks.filter(({ ok }) => !ok).map(({ what }) => what),
        ['records that differ'],
      );
      const handed = await cutOver(deps, mongo, type, 'openhouse', { ...options, acceptDifferences: true }, because);
      assert.ok(handed.done);
      assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
      const after = await compare();
      assert.deepEqual([after.same, after.examples], [2, []]);
      // Only what was wrong has changed.
      const document = (await world.documents(collection)).find(
        ({ _id }) => String(_id) === String(bad[collection]._id),
      )!;
      const { [corrections[collection][0]!.path]: corrected, updatedAt: _, ...others } = document;
      const {
        [corrections[collection][0]!.path]: __,
        updatedAt: ___,
        ...asBefore
      } = bad[collection] as typeof document;
      assert.notEqual(corrected, undefined);
      assert.deepEqual(asJson(others), asJson(asBefore));
      assert.equal(await world.follow(), 0);
    }
    const { repairs } = await repairParity(deps, mongo, 'agent', { mapping, dryRun: false }, because);
    assert.deepEqual(repairs, []);
  },
);
