import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventStoreDBClient } from '@eventstore/db-client';
import { contact, property, user } from '../support/documents.ts';
import { quarantined, testImporter } from '../support/importer.ts';

/** Each fits into an event, two of the same home do not. */
const photos = (of: string) =>
  Array.from({ length: 9_000 }, (_, n) => `https://photos.example.com/${of}/${n}/${'x'.repeat(30)}.jpg`);
const mlsId = 'RX-20000001';

test('a record that is too large for one event is set aside, and the others are imported', async (t) => {
  const importer = await testImporter(t);
  const properties = [property({ mlsId, photos: photos('a') }), property({ mlsId, photos: photos('b') }), property()];
  const { collections } = await importer.import({ properties });
  assert.deepEqual([collections.properties?.applied, collections.properties?.quarantined], [1, 2]);
  assert.deepEqual(await quarantined(importer.db), ['properties too-large', 'properties too-large']);
});

test('a record whose stream was deleted for good is set aside, and the others are imported', async (t) => {
  const importer = await testImporter(t);
  const [ana, maria] = [contact(), user()];
  await importer.import({ contacts: [ana], users: [maria] });
  const { streamName } = (await importer.events()).find((event) => event.streamName.startsWith('lead'))!;
  const client = EventStoreDBClient.connectionString(importer.eventStoreUrl);
  t.after(() => client.dispose());
  await client.tombstoneStream(streamName);
  const later = { updatedAt: new Date('2025-03-01') };
  await importer.import({
    contacts: [{ ...ana, name: 'Anna López', ...later }],
    users: [{ ...maria, name: 'Mary Garcia', ...later }],
  });
  assert.deepEqual(await quarantined(importer.db), ['contacts stream-deleted']);
  assert.ok((await importer.types()).includes('AgentDetailsCorrected'));
});
