import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { BSON, type Document } from 'bson';
import { type Collection, collections } from '../../samples/generator/world.ts';
import { type SampleSummary, writeSample } from '../../samples/generator/write-sample.ts';
import { bytesById } from './read-dump.ts';

const FIRST_DUMP = new Date('2026-09-07T05:00:00Z');
const LATER_DUMP = new Date('2026-09-21T05:00:00Z');

let folder: string;
after(() => rm(folder, { recursive: true, force: true }));
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openhouse-sample-'));
});

type Pair = { before: Document; after: Document };

/** Two dumps of one database, and the differences between them. */
async function twoDumps(dirt: number) {
  const options = { listings: 400, contacts: 400, seed: 'stages', dirt };
  const paths = { first: join(folder, `first-${dirt}`), later: join(folder, `later-${dirt}`) };
  await writeSample({ ...options, folder: paths.first });
  const summary = await writeSample({ ...options, folder: paths.later, stage: 'later' });
  const differences = {} as Record<Collection, { changed: Pair[]; added: Document[]; gone: Document[]; same: number }>;
  for (const collection of collections) {
    const first = await bytesById(paths.first, collection);
    const later = await bytesById(paths.later, collection);
    const found = { changed: [] as Pair[], added: [] as Document[], gone: [] as Document[], same: 0 };
    for (const [id, bytes] of first) {
      const now = later.get(id);
      if (!now) found.gone.push(BSON.deserialize(bytes));
      else if (now.equals(bytes)) found.same += 1;
      else found.changed.push({ before: BSON.deserialize(bytes), after: BSON.deserialize(now) });
    }
    for (const [id, bytes] of later) if (!first.has(id)) found.added.push(BSON.deserialize(bytes));
    differences[collection] = found;
  }
  return { summary, differences };
}

const sum = (counts: Record<string, number> | undefined, except: string[]) =>
  Object.entries(counts ?? {}).reduce((total, [name, count]) => total + (except.includes(name) ? 0 : count), 0);

for (const dirt of [0, 0.3, 1]) {
  test(`at dirt ${dirt}, unchanged documents keep their bytes, and the summary counts the changed ones`, async () => {
    const { summary, differences } = await twoDumps(dirt);
    assert.equal(differences.users.same, summary.documents.users);
    checkCounts(summary, differences);
    for (const collection of ['leadassignments', 'activities', 'alerts_sent'] as const) {
      const { changed, gone, added, same } = differences[collection];
      assert.equal(changed.length + gone.length, 0, `${collection} only grows`);
      assert.ok(added.length > 0 && added.length < same / 2, `${collection}: ${added.length} rows added to ${same}`);
    }
  });
}

function checkCounts(summary: SampleSummary, differences: Awaited<ReturnType<typeof twoDumps>>['differences']) {
  const { properties, contacts, savedsearches } = differences;
  const { changes } = summary;
  assert.equal(properties.added.length, changes.properties!['new listing']);
  assert.equal(properties.gone.length, changes.properties!.gone ?? 0);
  assert.equal(contacts.added.length, changes.contacts!['new contact']);
  assert.equal(contacts.gone.length, 0);
  assert.equal(savedsearches.added.length, changes.savedsearches!['new search']);
  // A change is invisible if the changed field was written illegibly: `price: "Call"`, `unsubscribed` …
  const expected = {
    properties: sum(changes.properties, ['new listing', 'gone']),
    contacts: sum(changes.contacts, ['new contact']),
    savedsearches: sum(changes.savedsearches, ['new search']),
  };
  for (const collection of ['properties', 'contacts', 'savedsearches'] as const) {
    const seen = differences[collection].changed.length;
    assert.ok(
      seen <= expected[collection] && seen >= expected[collection] * 0.7,
      `${collection}: ${seen} of ${expected[collection]}`,
    );
    if (summary.dirt === 0) assert.equal(seen, expected[collection], collection);
  }
}

test('changed documents are newer, except for a few edits that left no trace', async () => {
  const { differences } = await twoDumps(0);
  const changed = [
    ...differences.properties.changed,
    ...differences.contacts.changed,
    ...differences.savedsearches.changed,
  ];
  let silent = 0;
  for (const { before, after } of changed) {
    if (after.updatedAt.getTime() === before.updatedAt.getTime()) silent += 1;
    else assert.ok(after.updatedAt > FIRST_DUMP && after.updatedAt < LATER_DUMP, String(after._id));
    assert.deepEqual(after.createdAt, before.createdAt);
  }
  assert.ok(silent >= 3 && silent < changed.length / 3, `${silent} of ${changed.length}`);
  for (const { createdAt } of [...differences.properties.added, ...differences.contacts.added]) {
    assert.ok(createdAt > FIRST_DUMP && createdAt < LATER_DUMP);
  }
});

test('in two weeks prices drop and rise, homes sell, leads come in, and people opt out', async () => {
  const { differences } = await twoDumps(0);
  const listings = differences.properties.changed;
  const moved = (from: string[], to: string) =>
    listings.filter(({ before, after }) => from.includes(before.status) && after.status === to).length;
  const market = ['Active', 'Back on Market'];
  assert.ok(listings.filter(({ before, after }) => after.price < before.price).length >= 5, 'price drops');
  assert.ok(listings.filter(({ before, after }) => after.price > before.price).length >= 1, 'price rises');
  assert.ok(moved(market, 'Pending') >= 3, 'pending');
  assert.ok(moved(['Pending', ...market], 'Sold') >= 3, 'sold');
  assert.ok(moved(market, 'Withdrawn') >= 1, 'withdrawn');
  assert.ok(moved(['Pending', 'Withdrawn', 'Expired'], 'Back on Market') >= 1, 'back on market');
  assert.ok(moved(['Coming Soon'], 'Active') >= 1, 'on the market');
  assert.ok(differences.properties.added.length >= 10, 'new listings');
  const contacts = differences.contacts.changed;
  assert.ok(contacts.filter(({ before, after }) => !before.emailOptOut && after.emailOptOut).length >= 1, 'opt-outs');
  assert.ok(contacts.filter(({ before, after }) => !before.assignedTo && after.assignedTo).length >= 2, 'assigned');
});
