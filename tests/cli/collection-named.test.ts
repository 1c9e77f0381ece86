import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectionNamed } from '../../cli/quarantine/collection-named.ts';
import { compileMapping } from '../../importers/mappings/compile.ts';
import { readMapping } from '../../importers/mappings/read-mapping.ts';

const read = readMapping(`name: ours
leads: { collections: [prospects, { name: people, where: { kind: buyer } }], fields: { email: mail } }
agents: { collections: { name: people, where: { kind: agent } }, fields: { memberEmail: mail } }
`);
assert.ok('file' in read, JSON.stringify(read));
const mapping = compileMapping(read.file);
const named = (name: string | undefined) => collectionNamed(name, async () => mapping);

test('a collection in quarantine is named by its record type, or as the old CRM or the ledger calls it', async () => {
  for (const name of ['leads', 'Leads', 'prospects', 'contacts']) assert.equal(await named(name), 'contacts', name);
  // Also one that this mapping does not have: it may have been imported with another.
  assert.equal(await named('savedSearches'), 'savedsearches');
  assert.equal(await named('all'), undefined);
  assert.equal(await named(undefined), undefined);
});

test('a name that means nothing, or several record types, is refused rather than taken for an empty collection', async () => {
  await assert.rejects(named('nonsense'), { code: 'remap-unknown' });
  await assert.rejects(named('people'), /say which of leads, agents|say which of agents, leads/);
});
