import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Document } from 'bson';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import zipcodes from 'zipcodes';
import { collections } from '../../samples/generator/world.ts';
import { type SampleSummary, writeSample } from '../../samples/generator/write-sample.ts';
import { cleanShapes } from './clean-shapes.ts';
import { documentsOf } from './read-dump.ts';

let folder: string;
let summary: SampleSummary;
const dump: Record<string, Document[]> = {};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openhouse-sample-'));
  summary = await writeSample({ folder, listings: 500, contacts: 500, seed: 'clean', dirt: 0, stage: 'later' });
  for (const collection of collections) dump[collection] = await documentsOf(folder, collection);
});
after(() => rm(folder, { recursive: true, force: true }));

for (const collection of collections) {
  test(`without dirt, every document of ${collection} has its clean shape`, async () => {
    assert.ok(dump[collection]!.length > 0);
    assert.equal(dump[collection]!.length, summary.documents[collection]);
    for (const document of dump[collection]!) {
      const result = cleanShapes[collection].safeParse(document);
      assert.ok(result.success, `${JSON.stringify(document)}: ${result.error}`);
    }
    const metadata = JSON.parse(await readFile(join(folder, 'legacy', `${collection}.metadata.json`), 'utf8'));
    assert.equal(metadata.collectionName, collection);
  });
}

test('without dirt, there are no oddities, no duplicates and no broken references', () => {
  assert.deepEqual(summary.oddities, {});
  const ids = (collection: string) => new Set(dump[collection]!.map(({ _id }) => String(_id)));
  const unique = (collection: string, field: string) =>
    assert.equal(new Set(dump[collection]!.map((document) => document[field])).size, dump[collection]!.length, field);
  unique('properties', 'mlsId');
  unique('contacts', 'email');
  unique('users', 'email');
  for (const collection of collections) assert.equal(ids(collection).size, dump[collection]!.length);
  // Recently removed listings may still be referenced.
  const gone = summary.changes.properties?.gone ?? 0;
  const known = {
    properties: ids('properties'),
    contacts: ids('contacts'),
    users: ids('users'),
    savedsearches: ids('savedsearches'),
  };
  const lost = (collection: string, field: string, target: keyof typeof known) =>
    dump[collection]!.filter((document) => document[field] && !known[target].has(String(document[field]))).length;
  assert.equal(lost('properties', 'agentId', 'users'), 0);
  assert.equal(lost('contacts', 'assignedTo', 'users'), 0);
  assert.equal(lost('savedsearches', 'contactId', 'contacts'), 0);
  assert.equal(lost('leadassignments', 'contactId', 'contacts'), 0);
  assert.equal(lost('leadassignments', 'agentId', 'users'), 0);
  assert.equal(lost('activities', 'contactId', 'contacts'), 0);
  assert.equal(lost('alerts_sent', 'searchId', 'savedsearches'), 0);
  assert.ok(lost('alerts_sent', 'propertyId', 'properties') <= gone * 20);
});

test('times increase, within the five years', () => {
  for (const collection of ['users', 'properties', 'contacts', 'savedsearches']) {
    for (const { _id, createdAt, updatedAt } of dump[collection]!) {
      assert.ok(createdAt <= updatedAt, `${collection} ${_id}`);
      assert.ok(
        createdAt >= new Date('2021-09-01') && updatedAt < new Date('2026-09-21T05:00:00Z'),
        `${collection} ${_id}`,
      );
    }
  }
  const created = new Map(
    ['contacts', 'properties', 'savedsearches'].flatMap((name) =>
      dump[name]!.map(({ _id, createdAt }) => [String(_id), createdAt]),
    ),
  );
  for (const { _id, searchId, propertyId, sentAt } of dump.alerts_sent!) {
    assert.ok(sentAt > created.get(String(searchId)), `alert ${_id} before its search`);
    assert.ok(sentAt > (created.get(String(propertyId)) ?? 0), `alert ${_id} before its listing`);
    assert.ok(sentAt < new Date('2026-09-21T05:00:00Z'), `alert ${_id} after the dump`);
  }
  for (const { _id, contactId, at } of [...dump.activities!, ...dump.leadassignments!]) {
    assert.ok(at >= created.get(String(contactId)), `${_id} before its contact`);
    assert.ok(at < new Date('2026-09-21T05:00:00Z'), `${_id} after the dump`);
  }
});

test('phones are valid, places are real, prices and rooms are plausible', () => {
  for (const { phone } of [...dump.contacts!, ...dump.users!])
    assert.ok(parsePhoneNumberFromString(phone)?.isValid(), phone);
  for (const { mlsId, address, loc, price, propertyType, beds, baths, sqft, status, soldPrice } of dump.properties!) {
    const zip = zipcodes.lookup(address.zip);
    assert.equal(zip?.state, address.state, mlsId);
    assert.ok(
      Math.abs(zip!.longitude - loc.coordinates[0]) < 0.02 && Math.abs(zip!.latitude - loc.coordinates[1]) < 0.02,
      mlsId,
    );
    assert.ok(price >= 20_000 && price <= 9_000_000, `${mlsId} ${price}`);
    assert.equal(propertyType === 'Land', beds === undefined);
    if (beds !== undefined)
      assert.ok(baths <= beds + 1.5 && sqft / (beds + 1) > 150 && sqft / (beds + 1) < 1500, mlsId);
    assert.equal(status === 'Sold', soldPrice !== undefined, mlsId);
  }
});

test('collections have realistic sizes', () => {
  const { properties, contacts, savedsearches, alerts_sent, activities } = summary.documents;
  assert.ok(alerts_sent > 3.5 * properties && alerts_sent < 8 * properties, `alerts_sent ${alerts_sent}`);
  assert.ok(savedsearches > 0.28 * contacts && savedsearches < 0.5 * contacts, `savedsearches ${savedsearches}`);
  assert.ok(activities > contacts && activities < 3 * contacts, `activities ${activities}`);
  const assigned = dump.contacts!.filter(({ assignedTo }) => assignedTo).length;
  assert.ok(assigned > 0.25 * contacts && assigned < 0.45 * contacts, `assigned ${assigned}`);
});
