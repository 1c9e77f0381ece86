import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Document } from 'bson';
import { type Collection, collections } from '../../samples/generator/world.ts';
import { type SampleSummary, writeSample } from '../../samples/generator/write-sample.ts';
import { documentedForms } from './documented-forms.ts';
import { documentsOf } from './read-dump.ts';

let folder: string;
let summary: SampleSummary;
const dump = {} as Record<Collection, Document[]>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'openhouse-sample-'));
  summary = await writeSample({ folder, listings: 2500, contacts: 2000, agents: 120, seed: 'dirty', dirt: 1 });
  for (const collection of collections) dump[collection] = await documentsOf(folder, collection);
});
after(() => rm(folder, { recursive: true, force: true }));

for (const collection of collections) {
  test(`at full dirt, ${collection} contains every form that the old CRM had`, () => {
    const missing = Object.entries(documentedForms[collection])
      .filter(([, shows]) => !dump[collection].some((document) => shows(document)))
      .map(([name]) => name);
    assert.deepEqual(missing, []);
  });
}

test('at full dirt, there are duplicates', () => {
  const twice = (keys: unknown[]) => keys.length - new Set(keys).size;
  const numbers = dump.properties
    .map(({ mlsId, mls_id, MLSNumber }) => String(mlsId ?? mls_id ?? MLSNumber ?? '').replace(/\D/g, ''))
    .filter(Boolean);
  const emails = dump.contacts
    .map(({ email }) => String(email).trim().toLowerCase())
    .filter((email) => /^[^;,]+@example/.test(email));
  assert.ok(twice(numbers) >= 50, `${twice(numbers)} MLS numbers twice`);
  assert.ok(twice(emails) >= 20, `${twice(emails)} e-mail addresses twice`);
});

test('at full dirt, some references are broken, but most are not', () => {
  const known = new Set(dump.properties.map(({ _id }) => String(_id)));
  const lost = dump.alerts_sent.filter(({ propertyId }) => !known.has(String(propertyId))).length;
  const share = lost / dump.alerts_sent.length;
  assert.ok(share > 0.01 && share < 0.15, `${share}`);
});

test('at full dirt, there are unlisted fields', () => {
  for (const collection of ['properties', 'contacts', 'users', 'savedsearches'] as const) {
    assert.ok((summary.oddities[collection]?.['fields not listed'] ?? 0) > 0, collection);
  }
  assert.ok(dump.properties.some((document) => 'scrapeHash' in document || 'custom1' in document));
});

test('the count of oddities in the summary matches the dump', () => {
  const calls = dump.properties.filter(({ price, listPrice }) => (price ?? listPrice) === 'Call').length;
  assert.equal(summary.oddities['properties.price']!.Call, calls);
  const broken = dump.contacts.filter(({ email }) => email === 'none@none.com').length;
  assert.equal(summary.oddities['contacts.email']!['none@none.com'], broken);
  for (const collection of collections) assert.equal(summary.documents[collection], dump[collection].length);
});

test('more dirt means more oddities', async () => {
  const count = async (dirt: number) => {
    const { oddities } = await writeSample({
      folder: join(folder, String(dirt)),
      listings: 200,
      contacts: 200,
      seed: 3,
      dirt,
    });
    return Object.values(oddities)
      .flatMap((forms) => Object.values(forms))
      .reduce((sum, n) => sum + n, 0);
  };
  const [none, little, typical, full] = [await count(0), await count(0.05), await count(0.3), await count(1)];
  assert.equal(none, 0);
  assert.ok(0 < little && little * 3 < typical && typical * 2 < full, `${little} ${typical} ${full}`);
});
