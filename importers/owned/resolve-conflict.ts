import { correct } from '../../commands/corrections/correct.ts';
import type { CommandContext } from '../../commands/execute.ts';
import { sameMeaning } from '../../domain/changes.ts';
import type { EventStore } from '../../eventstore/event-store.ts';
import { userError } from '../../platform/errors.ts';
import type { AnyDatabase } from '../database.ts';
import { type Conflict, conflictNumbered, resolve } from '../differences/conflicts.ts';
import { loadOwned } from './record-view.ts';

type Deps = { readonly db: AnyDatabase; readonly store: EventStore };

/**
 * Accepts what someone changed in the old CRM: the record is corrected, with the person as actor.
 * @throws UserError if there is no such open conflict, or the record refuses the values
 */
export const acceptConflict = async (
  { db, store }: Deps,
  conflictId: string,
  context: CommandContext,
): Promise<Conflict> => {
  const conflict = await openConflict(db, conflictId);
  const changes = Object.fromEntries(Object.entries(conflict.fields).map(([name, { legacy }]) => [name, legacy]));
  const result = await correct(store, conflict.aggregate, conflict.recordKey, changes, context);
  if (result.outcome === 'refused') {
    throw userError(`conflict ${conflictId} cannot be accepted: ${result.rejection.message}`, {
      code: result.rejection.code,
      hint: 'Refuse it, or correct the record with `openhouse correct`.',
    });
  }
  const by = { by: context.actor.id, because: context.reason ?? null };
  await resolve(db, conflict, { resolution: 'accepted', ...by }, new Date(context.occurredAt));
  return conflict;
};

/**
 * Refuses it: the old CRM's document is overwritten with openhouse's values.
 * @throws UserError if there is no such open conflict
 */
export const refuseConflict = async ({ db }: Deps, conflictId: string, context: CommandContext): Promise<Conflict> => {
  const conflict = await openConflict(db, conflictId);
  const by = { by: context.actor.id, because: context.reason ?? null };
  await resolve(db, conflict, { resolution: 'refused', ...by }, new Date(context.occurredAt));
  return conflict;
};

const openConflict = async (db: AnyDatabase, conflictId: string): Promise<Conflict> => {
  const conflict = await conflictNumbered(db, conflictId);
  if (conflict?.resolvedAt === null) return conflict;
  const why = conflict === undefined ? 'does not exist' : `was already ${conflict.resolution}`;
  throw userError(`conflict ${conflictId} ${why}`, {
    code: 'conflict-not-open',
    hint: '`openhouse conflicts list` shows the open ones.',
  });
};

/** Closes a conflict about which both sides meanwhile say the same. @returns whether it is still open */
export const isStillOpen = async (
  db: AnyDatabase,
  store: EventStore,
  conflict: Conflict,
  now: Date,
): Promise<boolean> => {
  const { fields: ours } = (await loadOwned(store, conflict.aggregate, conflict.recordKey)).state;
  if (Object.entries(conflict.fields).some(([name, { legacy }]) => !sameMeaning(legacy, ours[name]))) return true;
  await resolve(db, conflict, { resolution: 'agreed', by: null, because: null }, now);
  return false;
};
