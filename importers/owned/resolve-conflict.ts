import { hash } from 'node:crypto';
import { type CorrectionResult, correct } from '../../commands/corrections/correct.ts';
import type { CommandContext, Loaded } from '../../commands/execute.ts';
import { sameMeaning } from '../../domain/changes.ts';
import type { Rejection } from '../../domain/decider.ts';
import { linkedFields, type ReadPlaces } from '../../domain/listing/index.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { userError } from '../../platform/errors.ts';
import { reasonInRecord } from '../apply/append-plan.ts';
import type { AnyDatabase } from '../database.ts';
import { asAccepted, causeOf, finishAccepted, recordOf } from '../differences/accepted.ts';
import { type Conflict, conflictNumbered, resolve, updateOpen } from '../differences/conflicts.ts';
import { type Deps, oneAtATime, unlessDeciding } from '../differences/deciding.ts';
import { readPlaces } from '../legacy/read-places.ts';
import { domainFields, fieldsCalled } from './labels.ts';
import { loadOwned } from './record-view.ts';

type Fields = { readonly fields: Readonly<Record<string, unknown>> };

/** Identifies the values on both sides of a conflict, so that no one decides about values that they have not seen. */
export const sidesOf = ({ fields }: Pick<Conflict, 'fields'>): string => hash('sha256', JSON.stringify(fields));

/**
 * Accepts what someone changed in the old CRM: the record is corrected, with the person as actor.
 * @param only the fields to accept: all others are refused; default: all
 * @param seen the values that the person saw, if that is known (see `sidesOf`)
 * @throws UserError if there is no such open conflict, one of its sides has changed, it does not have one of these fields, or the record refuses the values
 */
export const acceptConflict = async (
  deps: Deps,
  conflictId: string,
  context: CommandContext,
  only?: readonly string[],
  seen?: string,
): Promise<Conflict> => {
  return await deciding(deps, conflictId, 'accepted', async (deps) => {
    const { conflict, loaded } = await openConflict(deps, conflictId, seen);
    const accepted = only === undefined ? Object.keys(conflict.fields) : fieldsNamed(conflict, only);
    const { present, result } = await correctAsThere(deps.store, conflict, accepted, context, loaded);
    if (present !== conflict) {
      await updateOpen(deps.db, [present]);
      throw hasChanged(conflictId, 'in openhouse');
    }
    if (result.outcome === 'refused')
      throw notPossible(conflictId, 'accepted', result.rejection, togetherHint(conflict, accepted));
    return await decided(deps.db, ...asAccepted(conflict, accepted), context);
  });
};

/** The fields of a conflict that a person named, by name or label. */
const fieldsNamed = ({ conflictId, aggregate, fields }: Conflict, given: readonly string[]): readonly string[] => {
  const names = Object.keys(fields);
  const hint = `Its fields: ${names.map((name) => domainFields[aggregate][name] ?? name).join(', ')}.`;
  const found = fieldsCalled(given, aggregate, names);
  if (found.unknown.length > 0)
    throw userError(`conflict ${conflictId} is not about "${found.unknown[0]}"`, {
      code: 'conflict-field-unknown',
      hint,
    });
  if (found.fields.length === 0)
    throw userError('there are no fields to accept', { code: 'conflict-field-unknown', hint: `${hint} Or refuse it.` });
  return found.fields;
};

/**
 * Refuses it: the old CRM's document is overwritten with openhouse's values.
 * @param seen the values that the person saw, if that is known (see `sidesOf`)
 * @throws UserError if there is no such open conflict, or one of its sides has changed
 */
export const refuseConflict = async (
  deps: Deps,
  conflictId: string,
  context: CommandContext,
  seen?: string,
): Promise<Conflict> =>
  await deciding(
    deps,
    conflictId,
    'refused',
    async (deps) => await decided(deps.db, (await openConflict(deps, conflictId, seen)).conflict, 'refused', context),
  );

