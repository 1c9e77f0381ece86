import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordTypeGiven } from '../../cli/arguments.ts';
import { collectionNamed } from '../../cli/quarantine/collection-named.ts';
import { correctableFor } from '../../commands/corrections/correction-values.ts';
import { compileMapping } from '../../importers/mappings/compile.ts';
import { readMapping } from '../../importers/mappings/read-mapping.ts';
import { typesNamed } from '../../importers/remap/types-named.ts';

const read = readMapping(`name: ours
leads: { collections: [prospects, { name: people, where: { kind: buyer } }], fields: { email: mail } }
agents: { collections: { name: people, where: { kind: agent } }, fields: { memberEmail: mail } }
`);
assert.ok('file' in read, JSON.stringify(read));
const mapping = compileMapping(read.file);
const named = (name: string | undefined) => collectionNamed(name, async () => mapping);

test('a collection in quarantine is named by its record type, or as the old CRM or the ledger calls it', async () => {
  for (const name of ['leads', 'Leads', 'lead', 'prospects', 'contacts'])
    assert.equal(await named(name), 'contacts', name);
  // Also one that this mapping does not have: it may have been imported with another.
  assert.equal(await named('savedSearches'), 'savedsearches');
  assert.equal(await named('all'), undefined);
  assert.equal(await named(undefined), undefined);
});

test('a record type may be named in the singular or the plural, by every command', () => {
  const types = ['listing', 'lead', 'agent', 'saved-search'] as const;
  for (const [given, type] of [
    ['listings', 'listing'],
    ['Lead', 'lead'],
    ['agents', 'agent'],
    ['saved searches', 'saved-search'],
    ['savedSearch', 'saved-search'],
  ] as const) {
    assert.equal(recordTypeGiven(given, types), type);
    assert.equal(correctableFor(given), type === 'saved-search' ? 'savedSearch' : type);
  }
  assert.deepEqual(
    typesNamed(mapping, 'agent').map(({ type }) => type),
    ['agents'],
  );
  assert.throws(() => recordTypeGiven('home', types), /must be listing, lead, agent or saved-search, not "home"/);
});

test('a name that means nothing, or several record types, is refused rather than taken for an empty collection', async () => {
  await assert.rejects(named('nonsense'), { code: 'remap-unknown' });
  await assert.rejects(named('people'), /say which of leads, agents|say which of agents, leads/);
});
