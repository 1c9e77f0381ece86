import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fold } from '../../domain/decider.ts';
import { type OwnershipEvent, ownership } from '../../domain/ownership/index.ts';

const takenOver: OwnershipEvent = {
  type: 'OwnershipChanged',
  data: { recordType: 'lead', owner: 'openhouse', previousOwner: 'legacy' },
};
const after = (...events: OwnershipEvent[]) => fold(ownership, events);
const hand = (owner: 'legacy' | 'openhouse') => ({ type: 'ChangeOwnership', recordType: 'lead', owner }) as const;

test('the old CRM owns a record type until someone decides otherwise', () => {
  assert.equal(after().owner, 'legacy');
});

test('a record type is handed over', () => {
  assert.deepEqual(ownership.decide(hand('openhouse'), after()), { accepted: [takenOver] });
});

test('a record type is handed back', () => {
  assert.deepEqual(ownership.decide(hand('legacy'), after(takenOver)), {
    accepted: [{ type: 'OwnershipChanged', data: { recordType: 'lead', owner: 'legacy', previousOwner: 'openhouse' } }],
  });
});

test('handing a record type to its owner changes nothing', () => {
  assert.deepEqual(ownership.decide(hand('openhouse'), after(takenOver)), { accepted: [] });
  assert.deepEqual(ownership.decide(hand('legacy'), after()), { accepted: [] });
});

test('a repair of differences is recorded with its owner; one that did nothing is not', () => {
  const repair = { recordType: 'lead', corrected: 0, writtenBack: 2, leftAlone: 1 } as const;
  assert.deepEqual(ownership.decide({ type: 'NoteRepair', ...repair }, after(takenOver)), {
    accepted: [{ type: 'ParityRepaired', data: { ...repair, owner: 'openhouse' } }],
  });
  const nothing = { ...repair, writtenBack: 0 };
  assert.deepEqual(ownership.decide({ type: 'NoteRepair', ...nothing }, after(takenOver)), { accepted: [] });
});
