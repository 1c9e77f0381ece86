import { type Aggregate, type CommandResult, execute, type Loaded, load } from '../../commands/execute.ts';
import { rememberAsItIs, rememberMerged } from '../../delivery/sent-memory.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { ListingFields } from '../../domain/listing/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { errorCode, errorMessage } from '../../platform/errors.ts';
import type { AnyDatabase } from '../database.ts';
import { inFlight } from './in-flight.ts';
import { openLedger, type RefusedRecord } from './ledger.ts';
import { type PendingRecord, pendingRecords } from './load-pending.ts';
import { latestUpdate, type Planner, type Planning, type RecordPlan } from './plan.ts';

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
/** One append is one message of the event store: not more events or text than this in it. */
const maxCommands = 400;
const maxText = 512 * 1024;

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
    const done = await run(store, aggregate, record, planned, storeEnd ?? -1n);
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

type Done = {
  readonly events: number;
  readonly revision: bigint;
  readonly position: bigint | null;
  /** Whether documents left it. */
  readonly split: boolean;
};

const run = async <Command, Event extends DomainEvent, State>(
  store: EventStore,
  aggregate: Aggregate<Command, Event, State>,
  record: PendingRecord,
  plan: RecordPlan<Command, State>,
  storeEnd: bigint,
): Promise<Done | { readonly refused: Rejection }> => {
  const fresh = record.applied === undefined && !record.suspect;
  let known: Loaded<State> | undefined = fresh
    ? { state: aggregate.decider.initialState, revision: 'no-stream' }
    : undefined;
  let [events, position, split] = [0, null as bigint | null, false];
  for (;;) {
    // Long histories go in several appends: each takes what the stream does not have yet.
    let complete = true;
    const some = (state: State): readonly Command[] => {
      const all = plan.commands(state);
      const taken = withinOneAppend(all);
      complete = taken.length === all.length;
      return taken;
    };
    const result: CommandResult<State> | { readonly refused: Rejection } = await execute(
      store,
      aggregate,
      record.recordKey,
      some,
      plan.context,
      known,
    ).catch((error: unknown) => ({ refused: aboutThisRecord(error) }));
    if ('refused' in result) return result;
    if (!result.ok) return { refused: result.rejection };
    if (result.revision === 'no-stream') return { refused: { code: 'empty', message: 'It gave no event at all.' } };
    if (result.position !== null && result.position.commit > storeEnd) {
      events += result.events.length;
      position = result.position.commit;
    }
    split ||= result.events.some(({ type }) => type === 'ListingSplit' || type === 'LeadSplit');
    if (complete) return { events, revision: result.revision, position, split };
    if (result.events.length === 0) throw new Error(`${record.recordKey} does not get on with its long history`);
    known = { state: result.state, revision: result.revision };
  }
};

/** As many commands from the beginning as one append holds; at least one. */
const withinOneAppend = <Command>(commands: readonly Command[]): readonly Command[] => {
  if (commands.length < 10) return commands;
  let text = 0;
  const end = commands.findIndex((command, index) => {
    text += JSON.stringify(command).length;
    return index > 0 && (index >= maxCommands || text > maxText);
  });
  return end === -1 ? commands : commands.slice(0, end);
};

/** Why this one record cannot be appended; rethrows what has nothing to do with it (a server that is gone). */
const aboutThisRecord = (error: unknown): Rejection => {
  const type = typeof error === 'object' && error !== null && 'type' in error ? String(error.type) : '';
  const message = errorMessage(error);
  if (type === 'maximum-append-size-exceeded') return { code: 'too-large', message };
  if (/ is not valid: | has invalid metadata: /.test(message) && errorCode(error) === undefined) {
    return { code: 'event-not-valid', message };
  }
  throw error;
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
