import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { correct } from '../../commands/corrections/correct.ts';
import type { CommandContext } from '../../commands/execute.ts';
import { sameMeaning } from '../../domain/changes.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { userError } from '../../platform/errors.ts';
import type { AnyDatabase } from '../database.ts';
import { type Conflict, conflictNumbered, resolve, updateOpen } from '../differences/conflicts.ts';
import { domainFields } from './labels.ts';
import { loadOwned, stateAfter } from './record-view.ts';

type Deps = { readonly db: AnyDatabase; readonly store: EventStore };

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
  return await oneAtATime(deps, conflictId, async (deps) => {
    const conflict = await openConflict(deps, conflictId, seen);
    const accepted = only === undefined ? Object.keys(conflict.fields) : fieldsNamed(conflict, only);
    const changes = Object.fromEntries(accepted.map((name) => [name, conflict.fields[name]!.legacy]));
    const named = { ...context, causationId: causeOf(conflict) };
    const result = await correct(deps.store, conflict.aggregate, conflict.recordKey, changes, named);
    if (result.outcome === 'refused') {
      throw userError(`conflict ${conflictId} cannot be accepted: ${result.rejection.message}`, {
        code: result.rejection.code,
        hint: 'Refuse it, or correct the record with `openhouse correct`.',
      });
    }
    return await decided(deps.db, ...asAccepted(conflict, accepted), context);
  });
};

/** A conflict of which these fields are accepted. */
const asAccepted = (conflict: Conflict, accepted: readonly string[]): [Conflict, 'accepted' | 'partly accepted'] => {
  const names = Object.entries(conflict.fields);
  if (accepted.length === names.length) return [conflict, 'accepted'];
  const fields = names.map(([name, field]) => [name, { ...field, acceptedYN: accepted.includes(name) }] as const);
  return [{ ...conflict, fields: Object.fromEntries(fields) }, 'partly accepted'];
};

/** Names a conflict with what the old CRM says in it: the cause of the correction that accepts it. */
const causeOf = ({ conflictId, fields }: Conflict): string => {
  const theirs = Object.entries(fields).map(([name, { legacy }]) => [name, legacy]);
  return `conflict-${conflictId}-${hash('sha256', JSON.stringify(theirs)).slice(0, 16)}`;
};

/**
 * Closes a conflict that someone accepted whose process died before it had closed it: the correction is on record, and says who
 * decided what, and why.
 * @returns the conflict as it is closed; `undefined` if no one accepted it with the values that it has now
 */
const finishAccepted = async ({ db, store }: Deps, conflict: Conflict): Promise<Conflict | undefined> => {
  const { aggregate, recordKey, fields } = conflict;
  const found = await stateAfter(store, aggregate, recordKey, causeOf(conflict));
  if (found === undefined) return undefined;
  const accepted = Object.keys(fields).filter((name) => sameMeaning(found.fields[name], fields[name]!.legacy));
  const [closed, resolution] = asAccepted(conflict, accepted);
  await decided(db, closed, resolution, found.context);
  return { ...closed, resolution, resolvedAt: new Date(found.context.occurredAt) };
};

const deciding = 0x64656369; // "deci": held by whoever decides about a conflict

/**
 * Lets one person at a time decide about a conflict: a correction and the decision that it follows from are stored in two
 * places, and between them someone else would still find the conflict open.
 */
const oneAtATime = async <Result>(
  { db, store }: Deps,
  conflictId: string,
  work: (deps: Deps) => Promise<Result>,
): Promise<Result> =>
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(${deciding}, hashtext(${conflictId}))`.execute(connection);
    return await andUnlock(connection, conflictId, () => work({ db: connection, store }));
  });

/** Does something about a conflict, unless someone is deciding about it at the moment. */
const unlessDeciding = async ({ db, store }: Deps, conflictId: string, work: (deps: Deps) => Promise<void>) =>
  await db.connection().execute(async (connection) => {
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_lock(${deciding}, hashtext(${conflictId})) as free`.execute(connection);
    if (rows[0]!.free) await andUnlock(connection, conflictId, () => work({ db: connection, store }));
  });

const andUnlock = async <Result>(
  connection: AnyDatabase,
  conflictId: string,
  work: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await work();
  } finally {
    // Fails only when the connection is lost, and the lock with it.
    await sql`select pg_advisory_unlock(${deciding}, hashtext(${conflictId}))`.execute(connection).catch(() => {});
  }
};

