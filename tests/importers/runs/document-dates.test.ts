import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { remap } from '../../../importers/remap/remap.ts';
import { dataQuality } from '../../../importers/reporting/data-quality.ts';
import { fixedClock } from '../../support/fixed-clock.ts';
import { activity, assignment, contact, property, search, user } from '../support/documents.ts';
import { now, quarantined, type TestImporter, testImporter } from '../support/importer.ts';

const unreadable = { createdAt: 'a while ago', updatedAt: '2024' };

const qualityOf = async ({ db }: TestImporter, collection: string) =>
  Object.fromEntries(
    (await dataQuality(db)).fields
      .filter((one) => one.collection === collection && /^(?:createdAt|updatedAt|at)$/.test(one.field))
      .map(({ field, documents: { clean }, repaired, emptied }) => [field, { clean, repaired, emptied }]),
  );

test('a date of a document that cannot be read is reported for its field, in every collection, and its document is imported', async (t) => {
  const importer = await testImporter(t);
  const [agent, buyer] = [user(unreadable), contact(unreadable)];
  const summary = await importer.import({
    users: [agent],
    contacts: [buyer],
    properties: [property(unreadable)],
    savedsearches: [search(buyer._id, unreadable)],
    leadassignments: [{ ...assignment(buyer._id, agent._id, 'offered', now), ...unreadable }],
    activities: [activity(buyer._id, unreadable)],
  });
  assert.deepEqual(await quarantined(importer.db), []);
  for (const collection of ['users', 'contacts', 'properties', 'savedsearches', 'leadassignments', 'activities']) {
    const warnings = summary.warnings[collection as 'users'];
    assert.deepEqual(warnings, { 'createdAt not-a-date': 1, 'updatedAt date-incomplete': 1 }, collection);
    const { createdAt, updatedAt } = await qualityOf(importer, collection);
    assert.deepEqual(createdAt, { clean: 0, repaired: {}, emptied: { 'not-a-date': 1 } }, collection);
    assert.deepEqual(updatedAt, { clean: 0, repaired: {}, emptied: { 'date-incomplete': 1 } }, collection);
  }
});

test('dates that can be read count as clean, or as repaired if by a rule that could be wrong', async (t) => {
  const importer = await testImporter(t);
  await importer.import({
    properties: [property(), property({ createdAt: 45_382 }), property({ createdAt: '03/04/2025', updatedAt: null })],
  });
  assert.deepEqual(await qualityOf(importer, 'properties'), {
    createdAt: { clean: 1, repaired: { 'excel-serial-date': 1, 'month-first': 1 }, emptied: {} },
    updatedAt: { clean: 2, repaired: {}, emptied: {} },
  });
});

test('a date of an activity or an assignment that cannot be read is reported, and the day it was created is taken', async (t) => {
  const importer = await testImporter(t);
  const [agent, buyer] = [user(), contact()];
  await importer.import({
    users: [agent],
    contacts: [buyer],
    leadassignments: [{ ...assignment(buyer._id, agent._id, 'offered', now), at: 'yesterday' }],
    activities: [activity(buyer._id, { at: 'next week' }), activity(buyer._id)],
  });
  const { at: assigned } = await qualityOf(importer, 'leadassignments');
  assert.deepEqual(assigned, { clean: 0, repaired: {}, emptied: { 'not-a-date': 1 } });
  const { at: done } = await qualityOf(importer, 'activities');
  assert.deepEqual(done, { clean: 1, repaired: {}, emptied: { 'not-a-date': 1 } });
  const offender = (await dataQuality(importer.db)).offenders.find(({ collection }) => collection === 'activities');
  assert.equal(offender?.samples.length, 1);
});

test('an activity whose unreadable date is written otherwise is not another activity', async (t) => {
  const importer = await testImporter(t);
  const buyer = contact();
  const call = activity(buyer._id, { at: 'next week', createdAt: 'a while ago' });
  await importer.import({ contacts: [buyer], activities: [call] });
  const edited = { ...call, at: 'in 2025', createdAt: new Date(call._id.getTimestamp()) };
  const { events, warnings } = await importer.import({ contacts: [buyer], activities: [edited] });
  assert.equal(events, 0);
  assert.deepEqual(warnings, {});
  assert.deepEqual((await importer.import({ contacts: [buyer], activities: [edited] })).events, 0);
  const { createdAt } = await qualityOf(importer, 'activities');
  assert.deepEqual(createdAt?.emptied, {});
});

test('a document that was saved without a change does not change its record, however uncertain its date is', async (t) => {
  const importer = await testImporter(t);
  const dates = ['03/04/2025 10:01', '27.11.2025 10:01', 'yesterday'];
  const homes = dates.map((updatedAt) => property({ updatedAt }));
  await importer.import({ properties: homes });
  const saved = ['03/04/2025 10:02', '27.11.2025 10:02', 'today'].map((updatedAt, n) => ({ ...homes[n], updatedAt }));
  const { events, collections } = await importer.import({ properties: saved });
  assert.equal(events, 0);
  assert.equal(collections.properties?.quarantined, 0);
});

test('remap finds the dates that an older release did not report, and then has nothing more to do', async (t) => {
  const importer = await testImporter(t);
  const buyer = contact();
  const documents = {
    contacts: [buyer],
    properties: [property(), property(unreadable)],
    activities: [activity(buyer._id, { at: 'next week' })],
  };
  await importer.import(documents);
  const { db, store } = importer;
  const reported = () =>
    sql`select collection, warnings from ops.import_document order by collection, legacy_id`.execute(db);
  const { rows } = await reported();
  // As the release before this one left it.
  await sql`update ops.import_document set readers = 'older', warnings = null`.execute(db);
  const again = () => remap({ db, store, clock: fixedClock(now) }, 'all');
  assert.equal(
    (await again()).collections.reduce((sum, { read }) => sum + read, 0),
    4,
  );
  assert.deepEqual((await reported()).rows, rows);
  assert.equal((await again()).eventCount, 0);
  assert.equal((await importer.import(documents)).events, 0);
});
