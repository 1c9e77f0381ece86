import { type Aggregate, load } from '../../commands/execute.ts';
import { rememberAsItIs, rememberMerged } from '../../delivery/sent-memory.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { ListingFields } from '../../domain/listing/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { AnyDatabase } from '../database.ts';
import { openLedger, type RefusedRecord } from '../ledger/ledger.ts';
import { appendPlan } from './append-plan.ts';
import { inFlight } from './in-flight.ts';
import { type PendingRecord, pendingRecords } from './load-pending.ts';
import { latestUpdate, type Planner, type Planning, type RecordPlan } from './planning/plan.ts';

export type Applying = {
  readonly db: AnyDatabase;
  readonly store: EventStore;
  readonly runId: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly planning: Planning;
  /**
   * Where the event store ended before this run. An append that is answered with a position up to there was a repetition:
   * the store had these events, and nothing was appended.
   */
  readonly storeEnd: bigint | null;
  readonly onRecord: () => void;
};

export type ApplyResult = {
  events: number;
  /** Commit position of the last event appended. */
  position: bigint | null;
  /** Documents that this run wrote down, of records that were refused. */
  readonly refused: { readonly collection: string; readonly merged: boolean }[];
};

/** Records complete in any order: the last position is the highest. */
export const moveTo = (result: ApplyResult, position: bigint | null): void => {
  if (position !== null && position > (result.position ?? -1n)) result.position = position;
};

/** Appends under way at once: as many as this event store is measured with. */
const appendsInFlight = 128;
/**
 * Applies what is pending of an aggregate, record by record, each with exact expected revisions.
 *
 * @param result added to as records are applied, so that an import that is stopped knows what it did
 */
export const applyRecords = async <Command, Event extends DomainEvent, State>(
  aggregate: Aggregate<Command, Event, State>,
  planner: Planner<Command, State>,
  { db, store, runId, now, signal, planning, storeEnd, onRecord }: Applying,
  result: ApplyResult,
): Promise<void> => {
  const ledger = openLedger(db, aggregate.name, now);

  const refuse = async (record: PendingRecord, rejection: Rejection) => {
    result.refused.push(...record.documents.filter(({ importRunId }) => importRunId === runId));
    await ledger.refused(refusalOf(record, rejection));
  };

  /** The record that this one parts from now, as it stands; `undefined` where it does not, or did so before. */
  const partedFromNow = async ({ splitFrom, recordKey }: PendingRecord): Promise<State | undefined> => {
    if (planner.merging === undefined || splitFrom === null) return undefined;
    const { state } = await load(store, aggregate, recordKey);
    return planner.merging.isAway(state) ? (await load(store, aggregate, splitFrom)).state : undefined;
  };

  /** What was told of the one (or to the one) that it was a part of was told of (or to) both. */
  const rememberParting = async (record: PendingRecord, planned: RecordPlan<Command, State>) => {
    await rememberMerged(db, planner.merging!.remembered, { from: record.splitFrom!, into: record.recordKey });
    await rememberHome(record, planned);
  };

  const rememberHome = async (record: PendingRecord, { applied }: RecordPlan<Command, State>) => {
    if (aggregate.name !== 'listing') return;
    const { standardStatus, listPrice } = (applied as { fields: Partial<ListingFields> }).fields;
    if (standardStatus !== undefined) {
      await rememberAsItIs(db, record.recordKey, { standardStatus, listPrice: listPrice ?? null });
    }
  };

  const applyOne = async (record: PendingRecord) => {
    // All its documents went to other records: there is nothing left of it.
    if (record.documents.length === 0) {
      if (record.mergedInto === null) await ledger.gone(record.recordKey); // else see endRecords
      return;
    }
    const merged = await Promise.all(
      record.mergedKeys.map(async (key) => {
        if (planner.merging)
          await rememberMerged(db, planner.merging.remembered, { from: key, into: record.recordKey });
        return (await load(store, aggregate, key)).state;
      }),
    );
    const partedFrom = await partedFromNow(record);
    const planned = planner.plan(record, planning, merged, partedFrom);
    if (partedFrom !== undefined) await rememberParting(record, planned);
    const done = await appendPlan(store, aggregate, record, planned, storeEnd ?? -1n);
    if ('refused' in done) return await refuse(record, done.refused);
    // An earlier run may have been killed before it came here.
    if (done.split || (record.suspect && record.splitInto.length > 0)) await rememberHome(record, planned);
    result.events += done.events;
    moveTo(result, done.position);
    onRecord();
    await ledger.applied({
      recordKey: record.recordKey,
      revision: String(done.revision),
      applied: planned.applied,
      updatedAt: latestUpdate(record.documents),
    });
  };

  try {
    await inFlight(untilAborted(pendingRecords(db, aggregate.name), signal), appendsInFlight, applyOne);
  } finally {
    // Also when it fails: what was appended is done.
    await ledger.flush();
  }
};

const refusalOf = (record: PendingRecord, { code, field, message }: Rejection): RefusedRecord => ({
  recordKey: record.recordKey,
  documents: record.documents.map((document) => ({
    collection: document.collection,
    documentKey: document.legacyId,
    legacyId: document.legacyId,
    place: `${document.collection}/${document.legacyId}`,
    code,
    path: field ?? '',
    reason: message,
    raw: JSON.stringify(document.payload),
    contentHash: document.contentHash,
  })),
});

async function* untilAborted<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}