/** Lets one person at a time decide, and says so if the record of the conflict stands in the way. */
const deciding = async (
  deps: Deps,
  conflictId: string,
  how: 'accepted' | 'refused',
  work: (deps: Deps) => Promise<Conflict>,
): Promise<Conflict> => {
  try {
    return await oneAtATime(deps, conflictId, work);
  } catch (error) {
    const reason = reasonInRecord(error);
    throw reason === undefined ? error : notPossible(conflictId, how, reason);
  }
};

const notPossible = (
  conflictId: string,
  how: 'accepted' | 'refused',
  { code, message }: Rejection,
  hint = 'Refuse it, or correct the record with `openhouse correct`.',
) =>
  userError(`conflict ${conflictId} cannot be ${how}: ${message}`, {
    code,
    hint:
      code === 'event-unreadable' || code === 'stream-deleted'
        ? 'It stays open, and nothing of its record is written back. Everything else goes on.'
        : hint,
  });

/** What to do if some fields of an address cannot be accepted without the others; `undefined` if that is not the reason. */
const togetherHint = (conflict: Conflict, accepted: readonly string[]): string | undefined =>
  isWhole(conflict, accepted)
    ? undefined
    : `Accept these together, or correct the record with \`openhouse correct\`: ${Object.keys(conflict.fields)
        .filter((name) => isLinked(conflict, name))
        .map((name) => domainFields[conflict.aggregate][name] ?? name)
        .join(', ')}.`;

const decided = async (
  db: AnyDatabase,
  conflict: Conflict,
  resolution: 'accepted' | 'partly accepted' | 'refused',
  { actor, reason, occurredAt }: CommandContext,
): Promise<Conflict> => {
  const by = { by: actor.id, because: reason ?? null };
  if (!(await resolve(db, conflict, { resolution, ...by }, new Date(occurredAt))))
    throw hasChanged(conflict.conflictId, 'in the old CRM');
  return conflict;
};

/** The conflict as a person has seen it, and its record. */
const openConflict = async (
  { db, store }: Deps,
  conflictId: string,
  seen?: string,
): Promise<{ readonly conflict: Conflict; readonly loaded: Loaded<Fields> }> => {
  const stored = await conflictNumbered(db, conflictId);
  const record = stored?.resolvedAt === null ? await recordOf(store, stored) : undefined;
  const conflict = (await finishAccepted(db, record?.accepted)) ?? stored;
  if (record === undefined || conflict?.resolvedAt !== null) {
    const why = conflict === undefined ? 'does not exist' : `was already ${conflict.resolution}`;
    throw userError(`conflict ${conflictId} ${why}`, {
      code: 'conflict-not-open',
      hint: '`openhouse conflicts list` shows the open ones.',
    });
  }
  const present = withOurs(conflict, record.loaded.state.fields);
  if (present !== conflict) {
    await updateOpen(db, [present]);
    throw hasChanged(conflictId, 'in openhouse');
  }
  if (seen !== undefined && seen !== sidesOf(conflict)) throw hasChanged(conflictId, 'on one of its sides');
  return { conflict, loaded: record.loaded };
};

const hasChanged = (conflictId: string, where: string) =>
  userError(`the record of conflict ${conflictId} has been changed ${where} since it was shown`, {
    code: 'conflict-changed',
    hint: `\`openhouse conflicts show ${conflictId}\` shows both sides as they are now. Then decide again.`,
  });

/**
 * The conflict with what openhouse says now, which is stored with it; the same object if nothing has changed, or if the record's history
 * cannot be read.
 */
export const withOurSide = async (db: AnyDatabase, store: EventStore, conflict: Conflict): Promise<Conflict> => {
  const loaded = await loadOwned(store, conflict.aggregate, conflict.recordKey).catch((error: unknown) => {
    if (reasonInRecord(error) === undefined) throw error;
  });
  if (loaded === undefined) return conflict;
  const present = withOurs(conflict, loaded.state.fields);
  if (present !== conflict) await updateOpen(db, [present]);
  return present;
};

