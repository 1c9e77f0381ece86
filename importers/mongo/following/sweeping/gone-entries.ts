import { type RawBuilder, sql } from 'kysely';
import { pagesBy } from '../../../../platform/database/pages.ts';
import type { AnyDatabase } from '../../../database.ts';
import type { MappedType } from '../../../mappings/compile.ts';
import { collectionAt } from '../../../mappings/filter.ts';
import { recordTypes } from '../../../mappings/record-types.ts';
import { type Allowance, type Missed, mayGo, sweepsNeeded } from '../allowance.ts';
import type { Gathering } from '../gather.ts';
import { followAgain, isKept, keepDocuments } from '../kept.ts';
import { ledgerName } from './gone.ts';

/**
 * Entries, dismissed ones too, of documents that this source had and that never became a record. (What is on file is deleted with its
 * record; see gone.ts.)
 */
const entriesOf = (collection: string, source: string): RawBuilder<unknown> => sql`
  q.collection = ${collection} and ${isOpenOf(source)}`;

const isOpenOf = (source: string): RawBuilder<unknown> => sql`
  q.resolved_at is null
  -- A person who tries it again makes a run of another kind.
  and exists (select from ops.import_run r
    where r.import_run_id in (q.import_run_id, q.new_in_run) and r.source = ${source})
  and not exists (select from ops.import_document d
    where d.collection = q.collection and d.legacy_id = q.legacy_id and d.gone_at is null)`;

/** Notes which documents in quarantine the old CRM no longer has, given which it has. */
export const noteMissingEntries = async (
  { db, mongo, collections, signal }: Gathering,
  type: MappedType,
  isThere: (id: string) => boolean,
): Promise<void> => {
  const collection = ledgerName(type);
  if (collection === undefined) return;
  type Row = { document_key: string; place: string };
  const open = async (after: string, limit: number): Promise<readonly Row[]> => {
    const { rows } = await sql<Row>`
      select document_key, place from ops.quarantine q
      where ${entriesOf(collection, mongo.source)} and document_key > ${after}
      order by document_key limit ${limit}`.execute(db);
    return rows;
  };
  const isMissing = ({ document_key, place }: Row): boolean => {
    const [id, foundIn] = [idInKey(document_key), collectionAt(place, type.collections)];
    return id !== undefined && foundIn !== undefined && collections.includes(foundIn) && !isThere(id);
  };
  for await (const page of pagesBy(({ document_key }) => document_key, 10_000, open)) {
    signal.throwIfAborted();
    const keys = page.map(({ document_key }) => document_key);
    const missing = page.filter(isMissing).map(({ document_key }) => document_key);
    await sql`
      update ops.quarantine set
        missed_sweeps = case when document_key = any (${missing}::text[]) then missed_sweeps + 1 else 0 end
      where collection = ${collection} and document_key = any (${keys}::text[]) and resolved_at is null
        and (missed_sweeps > 0 or document_key = any (${missing}::text[]))`.execute(db);
    await followAgain(db, collection, keys, missing);
  }
};

/**
 * Takes documents out of quarantine that two sweeps did not find: there is nothing left to correct. If these are too many to go
 * without a person, or the deletion of documents on file waits for one, they wait too.
 */
export const leaveGoneEntries = async (
  db: AnyDatabase,
  source: string,
  type: MappedType,
  {
    now,
    deletionsWait,
    keeping = null,
    ...allowance
  }: Allowance & { readonly now: Date; readonly deletionsWait: boolean },
): Promise<{ readonly left: number; readonly waiting: number }> => {
  const collection = ledgerName(type);
  if (collection === undefined) return { left: 0, waiting: 0 };
  const isGone = sql`missed_sweeps >= ${sweepsNeeded} and ${entriesOf(collection, source)}
    and not ${isKept(sql`q.collection`, sql`q.document_key`)}`;
  const { rows: missed } = await sql<Missed>`
    select coalesce(readers, '') as readers, count(*)::int as documents from ops.quarantine q
    where ${isGone} group by 1`.execute(db);
  if (missed.length === 0) return { left: 0, waiting: 0 };
  const { rows } = await sql<{ total: number }>`
    select (select count(*)::int from ops.import_document where collection = ${collection} and gone_at is null)
      + (select count(*)::int from ops.quarantine q where ${entriesOf(collection, source)}) as total`.execute(db);
  const { going, waiting: stopped } = await mayGo(db, type, missed, deletionsWait ? 0 : rows[0]!.total, allowance);
  const isGoing = sql`coalesce(readers, '') = any (${going.map(({ readers }) => readers)}::text[])`;
  if (stopped > 0 && keeping !== null)
    await keepDocuments(
      db,
      collection,
      sql`select document_key from ops.quarantine q where ${isGone} and not ${isGoing}`,
      keeping,
    );
  const waiting = keeping === null ? stopped : 0;
  if (going.length === 0) return { left: 0, waiting };
  const { numAffectedRows } = await sql`
    update ops.quarantine q set resolved_at = ${now}::timestamptz, gone_at = ${now}::timestamptz, missed_sweeps = 0
    where ${isGone} and ${isGoing}`.execute(db);
  return { left: Number(numAffectedRows ?? 0), waiting };
};

/**
 * Takes documents out of quarantine whose collection the mapping no longer has for their type: none of them would ever become a
 * record. No one is asked, because nothing is deleted with them. If the mapping gets the collection back, they are found there again.
 * @param types those that the mapping has
 * @returns how many left
 */
export const leaveUnmappedEntries = async (
  db: AnyDatabase,
  source: string,
  types: readonly MappedType[],
  now: Date,
): Promise<number> => {
  const mapped = types.flatMap(({ type, collections }) =>
    collections.map(({ name }) => ({ collection: recordTypes[type].collection, name })),
  );
  const { numAffectedRows } = await sql`
    update ops.quarantine q set resolved_at = ${now}::timestamptz, gone_at = ${now}::timestamptz, missed_sweeps = 0
    where ${isOpenOf(source)} and not exists (
      select from unnest(${mapped.map(({ collection }) => collection)}::text[], ${mapped.map(({ name }) => name)}::text[])
        as x (collection, name)
      where x.collection = q.collection and (starts_with(q.place, x.name || '/') or starts_with(q.place, x.name || '.')))`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0);
};

/** The `_id` in the key of an entry (see `quarantineKey`); `undefined` if the document has none. */
const idInKey = (key: string): string | undefined =>
  key.startsWith('content:') ? undefined : key.replace(/ content:[\w+/=]{28}$/, '');
