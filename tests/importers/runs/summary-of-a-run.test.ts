import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hashTable, keyOf } from '../../../importers/staging/ids/hash-table.ts';
import { contact, property } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';

suite('the summary of an import', () => {
  test('counts the warnings of its own documents separately from those on file', async (t) => {
    const importer = await testImporter(t);
    const odd = property({ price: 'Call', status: 'Active' });
    const first = await importer.import({ properties: [odd] });
    assert.equal(first.collections.properties?.warnings, 1);
    const second = await importer.import({ properties: [odd, property()] });
    assert.deepEqual([second.collections.properties?.warnings, second.warnings], [0, {}]);
    assert.deepEqual(second.onFile.warnings, first.warnings);
  });

  test('names documents of an earlier import that are gone, and leaves their records unchanged', async (t) => {
    const importer = await testImporter(t);
    const [kept, gone] = [contact({ email: 'kept@example.com' }), contact({ email: 'gone@example.com' })];
    const first = await importer.import({ contacts: [kept, gone] });
    assert.doesNotMatch(first.notes.join('\n'), /earlier imports/);
    const events = (await importer.events()).length;
    const second = await importer.import({ contacts: [kept] });
    const note = second.notes.find((text) => text.includes('earlier imports'));
    assert.match(note ?? '', new RegExp(`^Leads: 1 document of earlier imports .*${gone._id}$`));
    assert.equal((await importer.events()).length, events);
  });

  test('does not report documents as gone if the collection was not read', async (t) => {
    const importer = await testImporter(t);
    await importer.import({ contacts: [contact()], properties: [property()] });
    const second = await importer.import({ contacts: [contact()] });
    assert.doesNotMatch(second.notes.join('\n'), /Listings: .*earlier imports/);
  });
});

test('a hash table finds every text that was put in, and no other', () => {
  const table = hashTable();
  for (let at = 0; at < 50_000; at++)
    assert.equal(
      table.update(keyOf(`id-${at}`), (known = at) => known),
      undefined,
    );
  for (let at = 0; at < 50_000; at++) {
    assert.equal(table.get(keyOf(`id-${at}`)), at);
    assert.equal(table.get(keyOf(`other-${at}`)), undefined);
  }
});

suite('unread fields', () => {
  test('are counted by name for each collection', async (t) => {
    const importer = await testImporter(t);
    const summary = await importer.import({
      contacts: [
        contact({ emailAddress: 'ana@example.com', nickname: null }),
        contact({ emailAddress: 'bob@example.com', unsubscribedAt: '' }),
      ],
      properties: [property({ mlsNumber: 'RX-1', __v: 3 })],
      alerts_sent: [{ _id: 'a', searchId: 's', propertyId: 'p', sentAt: new Date(), channel: 'sms' }],
    });
    assert.deepEqual(summary.unread, {
      contacts: { emailAddress: 2 },
      properties: { mlsNumber: 1 },
      alerts_sent: { channel: 1 },
    });
  });

  test('do not include any known name in the sample', async (t) => {
    const importer = await testImporter(t);
    const summary = await importer.import({ contacts: [contact()], properties: [property()] });
    assert.deepEqual(summary.unread, {});
  });
});
