import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { type LegacyAlert, rememberLegacyAlerts } from '../../delivery/sent-memory.ts';
import { nameOfId } from '../../domain/identity/legacy-id.ts';
import type { AnyDatabase } from '../database.ts';
import { type Reference, shownReference } from '../legacy/fields/ids/reference.ts';
import { waitsFor } from '../staging/references/waits-for.ts';
import { knownAlerts } from './known-alerts.ts';

/** An alert of the old CRM: its ID, the search and the listing it refers to, and when it was sent. */
export type AlertRow = {
  readonly id: string;
  readonly search: Reference;
  readonly listing: Reference;
  readonly sentAt: string;
  /** See `markOf`; `null` if it is not known. */
  readonly mark: number | null;
};

/**
 * Keeps the new rows, and passes those whose search and listing are known to the memory. If rows share an ID but
 * differ, all of them are kept: dropping one would mean sending that home again.
 * @returns how many are new, and the IDs under which something else is on file
 */
export const writeAlerts = async (db: AnyDatabase, rows: readonly AlertRow[]): Promise<Written> => {
  const first = new Map<string, AlertRow>();
  for (const row of rows) if (!first.has(row.id)) first.set(row.id, row);
  const there = await onFile(db, [...first.keys()]);
  const added = await addAlerts(
    db,
    [...first.values()].filter(({ id }) => !there.has(id)),
  );
  const others = new Map<string, AlertRow>();
  const apart = new Set<string>();
  const marked = new Map<string, AlertRow>();
  for (const row of rows) {
    const known = there.get(row.id) ?? first.get(row.id)!;
    if (saysTheSame(known, row)) {
      if (known !== row && row.mark !== null && row.mark !== known.mark) marked.set(row.id, row);
      continue;
    }
    const id = `${row.id} content:${hash('sha1', saying(row), 'base64')}`;
    others.set(id, { ...row, id });
    apart.add(row.id);
  }
  await markAlerts(db, [...marked.values()]);
  const addedApart = await addAlerts(db, [...others.values()]);
  return { added: added.size + addedApart.size, apart };
};

type Written = { readonly added: number; readonly apart: ReadonlySet<string> };

/** Notes that alerts on file mean the same in another form, or when read by other readers. */
const markAlerts = async (db: AnyDatabase, rows: readonly AlertRow[]): Promise<void> => {
  if (rows.length === 0) return;
  await sql`
    update ops.import_alert_sent a set content_mark = x.mark
    from unnest(${rows.map(({ id }) => id)}::text[], ${rows.map(({ mark }) => mark)}::bigint[]) as x (legacy_id, mark)
    where a.legacy_id = x.legacy_id`.execute(db);
};

/** Most rows are exactly what is on file, and that check is cheaper. */
const saysTheSame = (one: AlertRow, other: AlertRow): boolean =>
  one === other ||
  (one.search === other.search && one.listing === other.listing && one.sentAt === other.sentAt) ||
  saying(one) === saying(other);

/** Compares references by their target: older releases wrote them differently. */
const saying = ({ search, listing, sentAt }: AlertRow): string =>
  JSON.stringify([nameOfId(shownReference(search)), nameOfId(shownReference(listing)), new Date(sentAt).toISOString()]);

/** The rows on file with these IDs. */
const onFile = async (db: AnyDatabase, ids: readonly string[]): Promise<ReadonlyMap<string, AlertRow>> => {
  if (ids.length === 0) return new Map();
  type Row = { legacy_id: string; search_ref: Reference; listing_ref: Reference; sent_at: Date; mark: string | null };
  const { rows } = await sql<Row>`
    select legacy_id, search_ref, listing_ref, sent_at, content_mark as mark from ops.import_alert_sent
    where legacy_id = any (${ids}::text[])`.execute(db);
  return new Map(
    rows.map((row) => [
      row.legacy_id,
      {
        id: row.legacy_id,
        search: row.search_ref,
        listing: row.listing_ref,
        sentAt: row.sent_at.toISOString(),
        mark: row.mark === null ? null : Number(row.mark),
      },
    ]),
  );
};

/** Adds rows that have IDs, unless the ID is already on file. @returns the IDs that were added */
const addAlerts = async (db: AnyDatabase, rows: readonly AlertRow[]): Promise<ReadonlySet<string>> => {
  if (rows.length === 0) return new Set();
  const known = await knownAlerts(db, rows);
  return await db.transaction().execute(async (transaction) => {
    const { rows: added } = await sql<{ legacy_id: string }>`
      insert into ops.import_alert_sent (legacy_id, search_ref, listing_ref, sent_at, content_mark, remembered, waits_for)
      select legacy_id, search_ref, listing_ref, sent_at, mark, remembered, waits::bigint[] from unnest(
        ${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.search)}::text[],
        ${rows.map((row) => row.listing)}::text[], ${rows.map((row) => row.sentAt)}::timestamptz[],
        ${rows.map((row) => row.mark)}::bigint[], ${known.map((alert) => alert !== undefined)}::boolean[],
        ${rows.map(({ search, listing }, at) =>
          known[at] === undefined ? `{${waitsFor({ savedsearches: search, properties: listing }).join()}}` : null,
        )}::text[]) as x (legacy_id, search_ref, listing_ref, sent_at, mark, remembered, waits)
      on conflict (legacy_id) do nothing
      returning legacy_id`.execute(transaction);
    const fresh = new Set(added.map(({ legacy_id }) => legacy_id));
    const alerts = known.filter((alert, index) => alert !== undefined && fresh.has(rows[index]!.id));
    await rememberLegacyAlerts(transaction, alerts as LegacyAlert[]);
    return fresh;
  });
};
