import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownershipText, unwrittenText, withComparisons } from '../../../cli/legacy/ownership-text.ts';
import { provenance } from '../../../importers/apply/guard.ts';
import { loadMapping } from '../../../importers/mappings/load-mapping.ts';
import { domainFields } from '../../../importers/owned/labels.ts';
import { comparedFields } from '../../../importers/owned/record-view.ts';
import { unwrittenFields } from '../../../importers/owned/unwritten-fields.ts';

test('shows who owns each record type, and when both sides were last compared and whether they agreed', () => {
  const undecided = { owner: 'legacy', since: null, by: null, because: null } as const;
  const decided = {
    owner: 'openhouse',
    since: '2026-03-30T14:00:00Z',
    by: 'ana',
    because: 'Agents have moved',
  } as const;
  const at = new Date('2026-03-31T14:05:09Z');
  const types = withComparisons(
    [
      { recordType: 'listing', ...undecided },
      { recordType: 'lead', ...undecided },
      { recordType: 'agent', ...decided },
    ],
    [
      { recordType: 'agent', at, records: 1, differing: 0, agreed: true },
      { recordType: 'lead', at, records: 1_204, differing: 3, agreed: false },
    ],
  );
  assert.deepEqual(types[2]!.lastCompared, { at, records: 1, differing: 0, agreed: true });
  const lines = ownershipText(types, 'America/New_York')
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
  assert.deepEqual(lines, [
    ['Records', 'Owned by', 'Since', 'Decided by', 'Because', 'Last compared'],
    ['listings', 'the old CRM', 'the beginning', 'never'],
    ['leads', 'the old CRM', 'the beginning', '2026-03-31 10:05 EDT: 3 of 1,204 records differed'],
    [
      'agents',
      'openhouse',
      '2026-03-30 10:00 EDT',
      'ana',
      'Agents have moved',
      '2026-03-31 10:05 EDT: the same on both sides (1 record)',
    ],
  ]);
});

test('names the fields that a mapping has no place for, by their labels', async () => {
  const fields = unwrittenFields('agent', await loadMapping('simplyrets'));
  assert.equal(
    unwrittenText('agent', fields),
    '• agents: changes to these fields are not written back to the old CRM: Maximum price, Minimum price, Office, Time zone, Working hours.',
  );
  assert.equal(unwrittenText('agent', []), undefined);
});

test('every field that is written back, and nothing else, is left out of the fields that are not', async () => {
  const mapping = await loadMapping('home-grown');
  for (const [type, mapped] of [
    ['listing', 'listings'],
    ['lead', 'leads'],
    ['agent', 'agents'],
  ] as const) {
    const unwritten = unwrittenFields(type, mapping).map(({ field }) => field);
    const known = Object.keys(domainFields[type]);
    const written = comparedFields(type, mapping.types[mapped]!);
    assert.deepEqual(
      known.filter((field) => written.includes(field) && unwritten.includes(field)),
      [],
    );
    const followsOrSays = ['mlsStatus', 'emailOptOut', ...provenance];
    assert.deepEqual(
      known.filter((field) => !written.includes(field) && !unwritten.includes(field) && !followsOrSays.includes(field)),
      [],
    );
  }
});
