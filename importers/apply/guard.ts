import type { Aggregate } from '../../commands/execute.ts';
import { changedFields, omit, pick, sameMeaning, sameValue } from '../../domain/changes.ts';
import type { DomainEvent } from '../../domain/events.ts';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { collectionPlans, type StagedCollection } from '../collections.ts';
import type { Disputed, DisputedFields } from '../differences/conflicts.ts';
import type { Edit } from '../differences/note-edits.ts';
import type { ConflictReason } from '../differences/selecting.ts';
import { gone } from '../source.ts';
import type { PendingRecord, RecordDocument } from './load-pending.ts';
import type { RecordPlan } from './planning/planner.ts';

type Fields = Record<string, unknown>;
type AnyCommand = {
  readonly type: string;
  readonly fields?: Fields;
  readonly changes?: Fields;
  readonly ownerMemberKey?: string;
};
type AnyState = {
  readonly fields: Fields;
  readonly contactKey?: string | null;
  readonly mergedContactKeys?: readonly string[];
};

/** Fields that say where a record came from and how it was read, rather than anything about the record. */
export const provenance = ['legacyIds', 'modificationTimestamp', 'warnings', 'otherValues'] as const;

/**
 * What remains of a command to a record that openhouse owns. A new document may still become part of it, a lead's
 * activities are still recorded, a lead without an agent gets that of a lead that turned out to be the same person, and
 * an opt-out and an agent's vacation always count. Nothing else that the old CRM says changes the record.
 */
const kept = (command: AnyCommand, state: AnyState, merged: readonly AnyState[]): readonly AnyCommand[] => {
  switch (command.type) {
    case 'RecordListing':
    case 'RecordLead':
    case 'RecordAgent':
      return [{ ...command, fields: pick(command.fields ?? {}, ['legacyIds']) }];
    case 'SplitListing':
      return [{ ...command, fields: {} }];
    case 'SplitLead':
    case 'MergeListingInto':
    case 'MergeLeadInto':
    case 'RecordActivity':
      return [command];
    case 'AssignLead':
      return state.fields.ownerMemberKey === undefined &&
        merged.some(
          ({ contactKey, fields }) =>
            fields.ownerMemberKey === command.ownerMemberKey &&
            state.mergedContactKeys?.includes(contactKey ?? '') === false,
        )
        ? [command]
        : [];
    default:
      return [];
  }
};

/**
 * What remains of it if no document changed and only their grouping did: no one edited them, so where openhouse says what they said
 * together before, it says what they say together now. What a person changed here stays.
 */
const keptOfRegrouped = (
  command: AnyCommand,
  state: AnyState,
  merged: readonly AnyState[],
  isOurs: (name: string) => boolean,
): readonly AnyCommand[] => {
  switch (command.type) {
    case 'RecordListing':
    case 'RecordLead':
    case 'RecordAgent':
    case 'SplitListing': {
      const fields = Object.entries(command.fields ?? {}).filter(([name]) => name === 'legacyIds' || !isOurs(name));
      return [{ ...command, fields: Object.fromEntries(fields) }];
    }
    case 'AssignLead':
      if (merged.length === 0 && !isOurs('ownerMemberKey')) return [command];
      return kept(command, state, merged);
    default:
      return kept(command, state, merged);
  }
};

/** Whether one of these records says this, or all of it if it is a list. */
const saidIn = (records: readonly AnyState[], name: string, value: unknown): boolean =>
  records.some(({ fields }) => sameMeaning(fields[name], value)) ||
  (Array.isArray(value) &&
    value.every((item) => records.some(({ fields }) => [fields[name]].flat().some((one) => sameValue(one, item)))));

/** A plan that does not change a record that openhouse owns, and the changes that the old CRM asked for. */
export type Guarded<Command, State> = {
  readonly plan: RecordPlan<Command, State>;
  /** After the plan was carried out: the fields that the old CRM changed and that differ from openhouse's. */
  readonly disputed: () => DisputedFields;
  /** The record's fields in openhouse; `undefined` if it is new here. */
  readonly ours: () => Fields | undefined;
};

/**
 * Guards a record against its documents. A record that is new to openhouse begins as its documents say.
 * @param merged the records that turned out to be this one
 */
