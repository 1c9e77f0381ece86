import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { connectMongo } from '../../../importers/mongo/connect.ts';
import { followMongo } from '../../../importers/mongo/following/follow.ts';
import { deletionsWaiting } from '../../../importers/mongo/following/waiting.ts';
import { compareSides } from '../../../importers/owned/parity.ts';
import { systemClock } from '../../../platform/clock.ts';
import { openConsole, openPage } from '../../console/support.ts';
import { commandRunner } from '../../docs/documented-commands.ts';
import { withMongo } from '../../support/mongo-server.ts';
import { property } from '../support/documents.ts';
import { insert } from '../support/live.ts';
import { owning } from './owning.ts';

test(
  'a record that is kept without its document is no difference, stops no cutover, and is written only when the document comes back',
  withMongo,
  async (t) => {
    const homes = ['a', 'b', 'c', 'd'].map((_id) => property({ _id }));
    const world = await owning(t, { properties: homes }, []);
    const { db, store, mapping } = world;
    const deps = { db, store, clock: systemClock };
    const properties = world.mongo.client.db().collection('properties');
    const sweep = async () =>
      await followMongo(deps, world.mongo.url, { mapping, sweepEveryMs: 0, compareEveryMs: 0, maxGoneShare: 0.1 });
    const run = commandRunner<Record<string, unknown>>(world, '/tmp', { MONGO_URL: world.mongo.url });
    const mongo = await connectMongo(world.mongo.url);
    t.after(() => mongo.close());
    const compare = async () => {
      const { documents, records, same, onlyOpenhouse, kept } = await compareSides(deps, mongo, 'listing', { mapping });
      return { documents, records, same, onlyOpenhouse, kept };
    };
    const keptKeys = async () =>
      (await sql<{ key: string }>`select document_key as key from ops.import_kept order by 1`.execute(db)).rows.map(
        ({ key }) => key,
      );

    await properties.deleteMany({ _id: { $in: ['a', 'b'] } } as object);
    await sweep();
    assert.equal((await sweep()).deletionsWaiting, 2);

    const console = await openConsole(world);
    t.after(() => console.close());
    const { text, send } = await openPage(`${console.url}/deletions`);
    assert.match(text, /2 of 4 documents \(50%\)/);
    const form = { action: 'keep', collection: 'properties', seen: '2', because: 'They were sold' };
    const decide = (given: object) => send(`${console.url}/deletions`, { ...form, ...given });
    for (const wrong of [{ because: ' ' }, { seen: '1' }, { collection: 'elsewhere' }, { action: 'delete' }])
      assert.equal((await decide(wrong)).status, 422, JSON.stringify(wrong));
    assert.equal((await decide({ _csrf: 'x' })).status, 403);
    assert.equal((await decide({ action: 'confirm' })).status, 303);
    const page = async () => await (await fetch(`${console.url}/deletions`)).text();
    assert.match(await page(), /Confirmed: the next run of following deletes.*Decided by.*They were sold/);
    assert.equal((await decide({})).status, 303);
    assert.match(await page(), /Kept: the next run of following leaves.*They were sold/);

    const reason = ['--keep', '--because', 'Sold homes stay in our history'];
    await assert.rejects(
      run(['import', 'confirm-deletes', 'elsewhere', ...reason]),
      /no deletions are waiting in elsewhere/,
    );
    const shown = await run(['import', 'confirm-deletes', '--dry-run']);
    assert.deepEqual([shown.result.confirmed, shown.result.kept], [false, false]);
    const decided = await run(['import', 'confirm-deletes', 'properties', ...reason, '--as', 'dana']);
    assert.deepEqual([decided.code, decided.result.confirmed, decided.result.kept], [0, false, true]);
    const swept = await sweep();
    assert.deepEqual([swept.deleted, swept.deletionsWaiting], [0, 0]);
    assert.match(
      await page(),
      /No deletions are waiting[\s\S]*Listings: 2[\s\S]*kept[\s\S]*dana[\s\S]*Sold homes stay/,
    );
    const { rows } = await sql`select kept_by, because from ops.import_kept`.execute(db);
    const decision = { kept_by: 'dana', because: 'Sold homes stay in our history' };
    assert.deepEqual(rows, [decision, decision]);

    assert.deepEqual(await compare(), { documents: 2, records: 2, same: 2, onlyOpenhouse: 0, kept: 2 });
    const { code, result } = await run(['cutover', 'listing', '--because', 'All agree']);
    assert.deepEqual([code, result.done], [0, true]);

    const key = (
      await sql<{ key: string }>`
      select record_key as key from ops.import_document where legacy_id = 'a'`.execute(db)
    ).rows[0]!.key;
    await world.correct('listing', key, { listPrice: 475_000 });
    assert.deepEqual(await world.write(), { written: 0, refused: 0, waiting: 0 });
    await sweep();
    assert.deepEqual([await deletionsWaiting(db), await keptKeys()], [[], ['a', 'b']]);
    assert.equal(await properties.countDocuments(), 2);
    assert.equal((await compare()).kept, 2);

    await insert(world.mongo, { properties: [homes[0]!] });
    await sweep();
    assert.deepEqual(await keptKeys(), ['b']);
    assert.deepEqual(await world.write(), { written: 1, refused: 0, waiting: 0 });
    assert.equal((await properties.findOne({ _id: 'a' } as object))?.price, 475_000);
    assert.deepEqual(await compare(), { documents: 3, records: 3, same: 3, onlyOpenhouse: 0, kept: 1 });
  },
);
