import type { CommandContext } from '../../../commands/execute.ts';
import { changedFields, type Known } from '../../../domain/changes.ts';
import type { DomainEvent } from '../../../domain/events.ts';
import { deterministicId } from '../../../eventstore/event-id.ts';
import type { AgentDirectory } from '../../staging/references/references.ts';
import type { PendingRecord, RecordDocument } from '../load-pending.ts';
import { eventRoles } from './event-roles.ts';
import { inTimeOrder, nameOf, type Sources, withGaps } from './merge.ts';

/** The plan for a record: the commands, the origin of each event, and what is remembered as applied. */
export type RecordPlan<Command, State> = {
  readonly commands: (state: State) => readonly Command[];
  readonly context: (event: DomainEvent) => CommandContext;
  readonly applied: object;
};

/** How the records of an aggregate are applied. */
export type Planner<Command, State> = {
  /**
   * @param merged the state of each record that turned out to be this one
   * @param partedFrom the state of the record that this one was a part of until now
   */
  readonly plan: (
    record: PendingRecord,
    planning: Planning,
    merged: readonly State[],
    partedFrom?: State,
  ) => RecordPlan<Command, State>;
  /** For aggregates whose records can turn out to be the same. */
  readonly merging?: {
    readonly command: (intoKey: string) => Command;
    /** The column for such a record in the memory of what was sent. */
    readonly remembered: 'contact_key' | 'listing_key';
    /** Whether a record in this state has no events yet, or has ended in another one. */
    readonly isAway: (state: State) => boolean;
  };
};

/** What plans need besides the record. */
export type Planning = {
  readonly agents: AgentDirectory;
  /** When this import runs, ISO 8601; everything that is new to us happened before that. */
  readonly now: string;
};

/** The fields that a later state of the source changes; all fields if nothing was applied yet. */
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
 * Whether a record's documents did not change and were only read again, by newer readers. What differs then was recorded wrong; it did
 * not happen now. Where another of its documents did change, nobody can tell the two apart, and it counts as a change.
 */
export const onlyReadAgain = ({ applied, documents }: PendingRecord): boolean => {
  const latest = Math.max(...documents.map(({ importRunId }) => Number(importRunId)));
  const written = documents.filter(({ importRunId }) => Number(importRunId) === latest);
  return applied !== undefined && written.length > 0 && written.every(({ readAgain }) => readAgain);
};

/** When something happened; with `occurredAtEstimated` if no document says. */
export type Occurred = Pick<CommandContext, 'occurredAt' | 'occurredAtEstimated'>;

/** The first known time; if there is none, the time of the import, marked as estimated. */
export const occurred = (now: string, ...times: readonly (string | undefined)[]): Occurred => {
  const known = times.find((time) => time !== undefined);
  return known === undefined ? { occurredAt: now, occurredAtEstimated: true } : { occurredAt: known };
};

/**
 * The origin of events that come from a document. The same document always results in the same events, with the same
 * IDs.
 */
export const contextOf = (document: RecordDocument, when: Occurred): CommandContext => {
  const id = idOf(document);
  return {
    actor: { kind: 'import', id: 'legacy-crm' },
    source: `legacy:${nameOf(document)}`,
    ...when,
    correlationId: id,
    causationId: id,
  };
};

const idOf = (document: RecordDocument) => deterministicId(`${nameOf(document)} ${document.contentHash}`);

/** The origin of the last event of a record that turned out to be another one. */
export const contextOfMerging = (
  aggregate: string,
  recordKey: string,
  intoKey: string,
  when: Occurred,
): CommandContext => {
  const id = deterministicId(`${aggregate} ${recordKey} is ${intoKey}`);
  return {
    actor: { kind: 'import', id: 'legacy-crm' },
    source: 'legacy',
    ...when,
    correlationId: id,
    causationId: id,
    reason: 'Its documents now belong to that record',
  };
};

/** The latest `updatedAt` of a record's documents, if any. */
export const latestUpdate = (documents: readonly RecordDocument[]): string | undefined =>
  greatest(documents.flatMap(({ updatedAt }) => updatedAt ?? []));

const greatest = (times: readonly string[]) =>
  times.reduce<string | undefined>((a, b) => (a === undefined || b > a ? b : a), undefined);

/** `updatedAt` of each document when it was last applied, by name; `null` if it had none. */
export type AppliedDates = Readonly<Record<string, string | null>>;

export const datesOf = (documents: readonly RecordDocument[]): AppliedDates =>
  Object.fromEntries(documents.map((document) => [nameOf(document), document.updatedAt ?? null]));

/**
 * The origin of each event of a record: the document that it comes from, with that document's date. A record begins
 * with its oldest document; fields that come from another document name it in `sources`.
 *
 * @param sources the document that each field comes from
 */
export const contextsOf = (
  record: PendingRecord,
  documents: readonly RecordDocument[],
  sources: Sources,
  { now }: Planning,
): ((event: DomainEvent) => CommandContext) => {
  const inTime = inTimeOrder(documents);
  const latest = inTime.at(-1)!;
  const oldest = documents.reduce((a, b) => (beganAt(b) < beganAt(a) ? b : a));
  const dates = (record.applied as { dates?: AppliedDates } | undefined)?.dates;
  const changedAt = (document: RecordDocument): string | undefined => {
    const { createdAt, updatedAt } = document;
    if (record.applied === undefined) return updatedAt ?? createdAt;
    const before = dates === undefined ? record.appliedUpdatedAt : dates[nameOf(document)];
    // A document that is new to the record was written then. A document that was edited without a new date has no
    // usable date.
    if (before === undefined) return updatedAt ?? createdAt;
    return updatedAt !== undefined && updatedAt > (before ?? '') ? updatedAt : undefined;
  };
  return (event) => {
    const begins = eventRoles[event.type] === 'begins';
    const own = fieldsIn(event).flatMap((field) => {
      const document = sources.get(field);
      return document === undefined ? [] : [{ field, document }];
    });
    const main = begins
      ? oldest
      : (inTime.findLast((document) => own.some((one) => one.document === document)) ??
        joinedFirst(event, documents) ??
        latest);
    const others = own.filter(({ document }) => document !== main);
    const when = begins ? occurred(now, main.createdAt, main.updatedAt) : occurred(now, changedAt(main));
    return {
      ...contextOf(main, when),
      correlationId: idOf(latest),
      ...(others.length === 0
        ? {}
        : { sources: Object.fromEntries(others.map(({ field, document }) => [field, nameOf(document)])) }),
    };
  };
};

const beganAt = ({ createdAt, updatedAt }: RecordDocument) => createdAt ?? updatedAt ?? '\uffff';

/** The fields of the record that an event is about. */
const fieldsIn = ({ data }: DomainEvent): readonly string[] =>
  Object.keys('changes' in data ? (data.changes as object) : data);

/** The first document that the event added to the record. */
const joinedFirst = ({ type, data }: DomainEvent, documents: readonly RecordDocument[]) =>
  eventRoles[type] === 'joins'
    ? documents.find((document) => nameOf(document) === (data as { legacyIds: readonly string[] }).legacyIds[0])
    : undefined;
