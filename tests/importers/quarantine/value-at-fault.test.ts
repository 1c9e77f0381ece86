import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EJSON } from 'bson';
import { compileMapping } from '../../../importers/mappings/compile.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { readMapping } from '../../../importers/mappings/read-mapping.ts';
import { masked } from '../../../importers/masking/masked-document.ts';
import { fieldAtFault, valueAtFault } from '../../../importers/quarantine/value-at-fault.ts';
import { readQuarantine } from '../../../queries/importing/quarantine.ts';
import { activity, assignment, contact, property, user } from '../support/documents.ts';
import { testImporter } from '../support/importer.ts';

const entry = (collection: string, path: string, document: object) => ({
  collection,
  path,
  raw: EJSON.stringify(document, { relaxed: false }),
  whole: true,
  refusedYN: false,
});

const mapping = compileMapping(
  (() => {
    const reading = readMapping(
      'name: x\nleads:\n  collections: people\n  fields: {email: contact.mail}\nactivities:\n  collections: touches\n  fields: {activityType: how}\n',
    );
    assert.ok('file' in reading);
    return reading.file;
  })(),
);

test('the value at fault is found in any form, and masked by the field that the mapping reads there', () => {
  const shownFor = (collection: string, path: string, document: object) => {
    const one = entry(collection, path, document);
    const value = valueAtFault(one);
    return value === null ? null : [value, masked(collection, fieldAtFault(one, mapping), value)];
  };
  assert.deepEqual(shownFor('activities', 'how', { how: 'Pigeon' }), ['Pigeon', 'Pigeon']);
  assert.deepEqual(shownFor('activities', 'how', { how: 17 }), ['17', '17']);
  assert.deepEqual(shownFor('contacts', 'contact.mail', { contact: { mail: 'Ana at Home' } }), [
    'Ana at Home',
    'Aa aa Aa',
  ]);
  assert.deepEqual(shownFor('contacts', 'contact.mail', { contact: [{ mail: 'x' }] }), ['["x"]', '["x"]']);
  assert.equal(shownFor('contacts', 'contact.mail', { contact: { mail: ' ' } }), null);
  assert.equal(shownFor('contacts', '', { a: 1 }), null);
});

test('there is no value at fault in a document that is not whole, or was refused', () => {
  const one = entry('activities', 'how', { how: 'Pigeon' });
  assert.equal(valueAtFault({ ...one, raw: one.raw.slice(0, -2), whole: false }), null);
  assert.equal(valueAtFault({ ...one, refusedYN: true }), null);
  assert.equal(valueAtFault({ ...one, raw: '"{nonsense"' }), null);
});

test('the reason for a word that is not known lists those that are', async (t) => {
  const importer = await testImporter(t);
  const [agent, buyer] = [user(), contact()];
  await importer.import({
    users: [agent],
    contacts: [buyer],
    properties: [property({ status: 'Chez nous' })],
    leadassignments: [assignment(buyer._id, agent._id, 'perhaps', '2026-05-01')],
    activities: [activity(buyer._id, { type: 'pigeon' })],
  });
  const rows = await readQuarantine(importer.db, {}, 10);
  const found = Object.fromEntries(rows.map((row) => [row.collection, `${valueAtFault(row)}: ${row.reason}`]));
  assert.match(found.properties!, /^Chez nous: .*Active, Active Under Contract, .* or Withdrawn\. The mapping can/);
  assert.match(
    found.leadassignments!,
    /^perhaps: .*offered, accepted, declined, expired or reassigned\. The mapping can/,
  );
  assert.match(found.activities!, /^pigeon: .*Call, Email, SMS, Note, Showing or Site Visit\. The mapping can/);
  const { types } = await loadMapping();
  assert.equal(fieldAtFault({ collection: 'activities', path: 'type' }, { ...mapping, types }), 'activityType');
});