/** The conflict with what openhouse says in `ours`; the same object if nothing has changed. */
export const withOurs = (conflict: Conflict, ours: Fields['fields']): Conflict => {
  const entries = Object.entries(conflict.fields);
  if (entries.every(([name, { openhouse }]) => sameMeaning(openhouse, ours[name]))) return conflict;
  const fields = entries.map(([name, field]) => [name, { ...field, openhouse: ours[name] ?? null }] as const);
  return { ...conflict, fields: Object.fromEntries(fields) };
};

/**
 * Corrects a record by these fields of its conflict, as the old CRM has them, with what follows from them: of an address that was
 * changed there, someone may accept only the city, or have changed the street here. Values that are accepted as a whole count as they
 * are where it is not clear what follows. Not if openhouse says something else than the conflict by then.
 * @param loaded the record as it was read just now
 * @returns also the conflict with what openhouse said when it was corrected; the same object if that has not changed
 */
export const correctAsThere = async (
  store: EventStore,
  conflict: Conflict,
  fields: readonly string[],
  context: CommandContext,
  loaded: Loaded<Fields>,
): Promise<{ readonly present: Conflict; readonly result: CorrectionResult }> => {
  const accepted = Object.fromEntries(fields.map((name) => [name, conflict.fields[name]!.legacy]));
  const named = { ...context, causationId: causeOf(conflict) };
  let present = conflict;
  const unlessChanged = (ours: Fields['fields']) => {
    present = withOurs(conflict, ours);
    return present === conflict ? { ...otherOfKind(conflict, accepted, ours), ...accepted } : undefined;
  };
  const { aggregate, recordKey } = conflict;
  const asThere = (places?: ReadPlaces) => correct(store, aggregate, recordKey, unlessChanged, named, places, loaded);
  const inStep = await asThere(readPlaces);
  const result = inStep.outcome === 'refused' && isWhole(conflict, fields) ? await asThere() : inStep;
  return { present, result };
};

/** A document that changes only the property type (or subtype) keeps the other one; from a person, the other one would follow. */
const otherOfKind = (
  { aggregate, fields }: Conflict,
  accepted: Readonly<Record<string, unknown>>,
  ours: Fields['fields'],
): Readonly<Record<string, unknown>> => {
  const [one, ...more] = ['propertyType', 'propertySubType'].filter((name) => !Object.hasOwn(fields, name));
  const isOne = Object.hasOwn(accepted, 'propertyType') || Object.hasOwn(accepted, 'propertySubType');
  return aggregate === 'listing' && one !== undefined && more.length === 0 && isOne ? { [one]: ours[one] ?? null } : {};
};

/** Whether all fields of the conflict that only mean something together with others are accepted. */
const isWhole = (conflict: Conflict, accepted: readonly string[]): boolean =>
  Object.keys(conflict.fields).every((name) => accepted.includes(name) || !isLinked(conflict, name));

const isLinked = ({ aggregate }: Conflict, name: string): boolean =>
  aggregate === 'listing' && (linkedFields as readonly string[]).includes(name);

/** Closes a conflict that someone accepted, or whose sides have become equal meanwhile; otherwise brings it up to date. */
export const closeIfAgreed = async (db: AnyDatabase, store: EventStore, conflict: Conflict, now: Date): Promise<void> =>
  await unlessDeciding({ db, store }, conflict.conflictId, async ({ db }) => {
    const stored = await conflictNumbered(db, conflict.conflictId);
    if (stored?.resolvedAt !== null) return;
    const { loaded, accepted } = await recordOf(store, stored);
    if ((await finishAccepted(db, accepted)) !== undefined) return;
    const present = withOurs(stored, loaded.state.fields);
    if (present !== stored) await updateOpen(db, [present]);
    if (Object.values(present.fields).some(({ legacy, openhouse }) => !sameMeaning(legacy, openhouse))) return;
    await resolve(db, present, { resolution: 'agreed', by: null, because: null }, now);
  });
