import { sql } from 'kysely';
import type { AggregateName } from '../../../domain/events.ts';
import { collectionPlans, recordKeyOf, type StagedCollection } from '../../collections.ts';
import type { AnyDatabase } from '../../database.ts';
import { documentsOfContacts, resolveContacts } from '../references/references.ts';

/** A document that moves from one record to another; `merged`: which another document started. */
export type Moved = Move & { readonly legacyId: string; readonly merged: boolean };

/** Moves documents to other records, with everything that belongs to them. To be called in a transaction. */
export const moveDocuments = async (
  db: AnyDatabase,
  collection: StagedCollection,
  moved: readonly Moved[],
): Promise<void> => {
  const { aggregate } = collectionPlans[collection];
  await markJoined(db, aggregate, moved);
  await sql`
    update ops.import_document d set record_key = x.record_key, merged = x.merged, own_key = x.own_key
    from unnest(
      ${moved.map(({ legacyId }) => legacyId)}::text[], ${moved.map(({ into }) => into)}::text[],
      ${moved.map(({ merged }) => merged)}::boolean[],
      ${moved.map(({ legacyId, merged }) => (merged ? recordKeyOf(collection, legacyId) : null))}::text[]
    ) as x (legacy_id, record_key, merged, own_key)
    where d.collection = ${collection} and d.legacy_id = x.legacy_id`.execute(db);
  await goOnAgain(db, collection, moved);
  const ended = await leaveRecords(db, collection, moved);
  if (collection === 'contacts') await followContacts(db, [...new Set(moved.map(({ from }) => from))], ended);
};

/** Marks records that documents join. One whose documents changed as well is not only grouped otherwise. */
const markJoined = async (db: AnyDatabase, aggregate: AggregateName, moves: readonly Move[]): Promise<void> => {
  await sql`
    insert into ops.import_pending as p (aggregate, record_key, regrouped)
    select ${aggregate}, x.into_key, bool_and(coalesce(f.regrouped, true))
    from unnest(${moves.map(({ from }) => from)}::text[], ${moves.map(({ into }) => into)}::text[]) as x (from_key, into_key)
      left join ops.import_pending f on f.aggregate = ${aggregate} and f.record_key = x.from_key
    group by x.into_key
    on conflict (aggregate, record_key) do update set regrouped = p.regrouped and excluded.regrouped`.execute(db);
};

/** Marks records from which documents moved, or to which what belongs to a lead did. */
const markRegrouped = async (db: AnyDatabase, aggregate: AggregateName, keys: readonly string[]): Promise<void> => {
  if (keys.length === 0) return;
  await sql`
    insert into ops.import_pending (aggregate, record_key, regrouped)
    select ${aggregate}, *, true from unnest(${[...new Set(keys)]}::text[])
    on conflict do nothing`.execute(db);
};

/** Ended records that have documents again continue; records that others split from are stored with them. */
const goOnAgain = async (db: AnyDatabase, collection: StagedCollection, moves: readonly Move[]): Promise<void> => {
  const { aggregate } = collectionPlans[collection];
  const { rows: again } = await sql`
    select from ops.import_merged
    where aggregate = ${aggregate} and record_key = any (${moves.map(({ into }) => into)}::text[])`.execute(db);
  if (again.length > 0) await goOn(db, aggregate, moves);
  await sql`
    insert into ops.import_split (aggregate, record_key, from_key)
    select distinct ${aggregate}, into_key, from_key
    from unnest(${moves.map(({ from }) => from)}::text[], ${moves.map(({ into }) => into)}::text[]) as x (from_key, into_key)
    where exists (
      select from ops.import_document d where d.collection = ${collection} and d.record_key = from_key)
    on conflict do nothing`.execute(db);
};

