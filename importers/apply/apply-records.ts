import { type Aggregate, load } from '../../commands/execute.ts';
import { rememberAsItIs, rememberMerged } from '../../delivery/sent-memory.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { ListingFields } from '../../domain/listing/index.ts';
import { isOwnedType, type OwnedType } from '../../domain/ownership/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import type { AnyDatabase } from '../database.ts';
import { markDue } from '../differences/outbox.ts';
import { type AppliedRecord, openLedger, type RefusedRecord } from '../ledger/ledger.ts';
import { appendPlan } from './append-plan.ts';
import { conflictReasonOf, type Guarded, guarded, withoutOldAssignments } from './guard.ts';
import { inFlight, together } from './in-flight.ts';
import { type PendingRecord, pendingRecords } from './load-pending.ts';
import { type Compared, noting } from './note-disputes.ts';
import { legacyIdsOf } from './planning/merge.ts';
import type { Planner, Planning, RecordPlan } from './planning/planner.ts';
import { latestUpdate } from './planning/record-documents.ts';

export type Applying = {
  readonly db: AnyDatabase;
  readonly store: EventStore;
  readonly runId: string;
  readonly now: Date;
  readonly signal: AbortSignal;
  readonly planning: Planning;
  /**
   * The end of the event store before this run. An append that returns a position up to there was a repetition: the
   * store already had these events, and nothing was appended.
   */
  readonly storeEnd: bigint | null;
  readonly onRecord: () => void;
  /** The types that openhouse owns, whose records documents do not change (see guard.ts). */
  readonly owned: ReadonlySet<OwnedType>;
};

export type ApplyResult = {
  events: number;
  /** Commit position of the last event appended. */
  position: bigint | null;
  /** Documents of this run whose records were refused. */
  readonly refused: { readonly collection: string; readonly merged: boolean }[];
};

type Fields = { readonly fields: Readonly<Record<string, unknown>> };

/** Records complete in any order, so the last position is the highest one. */
export const moveTo = (result: ApplyResult, position: bigint | null): void => {
  if (position !== null && position > (result.position ?? -1n)) result.position = position;
};

/** Appends in flight at once: as many as the event store's benchmark uses. */
const appendsInFlight = 128;
/**
 * Applies the pending records of an aggregate, each with exact expected revisions.
 *
 * @param result updated as records are applied, so that a stopped import knows what it did
 */
