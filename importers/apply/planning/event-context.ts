import type { CommandContext } from '../../../commands/execute.ts';
import type { DomainEvent } from '../../../domain/events.ts';
import { deterministicId } from '../../../eventstore/event-id.ts';
import type { PendingRecord, RecordDocument, SplitByHand } from '../load-pending.ts';
import { type Applied, appliedBefore } from './applied.ts';
import { eventRoles } from './event-roles.ts';
import { inTimeOrder, nameOf, type Sources } from './merge.ts';
import type { Planning } from './planner.ts';

/** When something happened; with `occurredAtEstimated` if no document says. */
export type Occurred = Pick<CommandContext, 'occurredAt' | 'occurredAtEstimated'>;

/** The first known time; if there is none, the time of the import, marked as estimated. */
export const occurred = (now: string, ...times: readonly (string | undefined)[]): Occurred => {
  const known = times.find((time) => time !== undefined);
  return known === undefined ? { occurredAt: now, occurredAtEstimated: true } : { occurredAt: known };
};

/**
 * The origin of events that come from a document. The same document always results in the same events, with the same
 * IDs. If a person corrected it, they come from that person, because of its entry in the quarantine; if it is gone and a person
 * confirmed that, from that one. If it was only read again, they come from the mapping that read it.
 */
export const contextOf = (document: RecordDocument, when: Occurred): CommandContext => {
  const { edit, readBy, goneConfirmed } = document;
  const id = idOf(document);
  const byHand = edit ?? goneConfirmed;
  const because = byHand?.because ?? null;
  const again = byHand === null && readBy !== null ? readBy : undefined;
  return {
    actor: byHand === null ? { kind: 'import', id: 'legacy-crm' } : { kind: 'person', id: byHand.by },
    source: `legacy:${nameOf(document)}`,
    ...when,
    correlationId: id,
    causationId: edit !== null ? `quarantine-${edit.quarantineId}` : again ? `mapping-${again.version}` : id,
    ...(because === null ? {} : { reason: because }),
    ...(again ? { reason: `Read again with the mapping ${again.name} (${again.version})` } : {}),
  };
};

/** Each event names the document that it comes from. */
const ids = new WeakMap<RecordDocument, string>();

const idOf = (document: RecordDocument): string => {
  const known = ids.get(document);
  if (known !== undefined) return known;
  const edited = document.edit === null ? '' : ` ${document.edit.at}`;
  const id = deterministicId(`${nameOf(document)} ${document.contentHash}${edited}`);
  ids.set(document, id);
  return id;
};

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

/** The events by which a record is split. */
const splits: ReadonlySet<DomainEvent['type']> = new Set([
  'LeadSplit',
  'LeadSplitFrom',
  'ListingSplit',
  'ListingSplitFrom',
]);

const contextOfSplit = ({ splitId, by, because, at }: SplitByHand): CommandContext => {
  const id = deterministicId(`split by hand ${splitId}`);
  return {
    actor: { kind: 'person', id: by },
    source: 'cli',
    occurredAt: new Date(at).toISOString(),
    correlationId: id,
    causationId: id,
    reason: because,
  };
};

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
  const dates = appliedBefore<Applied<unknown>>(record)?.dates;
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
    if (record.splitByHand !== null && splits.has(event.type)) return contextOfSplit(record.splitByHand);
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
