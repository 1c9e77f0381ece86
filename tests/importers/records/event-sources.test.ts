import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DomainEvent } from '../../../domain/events.ts';
import type { PendingRecord, RecordDocument } from '../../../importers/apply/load-pending.ts';
import { contextsOf } from '../../../importers/apply/planning/event-context.ts';
import type { Planning } from '../../../importers/apply/planning/planner.ts';

const document = (legacyId: string, updatedAt: string): RecordDocument =>
  ({
    collection: 'documents',
    legacyId,
    updatedAt,
    createdAt: updatedAt,
    contentHash: legacyId,
    edit: null,
    goneConfirmed: null,
  }) as RecordDocument;

for (const type of ['ListingMerged', 'LeadMerged', 'AgentMerged'] as const)
  test(`${type} comes from the document that joined the record, although another one was edited later`, () => {
    const documents = [document('joined', '2026-01-01T00:00:00.000Z'), document('edited', '2026-02-01T00:00:00.000Z')];
    const record = { applied: { dates: {} } } as unknown as PendingRecord;
    const sourceOf = contextsOf(record, documents, new Map(), { now: '2026-03-01T00:00:00.000Z' } as Planning);
    const event = { type, data: { legacyIds: ['documents/joined'] } } as unknown as DomainEvent;
    const { source, occurredAt } = sourceOf(event);
    assert.deepEqual(
      { source, occurredAt },
      { source: 'legacy:documents/joined', occurredAt: documents[0]!.updatedAt },
    );
  });