/** The fields of a conflict that a person named, by name or label. */
const fieldsNamed = ({ conflictId, aggregate, fields }: Conflict, given: readonly string[]): readonly string[] => {
  const known = new Map(
    Object.keys(fields).flatMap((name) => [
      [name.toLowerCase(), name],
      [(domainFields[aggregate][name] ?? name).toLowerCase(), name],
    ]),
  );
  const labels = Object.keys(fields).map((name) => domainFields[aggregate][name] ?? name);
  const hint = `Its fields: ${labels.join(', ')}.`;
  const found = given.map((one) => {
    const name = known.get(one.trim().toLowerCase());
    if (name === undefined)
      throw userError(`conflict ${conflictId} is not about "${one.trim()}"`, { code: 'conflict-field-unknown', hint });
    return name;
  });
  if (found.length === 0)
    throw userError('no field is to be accepted', { code: 'conflict-field-unknown', hint: `${hint} Or refuse it.` });
  return [...new Set(found)];
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
  await oneAtATime(
    deps,
    conflictId,
    async (deps) => await decided(deps.db, await openConflict(deps, conflictId, seen), 'refused', context),
  );

const decided = async (
  db: AnyDatabase,
  conflict: Conflict,
  resolution: 'accepted' | 'partly accepted' | 'refused',
  { actor, reason, occurredAt }: Pick<CommandContext, 'actor' | 'reason' | 'occurredAt'>,
): Promise<Conflict> => {
  const by = { by: actor.id, because: reason ?? null };
  if (!(await resolve(db, conflict, { resolution, ...by }, new Date(occurredAt))))
    throw hasChanged(conflict.conflictId, 'in the old CRM');
  return conflict;
};

/** The conflict as a person has seen it. */
const openConflict = async ({ db, store }: Deps, conflictId: string, seen?: string): Promise<Conflict> => {
  const stored = await conflictNumbered(db, conflictId);
  const conflict = stored?.resolvedAt === null ? ((await finishAccepted({ db, store }, stored)) ?? stored) : stored;
  if (conflict?.resolvedAt !== null) {
    const why = conflict === undefined ? 'does not exist' : `was already ${conflict.resolution}`;
    throw userError(`conflict ${conflictId} ${why}`, {
      code: 'conflict-not-open',
      hint: '`openhouse conflicts list` shows the open ones.',
    });
  }
  if ((await withOurSide(db, store, conflict)) !== conflict) throw hasChanged(conflictId, 'in openhouse');
  if (seen !== undefined && seen !== sidesOf(conflict)) throw hasChanged(conflictId, 'on one of its sides');
  return conflict;
};

const hasChanged = (conflictId: string, where: string) =>
  userError(`the record of conflict ${conflictId} has been changed ${where} since it was shown`, {
    code: 'conflict-changed',
    hint: `\`openhouse conflicts show ${conflictId}\` shows both sides as they are now. Then decide again.`,
  });

/** The conflict with what openhouse says now, which is stored with it; the same object if nothing has changed. */
export const withOurSide = async (db: AnyDatabase, store: EventStore, conflict: Conflict): Promise<Conflict> => {
  const { fields: ours } = (await loadOwned(store, conflict.aggregate, conflict.recordKey)).state;
  const entries = Object.entries(conflict.fields);
  if (entries.every(([name, { openhouse }]) => sameMeaning(openhouse, ours[name]))) return conflict;
  const fields = Object.fromEntries(
    entries.map(([name, field]) => [name, { ...field, openhouse: ours[name] ?? null }] as const),
  );
  await updateOpen(db, conflict, fields);
  return { ...conflict, fields };
};

/** Closes a conflict that someone accepted, or whose sides have become equal meanwhile; otherwise brings it up to date. */
export const closeIfAgreed = async (db: AnyDatabase, store: EventStore, conflict: Conflict, now: Date): Promise<void> =>
  await unlessDeciding({ db, store }, conflict.conflictId, async (deps) => {
    const stored = await conflictNumbered(deps.db, conflict.conflictId);
    if (stored?.resolvedAt !== null || (await finishAccepted(deps, stored)) !== undefined) return;
    const present = await withOurSide(deps.db, store, stored);
    if (Object.values(present.fields).some(({ legacy, openhouse }) => !sameMeaning(legacy, openhouse))) return;
    await resolve(deps.db, present, { resolution: 'agreed', by: null, because: null }, now);
  });