export const applyRecords = async <Command, Event extends DomainEvent, State>(
  aggregate: Aggregate<Command, Event, State>,
  planner: Planner<Command, State>,
  { db, store, runId, now, signal, planning, storeEnd, onRecord, owned }: Applying,
  result: ApplyResult,
): Promise<void> => {
  const ledger = openLedger(db, aggregate.name, { runId, now });

  const guard = isOwnedType(aggregate.name) && owned.has(aggregate.name) ? aggregate.name : undefined;

  const note = guard === undefined ? undefined : together(noting({ db, store }, guard, ledger, now, signal));
  /** What its documents say, compared with a record that is not new here. */
  const comparedWith = (
    record: PendingRecord,
    all: object,
    { disputed, ours }: Guarded<Command, State>,
    applied: AppliedRecord,
  ): Compared | undefined => {
    const fields = ours();
    if (fields === undefined) return undefined;
    const document = record.documents.find(({ importRunId }) => importRunId === runId) ?? record.documents[0]!;
    const { fields: legacy } = all as Fields;
    const { fields: before } = (record.applied ?? { fields: {} }) as Fields;
    const edit = {
      recordKey: record.recordKey,
      document: `${document.collection}/${document.legacyId}`,
      reason: conflictReasonOf(record.documents),
      disputed: disputed(),
      legacy,
      ours: fields,
    };
    return { edit, before, applied };
  };

  const refuse = async (record: PendingRecord, rejection: Rejection) => {
    result.refused.push(...record.documents.filter(({ importRunId }) => importRunId === runId));
    await ledger.refused(refusalOf(record, rejection));
  };

  /**
   * The states of the records that this one now takes documents from, and whether it begins (again) with those
   * documents.
   */
  const partingNow = async (record: PendingRecord): Promise<{ from: readonly State[]; begins: boolean }> => {
    const none = { from: [], begins: false };
    if (planner.merging === undefined || record.splitFrom.length === 0) return none;
    const { state } = await load(store, aggregate, record.recordKey);
    const begins = planner.merging.isAway(state);
    if (!begins && !hasNewDocuments(record)) return none;
    const from = await Promise.all(record.splitFrom.map((key) => load(store, aggregate, key)));
    return { from: from.map((loaded) => loaded.state), begins };
  };

  /** Messages sent about (or to) the records that this one was a part of count as sent about (or to) both. */
  const rememberParting = async (record: PendingRecord, planned: RecordPlan<Command, State>) => {
    for (const from of record.splitFrom)
      await rememberMerged(db, planner.merging!.remembered, { from, into: record.recordKey });
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
    // All its documents moved to other records, so it has nothing left.
    if (record.documents.length === 0) {
      if (record.mergedInto === null) await ledger.gone(record.recordKey); // otherwise see endRecords
      return;
    }
    const merged = await Promise.all(
      record.mergedKeys.map(async (key) => {
        if (planner.merging)
          await rememberMerged(db, planner.merging.remembered, { from: key, into: record.recordKey });
        return (await load(store, aggregate, key)).state;
      }),
    );
    const parting = await partingNow(record);
    const all = planner.plan(record, planning, merged, parting.from);
    const own = guard === undefined ? record : withoutOldAssignments(record, guard, runId);
    const guarding =
      guard === undefined
        ? undefined
        : guarded(aggregate, {
            plan: planner.plan(own, planning, merged, parting.from),
            record,
            merged,
          });
    const planned = guarding === undefined ? all : { ...guarding.plan, applied: all.applied };
    if (parting.begins) await rememberParting(record, planned);
    const carryOut = async () => {
      const done = await appendPlan(store, aggregate, record, planned, storeEnd ?? -1n);
      if ('refused' in done) return done;
      result.events += done.events;
      moveTo(result, done.position);
      const applied = {
        recordKey: record.recordKey,
        revision: String(done.revision),
        applied: planned.applied,
        updatedAt: latestUpdate(record.documents),
      };
      const compared = guarding === undefined ? undefined : comparedWith(record, all.applied, guarding, applied);
      return { split: done.split, applied, compared };
    };
    const done = await carryOut();
    if ('refused' in done) return await refuse(record, done.refused);
    // An earlier run may have been killed before this point.
    if (done.split || (record.suspect && record.splitInto.length > 0)) await rememberHome(record, planned);
    onRecord();
    // What a person changed here is in none of the documents that joined it.
    if (guard !== undefined && record.regrouped) await markDue(db, guard, [record.recordKey], now);
    const { compared } = done;
    if (note === undefined || compared === undefined) return await ledger.applied(done.applied);
    let rejection: Rejection | undefined;
    const again = async () => {
      const then = await carryOut();
      if (!('refused' in then)) return then.compared;
      rejection = then.refused;
      return undefined;
    };
    await note({ compared, hadConflict: record.hasConflict, again });
    if (rejection !== undefined) await refuse(record, rejection);
  };

  try {
    await inFlight(untilAborted(pendingRecords(db, aggregate.name), signal), appendsInFlight, applyOne);
  } finally {
    // Also after a failure: what was appended stays appended.
    await ledger.flush();
  }
};

/** Whether documents of the record were not part of it when it was last applied. */
const hasNewDocuments = ({ applied, documents }: PendingRecord): boolean => {
  const { fields } = (applied ?? {}) as { fields?: { legacyIds?: readonly string[] } };
  const own = documents.filter(({ collection }) => collection === 'contacts' || collection === 'properties');
  return legacyIdsOf(own).some((id) => !fields?.legacyIds?.includes(id));
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
    refused: true as const,
    contentHash: document.contentHash,
  })),
});

async function* untilAborted<Item>(items: AsyncIterable<Item>, signal: AbortSignal): AsyncGenerator<Item> {
  for await (const item of items) {
    signal.throwIfAborted();
    yield item;
  }
}
