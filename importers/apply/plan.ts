import type { CommandContext } from '../../commands/execute.ts';
import { changedFields, type Known } from '../../domain/changes.ts';
import type { DomainEvent } from '../../domain/events.ts';
import { deterministicId } from '../../eventstore/event-id.ts';
import type { AgentDirectory } from '../staging/references.ts';
import type { PendingRecord, RecordDocument } from './load-pending.ts';
import { inTimeOrder, withGaps } from './merge.ts';

/** What a record's documents come to: the commands, where each event comes from, and what is remembered as applied. */
export type RecordPlan<Command, State> = {
  readonly commands: (state: State) => readonly Command[];
  readonly context: (event: DomainEvent) => CommandContext;
  readonly applied: object;
};

/** How the records of an aggregate are applied. */
export type Planner<Command, State> = {
  /** @param merged the records that turned out to be this one, as they stand */
  readonly plan: (record: PendingRecord, planning: Planning, merged: readonly State[]) => RecordPlan<Command, State>;
  /** For aggregates whose records can turn out to be one. */
  readonly merging?: {
    readonly command: (intoKey: string) => Command;
    /** How the memory of what was sent calls such a record. */
    readonly remembered: 'contact_key' | 'listing_key';
  };
};

/** What plans need beside the record. */
export type Planning = {
  readonly agents: AgentDirectory;
  /** The latest time that any document of the source tells of itself: not later than the source, and no later than now. */
  readonly asOf: string;
};

/** The fields that a later state of the source changes; all of them when nothing was applied yet. */
export const sourceChanges = <Fields extends object>(
  applied: Known<Fields> | undefined,
  merged: Known<Fields>,
): Known<Fields> =>
  applied === undefined
    ? merged
    : changedFields<Fields>(
        applied,
        withGaps(applied as Record<string, unknown>, merged as Record<string, unknown>) as Known<Fields>,
      );

/**
 * Where events come from that a document tells of. Nothing in it depends on the run: the same document gives the same events
 * again, ids and all.
 */
export const contextOf = (document: RecordDocument, occurredAt: string): CommandContext => {
  const name = `${document.collection}/${document.legacyId}`;
  const id = deterministicId(`${name} ${document.contentHash}`);
  return {
    actor: { kind: 'import', id: 'legacy-crm' },
    source: `legacy:${name}`,
    occurredAt,
    correlationId: id,
    causationId: id,
  };
};

/** Where the last event of a record comes from that turned out to be another one. */
export const contextOfMerging = (
  aggregate: string,
  recordKey: string,
  intoKey: string,
  occurredAt: string,
): CommandContext => {
  const id = deterministicId(`${aggregate} ${recordKey} is ${intoKey}`);
  return {
    actor: { kind: 'import', id: 'legacy-crm' },
    source: 'legacy',
    occurredAt,
    correlationId: id,
    causationId: id,
    reason: 'Its documents tell of that one now',
  };
};

/** When a record began, and when it last changed, by its documents' own account. */
export type RecordTimes = { readonly began: string; readonly changed: string; readonly updatedAt: string | undefined };

export const recordTimes = (record: PendingRecord, documents: readonly RecordDocument[], asOf: string): RecordTimes => {
  const created = least(documents.flatMap(({ createdAt }) => createdAt ?? []));
  const updated = documents.flatMap(({ updatedAt }) => updatedAt ?? []);
  const updatedAt = greatest(updated);
  const began = created ?? least(updated) ?? asOf;
  if (record.applied === undefined) return { began, changed: updatedAt ?? began, updatedAt };
  // Edited without saying when: it was after what we had, and before the source was read.
  const dated = updatedAt !== undefined && updatedAt > (record.appliedUpdatedAt ?? '');
  return { began, changed: dated ? updatedAt : asOf, updatedAt };
};

const least = (times: readonly string[]) =>
  times.reduce<string | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
const greatest = (times: readonly string[]) =>
  times.reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);

/** The first event of a record is as old as the record, the others as their document's last change. */
export const recordContext = (record: PendingRecord, documents: readonly RecordDocument[], asOf: string) => {
  const subject = inTimeOrder(documents).at(-1)!;
  const times = recordTimes(record, documents, asOf);
  const began = contextOf(subject, times.began);
  const changed = { ...began, occurredAt: times.changed };
  return { times, contextFor: (event: DomainEvent) => (beginnings.has(event.type) ? began : changed) };
};

const beginnings: ReadonlySet<string> = new Set([
  'ListingEntered',
  'LeadCaptured',
  'AgentJoined',
  'SavedSearchCreated',
]);
