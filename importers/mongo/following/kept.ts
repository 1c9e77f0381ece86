import { type RawBuilder, sql } from 'kysely';
import type { AnyDatabase } from '../../database.ts';
import type { FollowState } from '../follow-state.ts';

/** A person's decision about what waits to be deleted: that it goes, or stays as it is. `because`: the reason, if one was given. */
export type Decided = { readonly by: string; readonly because: string | null; readonly at: Date };

/** That it stays needs a reason: no one is asked about it again. */
export type Keeping = Decided & { readonly because: string };

/** The decision about a collection that the next run of following carries out. */
export const keepingIn = ({
  goneKeptAt: at,
  goneKeptBy: by,
  goneKeptBecause: because,
}: Pick<FollowState, 'goneKeptAt' | 'goneKeptBy' | 'goneKeptBecause'>): Keeping | null =>
  at === null || by === null || because === null ? null : { by, because, at };

/** The same for a decision that what waits is deleted; `null` also if an earlier release noted it, without a person. */
export const confirmedIn = ({
  goneConfirmedAt: at,
  goneConfirmedBy: by,
  goneConfirmedBecause: because,
}: Pick<FollowState, 'goneConfirmedAt' | 'goneConfirmedBy' | 'goneConfirmedBecause'>): Decided | null =>
  at === null || by === null ? null : { by, because, at };

/** SQL: whether a person kept the document with this key, so that nobody is asked again. */
export const isKept = (collection: RawBuilder<unknown>, key: RawBuilder<unknown>): RawBuilder<boolean> => sql<boolean>`
  exists (select from ops.import_kept k where k.collection = ${collection} and k.document_key = ${key})`;

/** Keeps documents of a collection. @param keys SQL: a query for their keys, as `document_key` */
export const keepDocuments = async (
  db: AnyDatabase,
  collection: string,
  keys: RawBuilder<unknown>,
  { by, because, at }: Keeping,
): Promise<void> => {
  await sql`
    insert into ops.import_kept (collection, document_key, kept_at, kept_by, because)
    select ${collection}, document_key, ${at}::timestamptz, ${by}, ${because} from (${keys}) as x
    on conflict (collection, document_key) do nothing`.execute(db);
};

/** Which of these documents a person kept. */
export const keptAmong = async (
  db: AnyDatabase,
  collection: string,
  keys: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ document_key: string }>`
    select document_key from ops.import_kept
    where collection = ${collection} and document_key = any (${[...keys]}::text[])`.execute(db);
  return new Set(rows.map(({ document_key }) => document_key));
};

/** Of the documents with these keys, in order, lets those that are not missing be followed again. */
export const followAgain = async (
  db: AnyDatabase,
  collection: string,
  keys: readonly string[],
  missing: readonly string[],
): Promise<void> => {
  await sql`
    delete from ops.import_kept
    where collection = ${collection} and document_key between ${keys[0]!} and ${keys.at(-1)!}
      and document_key = any (${keys}::text[]) and document_key <> all (${missing}::text[])`.execute(db);
};