const goOn = async (db: AnyDatabase, aggregate: AggregateName, moves: readonly Move[]): Promise<void> => {
  await sql`
    with again as (
      delete from ops.import_merged
      where aggregate = ${aggregate} and record_key = any (${moves.map(({ into }) => into)}::text[])
      returning *
    )
    insert into ops.import_record (aggregate, record_key, revision, applied, updated_at)
    select aggregate, record_key, revision, applied, updated_at from again where applied is not null
    on conflict do nothing`.execute(db);
};

type Move = { readonly from: string; readonly into: string };

/**
 * Handles records that documents left. Those without any document left have nothing to apply, and end if they ever
 * began; the others have to be applied without it.
 * @returns for those without any document left, the record that continues them
 */
const leaveRecords = async (
  db: AnyDatabase,
  collection: StagedCollection,
  moves: readonly Move[],
): Promise<ReadonlyMap<string, string>> => {
  const { aggregate } = collectionPlans[collection];
  const { rows } = await sql<{ from_key: string; into_key: string }>`
    with moved as (
      select distinct on (from_key) from_key, into_key
      from unnest(${moves.map(({ from }) => from)}::text[], ${moves.map(({ into }) => into)}::text[])
        as x (from_key, into_key)
      order by from_key, into_key
    ), empty as (
      select from_key, into_key from moved
      where not exists (
        select from ops.import_document d where d.collection = ${collection} and d.record_key = from_key)
    ), began as (
      select from_key from moved
      where exists (select from ops.import_record r where r.aggregate = ${aggregate} and r.record_key = from_key)
        or exists (
          select from ops.import_pending p where p.aggregate = ${aggregate} and p.record_key = from_key and p.suspect)
    ), ended as (
      insert into ops.import_merged as m (aggregate, record_key, into_key)
      select ${aggregate}, from_key, into_key from empty join began using (from_key)
      on conflict (aggregate, record_key) do update set into_key = excluded.into_key
    ), no_more_split as (
      delete from ops.import_split where aggregate = ${aggregate} and record_key in (select from_key from empty)
    ), forgotten as (
      delete from ops.import_pending where aggregate = ${aggregate}
        and record_key in (select from_key from empty where from_key not in (select from_key from began))
    ), waiting as (
      insert into ops.import_pending (aggregate, record_key, regrouped) select ${aggregate}, from_key, true from began
      on conflict do nothing
    )
    select from_key, into_key from empty`.execute(db);
  return new Map(rows.map(({ from_key, into_key }) => [from_key, into_key]));
};

/**
 * Whatever belongs to leads that documents left follows the document that it refers to. If it refers to none any more
 * (because an e-mail address was changed), it follows the lead.
 */
const followContacts = async (
  db: AnyDatabase,
  contactKeys: readonly string[],
  ended: ReadonlyMap<string, string>,
): Promise<void> => {
  const documents = await documentsOfContacts(db, contactKeys);
  const contacts = await resolveContacts(
    db,
    documents.map(({ contact_ref }) => contact_ref),
  );
  const moved = documents.flatMap((document) => {
    const contactKey = contacts.keyOf(document.contact_ref) ?? ended.get(document.contact_key);
    return contactKey === undefined || contactKey === document.contact_key ? [] : [{ ...document, contactKey }];
  });
  for (const [collection, plan] of Object.entries(collectionPlans)) {
    const some = moved.filter((document) => document.collection === collection);
    if (some.length === 0) continue;
    const { rows } = await sql<{ record_key: string }>`
      update ops.import_document d set
        contact_key = x.contact_key,
        record_key = case when ${plan.record === 'lead'} then x.contact_key else d.record_key end
      from unnest(
        ${some.map(({ legacy_id }) => legacy_id)}::text[], ${some.map(({ contactKey }) => contactKey)}::text[]
      ) as x (legacy_id, contact_key)
      where d.collection = ${collection} and d.legacy_id = x.legacy_id
      returning d.record_key`.execute(db);
    await markRegrouped(
      db,
      plan.aggregate,
      rows.map(({ record_key }) => record_key),
    );
  }
};
