import { sql } from 'kysely';
import type { AnyDatabase } from '../../../database.ts';
import { documentKey } from '../../../legacy/fields/ids/document-id.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { valueAt } from '../../../mappings/path.ts';
import { recordTypes } from '../../../mappings/record-types.ts';
import { type Found, isUnreadable } from '../../../source.ts';
import type { FollowChange, FollowState } from '../../follow-state.ts';
import { typesOf } from '../standings.ts';
import { datePaths, momentIn } from './date-forms.ts';

/**
 * Changes whose dates polls had already passed when they came: an application server writes them by a clock that is behind, or its local
 * time as if it were UTC. Polls of such a collection look back that much further. Otherwise only the daily comparison would find them.
 */

const hour = 3_600_000;
/** No clock in the wrong time zone is further behind. What is older was put back, or dated by something else. */
const mostLate = 26 * hour;
/** For how long polls look back further after the last such change. */
const rememberedFor = 7 * 24 * hour;

/** How much further polls look back, in ms. */
export const lookBack = ({ datedLateMs, datedLateUntil }: FollowState, now: Date): number =>
  datedLateUntil !== null && datedLateUntil > now ? datedLateMs : 0;

/** How much later than its date a change came that polls had passed, in ms; 0 if that says nothing about a clock. */
export const lateBy = (date: Date | undefined, passed: Date, now: Date): number => {
  if (date === undefined || date >= passed) return 0;
  const late = now.getTime() - date.getTime();
  return late > mostLate ? 0 : late;
};

/** What to note after a change came this late. */
export const noteLate = (state: FollowState, late: number, now: Date): FollowChange =>
  late === 0
    ? {}
    : {
        dated_late_ms: Math.max(late, lookBack(state, now)),
        dated_late_until: new Date(now.getTime() + rememberedFor),
      };

/** A document's date of its last change, if it says a moment. */
export const dateIn = (types: readonly MappedType[], collection: string): ((found: Found) => Date | undefined) => {
  const paths = datePaths(types, collection);
  return (found) =>
    isUnreadable(found)
      ? undefined
      : paths.map((path) => momentIn(valueAt(found.document, path))).find((date) => date !== undefined);
};

/**
 * How late the latest came among changes that a sweep or a comparison found, in ms. A change that kept its date is not late, and neither
 * is one that is dated before the last comparison.
 */
export const lateAmong = async (
  db: AnyDatabase,
  types: readonly MappedType[],
  collection: string,
  found: readonly Found[],
  { since, passed, now }: { readonly since: Date | null; readonly passed: Date; readonly now: Date },
): Promise<number> => {
  const dateOf = dateIn(types, collection);
  const dated = new Map<string, Date>();
  for (const one of found) {
    const [date, id] = [dateOf(one), isUnreadable(one) ? undefined : documentKey(one.document._id)];
    if (id === undefined || date === undefined || date <= (since ?? date) || lateBy(date, passed, now) === 0) continue;
    dated.set(id, date);
  }
  if (dated.size === 0) return 0;
  const { rows } = await sql<{ id: string; updated_at: Date | null }>`
    select legacy_id as id, updated_at from ops.import_document
    where collection = any (${typesOf(types, collection).map(({ type }) => recordTypes[type].collection)}::text[])
      and legacy_id = any (${[...dated.keys()]}::text[])`.execute(db);
  for (const { id, updated_at: known } of rows) if (known !== null && dated.get(id)! <= known) dated.delete(id);
  return Math.max(0, ...[...dated.values()].map((date) => lateBy(date, passed, now)));
};
