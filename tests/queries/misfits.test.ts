import assert from 'node:assert/strict';
import { test } from 'node:test';
import { misfitsText } from '../../cli/legacy/ownership-text.ts';
import { misfits, type SharedFacts, type TypeFacts } from '../../queries/importing/misfits.ts';

const now = new Date('2026-04-01T12:00:00Z');
const minutesAgo = (minutes: number) => new Date(now.getTime() - minutes * 60_000);

const shared: SharedFacts = {
  now,
  live: true,
  mapping: 'our-crm',
  lastMapping: 'our-crm',
  overriddenMapping: null,
  jobsRun: true,
  writeBackError: null,
};
const listing: TypeFacts = {
  recordType: 'listing',
  owner: 'openhouse',
  mapped: true,
  onFile: true,
  compared: { at: minutesAgo(60), records: 10, differing: 0, agreed: true },
  writtenSince: 0,
  due: 0,
  dueSince: null,
  refused: 0,
  conflicts: 0,
};
const late = { due: 3, dueSince: minutesAgo(6) };
const differs = { compared: { at: minutesAgo(60), records: 10, differing: 2, agreed: false } };

const cases: readonly [string, Partial<SharedFacts>, Partial<TypeFacts>, readonly string[]][] = [
  ['a type that openhouse owns and writes back fits', {}, {}, []],
  ['a change that has just been made fits', {}, { due: 3, dueSince: minutesAgo(1) }, []],
  ['a type that the mapping does not have', {}, { mapped: false }, ['mapping-lacks-type']],
  ['the same, of the old CRM', {}, { mapped: false, owner: 'legacy' }, ['mapping-lacks-type']],
  ['a type that was never imported fits', {}, { mapped: false, owner: 'legacy', onFile: false }, []],
  ['another mapping than that of the last import', { mapping: 'home-grown' }, {}, ['other-mapping']],
  ['an earlier version of the mapping of the last remap', { overriddenMapping: 'our-crm' }, {}, ['other-mapping']],
  ['no mapping was used yet', { lastMapping: null }, {}, []],
  ['no process that writes back', { jobsRun: false }, {}, ['not-written']],
  ['no process, but the old CRM owns it', { jobsRun: false }, { owner: 'legacy' }, []],
  ['a write-back that fails', { writeBackError: 'the server is down' }, late, ['not-written']],
  ['changes that wait for too long', {}, late, ['not-written']],
  ['changes for an old CRM that is not configured', { live: false }, late, ['not-written']],
  ['an old CRM that is switched off', { live: false, jobsRun: false, mapping: 'home-grown' }, { mapped: false }, []],
  ['changes that were refused', {}, { refused: 1 }, ['refused']],
  ['differences that nothing will write', {}, differs, ['differs']],
  ['differences of which some were written since', {}, { ...differs, writtenSince: 1 }, ['differs']],
  ['differences that were written since', {}, { ...differs, writtenSince: 2 }, []],
  ['differences that wait to be written', {}, { ...differs, due: 2, dueSince: minutesAgo(1) }, []],
  ['differences that wait for a decision', {}, { ...differs, conflicts: 2 }, []],
  ['corrections of a type that the old CRM owns', {}, { ...differs, owner: 'legacy' }, []],
  [
    'what was changed before the old CRM owned it again, and no process writes',
    { jobsRun: false },
    { ...late, owner: 'legacy' },
    ['not-written'],
  ],
  ['the same, refused', {}, { refused: 1, owner: 'legacy' }, ['refused']],
  ['conflicts of a type that the old CRM owns', {}, { owner: 'legacy', conflicts: 1 }, ['conflicts']],
];

for (const [title, about, type, expected] of cases)
  test(`owner, write-back, mapping and parity: ${title}`, () => {
    const found = misfits({ ...shared, ...about }, [{ ...listing, ...type }]);
    assert.deepEqual(
      found.map(({ code }) => code),
      expected,
    );
    for (const { text, toDo } of found) assert.ok(!text.endsWith('.') && toDo.endsWith('.'));
  });

test('lists what does not fit, with what to do', () => {
  const found = misfits({ ...shared, jobsRun: false }, [{ ...listing, ...late, refused: 1 }]);
  assert.equal(
    misfitsText(found),
    [
      '✘ listings: Nothing is written back, because no process runs the jobs: 3 changed records waiting.',
      '    Start `openhouse start`.',
      '✘ listings: 1 changed record could not be written back.',
      '    `openhouse write-back list` shows why. Correct the mapping or the document, then `openhouse write-back retry`.',
    ].join('\n'),
  );
  assert.equal(misfitsText([]), 'Owner, write-back, mapping and parity fit together for every record type.');
});
