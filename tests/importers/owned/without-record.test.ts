import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { compareSides } from '../../../importers/owned/parity.ts';
import { documentsWithoutRecord } from '../../../importers/owned/without-record.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { contact, newId } from '../support/documents.ts';
import { insert } from '../support/live.ts';
import { owning } from './owning.ts';

test(
  'documents that are not in any record are counted next to a comparison: not read, in quarantine, dismissed',
  withMongo,
  async (t) => {
    const unusable = () => ({ _id: newId(), email: 'none@none.com' });
    const world = await owning(t, { contacts: [contact(), contact(), unusable(), unusable()] }, []);
    const mongo = await connectMongo(world.mongo.url);
    t.after(() => mongo.close());
    const deps = { db: world.db, store: world.store, clock: fixedClock(new Date().toISOString()) };
    const look = async () => {
      const parity = await compareSides(deps, mongo, 'lead', { mapping: world.mapping });
      assert.deepEqual([parity.documents, parity.same], [2, parity.records]);
      return await documentsWithoutRecord(world.db, mongo, world.mapping, parity, new AbortController().signal);
    };
    assert.deepEqual(await look(), { notRead: 0, inQuarantine: 2, dismissed: 0 });
    await sql`
    update ops.quarantine set dismissed_at = now()
    where quarantine_id = (select min(quarantine_id) from ops.quarantine)`.execute(world.db);
    await insert(world.mongo, { contacts: [contact(), contact(), unusable()] });
    assert.deepEqual(await look(), { notRead: 3, inQuarantine: 1, dismissed: 1 });
    await world.follow();
    const parity = await compareSides(deps, mongo, 'lead', { mapping: world.mapping });
    const left = await documentsWithoutRecord(world.db, mongo, world.mapping, parity, new AbortController().signal);
    assert.deepEqual([parity.documents, left], [4, { notRead: 0, inQuarantine: 2, dismissed: 1 }]);
  },
);