export const guarded = <Command, Event extends DomainEvent, State>(
  { decider }: Aggregate<Command, Event, State>,
  {
    plan,
    record: { applied, regrouped },
    merged,
  }: {
    readonly plan: RecordPlan<Command, State>;
    readonly record: Pick<PendingRecord, 'applied' | 'regrouped'>;
    readonly merged: readonly State[];
  },
): Guarded<Command, State> => {
  const onlyRegrouped = regrouped && applied !== undefined;
  let found: DisputedFields = {};
  let ours: Fields | undefined;
  const after = (commands: readonly AnyCommand[], state: State): State =>
    commands.reduce((before, command) => {
      const decision = decider.decide(command as Command, before);
      // A refused change is not lost: its fields are compared below.
      return 'rejected' in decision ? withFields(before, command) : decision.accepted.reduce(decider.evolve, before);
    }, state);
  const commands = (state: State): readonly Command[] => {
    [found, ours] = [{}, undefined];
    const wanted = plan.commands(state) as readonly unknown[] as readonly AnyCommand[];
    if (state === decider.initialState) return wanted as readonly unknown[] as readonly Command[];
    const [present, former] = [state, merged] as unknown as [AnyState, readonly AnyState[]];
    const theirs = (after(wanted, state) as unknown as AnyState).fields;
    const before = (applied as { fields?: Fields } | undefined)?.fields ?? {};
    // What no record here says is an edit that no one has decided about yet.
    const isEdit = (name: string) => former.length > 0 && !saidIn([present, ...former], name, theirs[name]);
    const isOurs = (name: string) => isEdit(name) || !sameMeaning(present.fields[name], before[name]);
    const left = wanted.flatMap((command) =>
      onlyRegrouped ? keptOfRegrouped(command, present, former, isOurs) : kept(command, present, former),
    );
    ours = (after(left, state) as unknown as AnyState).fields;
    const disputed = disputedBetween(before, theirs, ours);
    found = onlyRegrouped ? pick(disputed, Object.keys(disputed).filter(isEdit)) : disputed;
    return left as readonly unknown[] as readonly Command[];
  };
  return { plan: { ...plan, commands }, disputed: () => found, ours: () => ours };
};

/**
 * Why the documents of a record say something else than before: what the last run that read any of them found. (If it was killed, another
 * one applies what it read.)
 */
export const conflictReasonOf = (documents: readonly RecordDocument[]): ConflictReason => {
  const isRecord = (collection: string) => collectionPlans[collection as StagedCollection].record !== 'lead';
  if (documents.some(({ collection, contentHash }) => contentHash === gone && isRecord(collection))) return 'deleted';
  const last = documents.reduce((run, { importRunId }) => Math.max(run, Number(importRunId)), 0);
  const read = documents.filter(({ importRunId }) => Number(importRunId) === last);
  return read.every(({ readAgain, edit }) => readAgain && edit === null) ? 'mapping' : 'edited';
};

/**
 * What people changed there, where we were about to write something and did not record whether it arrived, because the process died. What
 * we wrote is no edit. If someone has changed the document since, and it says what it said before, no one can know whether our value
 * never arrived or was undone: it counts as undone, which a person decides.
 * @param before what the record's documents said before
 */
export const editsBeside = (
  intended: Fields,
  { disputed, legacy, ours, reason }: Pick<Edit, 'disputed' | 'legacy' | 'ours' | 'reason'>,
  before: Fields,
): DisputedFields => {
  const isOurs = (name: string, value: unknown) => name in intended && sameMeaning(value, intended[name] ?? null);
  const edits = Object.entries(disputed).filter(([name, { legacy }]) => !isOurs(name, legacy));
  const names = reason === 'edited' ? Object.keys(intended).filter((name) => name in legacy) : [];
  const unclear = names.filter(
    (name) =>
      !isOurs(name, legacy[name]) && sameMeaning(legacy[name], before[name]) && !sameMeaning(legacy[name], ours[name]),
  );
  const undone = unclear.map((name): [string, Disputed] => [
    name,
    { before: intended[name] ?? null, legacy: legacy[name] ?? null, openhouse: ours[name] ?? null },
  ]);
  return Object.fromEntries([...undone, ...edits]);
};

const withFields = <State>(state: State, { fields, changes }: AnyCommand): State => ({
  ...state,
  fields: { ...(state as unknown as AnyState).fields, ...fields, ...changes },
});

const disputedBetween = (before: Fields, theirs: Fields, ours: Fields): DisputedFields => {
  const names = [...new Set([...Object.keys(theirs), ...Object.keys(ours)])];
  const all = Object.fromEntries(names.map((name) => [name, theirs[name] ?? null]));
  const changed: Fields = changedFields<Fields>(ours, omit(all, [...provenance]));
  return Object.fromEntries(
    Object.entries(changed).map(([name, legacy]) => [
      name,
      { before: before[name] ?? null, legacy: legacy ?? null, openhouse: ours[name] ?? null },
    ]),
  );
};

/** Assignments in the old CRM count once, when they are first read: a decision about them is final. */
export const withoutOldAssignments = (record: PendingRecord, aggregate: OwnedType, runId: string): PendingRecord =>
  aggregate !== 'lead' || record.applied === undefined || record.suspect
    ? record
    : {
        ...record,
        documents: record.documents.filter(
          ({ collection, importRunId }) => collection !== 'leadassignments' || importRunId === runId,
        ),
      };
