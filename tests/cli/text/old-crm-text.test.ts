import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conflictsText, conflictText, groupsText } from '../../../cli/legacy/conflict-text.ts';
import { keysNamed, parityText, repairText } from '../../../cli/legacy/parity-text.ts';
import { retriedText } from '../../../cli/quarantine/text.ts';
import type { Conflict } from '../../../importers/differences/conflicts.ts';

const called = (key: string) => `Ana López (${key})`;
const recordKey = 'a1b2';
const none = { notRead: 0, inQuarantine: 0, dismissed: 0 };
const fields = [{ field: 'memberMobilePhone', legacy: '+15615550111', openhouse: null }];

test('values of a conflict are shown as elsewhere', () => {
  const photos = [{ mediaURL: 'https://example.com/1.jpg' }];
  const conflict = {
    ...{ conflictId: '1', aggregate: 'listing', recordKey, document: 'properties/1', reason: 'edited' },
    ...{ resolution: null, resolvedBy: null, because: null },
    fields: {
      listPrice: { before: 450_000, legacy: 475_000, openhouse: null },
      features: { before: [], legacy: ['pool', 'dock'], openhouse: ['pool'] },
      media: { before: null, legacy: photos, openhouse: null },
    },
  } as unknown as Conflict;
  const text = conflictText(conflict, called);
  assert.match(text, /List price +\$450,000 +\$475,000 +\(empty\)/);
  assert.match(text, /Features +– +pool, dock +pool/);
  assert.doesNotMatch(text, /[{["]/);
});

test('conflicts, comparisons and repairs name records and fields as people do', () => {
  const conflict = {
    conflictId: '1',
    aggregate: 'agent',
    recordKey,
    document: 'users/616723cdf16ef1231c045c7b',
    reason: 'edited',
    fields: { memberMobilePhone: { before: null, legacy: '+15615550111', openhouse: null } },
    firstSeenAt: '2026-11-27T20:39:01Z',
    resolution: null,
    resolvedBy: null,
    because: null,
  } as unknown as Conflict;
  const counts = {
    documents: 1,
    records: 1,
    same: 0,
    differing: 1,
    onlyLegacy: 0,
    onlyOpenhouse: 0,
    kept: 0,
    buckets: {},
  };
  const differs = { recordKey, where: 'both', fields } as const;
  const texts = [
    conflictsText({ conflicts: [conflict], count: 2, next: '1' }, undefined, called, 'America/New_York'),
    conflictText(conflict, called),
    parityText({ recordType: 'agent', ...counts, examples: [differs] }, none, called),
    repairText(
      {
        recordType: 'agent',
        owner: 'openhouse',
        corrected: 0,
        writtenBack: 1,
        leftAlone: 0,
        repairs: [{ ...differs, action: 'write-back', why: null }],
      },
      false,
      called,
    ),
  ];
  for (const text of texts) {
    assert.match(text, /Ana López \(a1b2\)/);
    assert.match(text, /\bPhone\b/);
    assert.doesNotMatch(text, /memberMobilePhone|users\//);
  }
  assert.match(texts[0]!, /2026-11-27 15:39 EST/);
  assert.match(texts[0]!, /\n2 in all\. Next page: --after 1\./);
  const group = { aggregate: 'lead', reason: 'mapping', fields: ['email'], count: 3, oldest: new Date() } as const;
  assert.match(groupsText({ count: 5, groups: [group] }, 'America/New_York'), /\nand 2 more in smaller groups\.$/);
});

test('a comparison or repair of more records than are shown says so', () => {
  const counts = {
    documents: 3,
    records: 3,
    same: 0,
    differing: 3,
    onlyLegacy: 0,
    onlyOpenhouse: 0,
    kept: 0,
    buckets: {},
  };
  const differs = { recordKey, where: 'both', fields } as const;
  const repaired = { recordType: 'agent', owner: 'legacy', corrected: 2, writtenBack: 0, leftAlone: 1 } as const;
  for (const shown of [1, 2, 3]) {
    const examples = Array.from({ length: shown }, () => differs);
    const repairs = examples.map((one) => ({ ...one, action: 'correct', why: null }) as const);
    for (const text of [
      parityText({ recordType: 'agent', ...counts, examples }, none, called),
      repairText({ ...repaired, repairs }, false, called),
      repairText({ ...repaired, repairs }, true, called),
    ])
      assert.equal(/and more; --all shows all of them/.test(text), shown < 3);
  }
});

test('a record that only one side has says which, and that a planned repair is not done yet', () => {
  const counts = {
    documents: 1,
    records: 2,
    same: 0,
    differing: 1,
    onlyLegacy: 0,
    onlyOpenhouse: 1,
    kept: 0,
    buckets: {},
  };
  const examples = [
    { recordKey: 'a1', where: 'only-openhouse', fields },
    { recordKey: 'a2', where: 'unreadable', fields },
  ] as const;
  const text = parityText({ recordType: 'lead', ...counts, examples }, none, (key) => key);
  assert.equal(
    text,
    'leads: 2 records, 1 document; 0 the same, 1 differs, 0 only in the old CRM, 1 only in openhouse\n' +
      '  a1: only in openhouse\n' +
      '  a2: the mapping leaves out its document in the old CRM, or that document cannot become a record',
  );
  assert.equal(
    parityText({ recordType: 'lead', ...counts, kept: 2, examples: [] }, none, called).split('\n')[1],
    '  in addition, 2 records are kept without their documents (`openhouse import report` says why)',
  );
  const withoutRecord = { notRead: 3, inQuarantine: 1, dismissed: 1_000 };
  assert.equal(
    parityText({ recordType: 'lead', ...counts, examples: [] }, withoutRecord, called).split('\n')[1],
    '  1,004 documents in the old CRM are not in any record: 3 not read yet (`openhouse jobs` shows the last run of following), ' +
      '1 in quarantine (`openhouse quarantine list --collection leads`), 1,000 dismissed',
  );
  const repaired = { recordType: 'lead', owner: 'openhouse', corrected: 0, writtenBack: 1, leftAlone: 0 } as const;
  const repairs = [{ ...examples[1], action: 'write-back', why: null }] as const;
  assert.match(
    repairText({ ...repaired, repairs }, false, (key) => key),
    /a2: would be written back/,
  );
  assert.doesNotMatch(
    repairText({ ...repaired, repairs }, true, (key) => key),
    /would/,
  );
});

test('control characters in values of the old CRM and in reasons do not reach the terminal', () => {
  const odd = 'red \u001b[31m\u0007 and \u202eback';
  const conflict = {
    ...{ conflictId: '3', aggregate: 'listing', recordKey: 'l1', document: `properties/${odd}`, reason: 'edited' },
    ...{ firstSeenAt: new Date(0), lastSeenAt: new Date(0), resolvedAt: new Date(0), resolution: 'refused' },
    ...{ resolvedBy: odd, because: odd, fields: { publicRemarks: { before: null, legacy: odd, openhouse: [odd] } } },
  } as unknown as Conflict;
  assert.doesNotMatch(
    conflictText(conflict, () => odd),
    /(?!\n)[\p{Cc}\u202e]/u,
  );
});

test('a comparison shows the names of records that a field refers to, and a repair of nothing says so', () => {
  const fields = [{ field: 'ownerMemberKey', legacy: null, openhouse: 'c3d4' }];
  const lead = { recordKey, where: 'both', fields } as const;
  const names = new Map([
    [recordKey, 'Ana López'],
    ['c3d4', 'Wilner Désir'],
  ]);
  const keys = keysNamed('lead', [lead]);
  assert.deepEqual(keys, [recordKey, 'c3d4']);
  const compared = {
    documents: 1,
    records: 1,
    same: 0,
    differing: 1,
    onlyLegacy: 0,
    onlyOpenhouse: 0,
    kept: 0,
    buckets: {},
  };
  const text = parityText({ recordType: 'lead', ...compared, examples: [lead] }, none, (key) => names.get(key) ?? key);
  assert.match(text, /Agent: old CRM: \(empty\); openhouse: Wilner Désir$/);
  const nothing = {
    recordType: 'lead',
    owner: 'legacy',
    corrected: 0,
    writtenBack: 0,
    leftAlone: 0,
    repairs: [],
  } as const;
  assert.equal(repairText(nothing, false, called), 'leads, owned by the old CRM: nothing to repair');
});

test('reading again says so when nothing in quarantine fits', () => {
  const nothing = { tried: 0, resolved: [], still: [], eventCount: 0, notes: [] } as never;
  assert.equal(
    retriedText(nothing, false),
    'Nothing in quarantine fits. `openhouse quarantine list` shows what there is.',
  );
});
