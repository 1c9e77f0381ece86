import { sql } from 'kysely';
import { type LegacyAlert, rememberLegacyAlerts } from '../delivery/sent-memory.ts';
import type { AnyDatabase } from './database.ts';
import { mapAlertSent } from './legacy/alerts-sent.ts';
import { idText } from './legacy/fields/reference.ts';
import type { QuarantineReason } from './legacy/mapping.ts';
import { isSourceError, isUnreadable, type SourceCollection, type SourceProblem } from './source.ts';
import { arrivalOf, inQuarantine } from './staging/prepare.ts';
import { keepInQuarantine, type QuarantinedDocument } from './staging/quarantine.ts';
import type { Staging } from './staging/stage-collection.ts';

export type AlertsResult = {
  readonly read: number;
  readonly unchanged: number;
  readonly quarantined: number;
  /** New ones, kept here until their search and listing are known. */
  readonly written: number;
  readonly problem: SourceProblem | undefined;
};

const batchSize = 5_000;

type AlertRow = { readonly id: string; readonly search: string; readonly listing: string; readonly sentAt: string };

/**
 * Reads what the old CRM had sent. By far the largest collection, and one that is only ever added to: a row is known by its id,
 * and becomes no event.
 */
export const stageAlertsSent = async (
  collection: SourceCollection,
  { db, now, signal, onBytes }: Pick<Staging, 'db' | 'now' | 'signal' | 'onBytes'>,
): Promise<AlertsResult> => {
  const totals = { read: 0, unchanged: 0, quarantined: 0, written: 0 };
  let rows: AlertRow[] = [];
  let bad: QuarantinedDocument[] = [];
  let writing: Promise<void> = Promise.resolve();

  const flush = async () => {
    const [alerts, quarantined] = [rows, bad];
    [rows, bad] = [[], []];
    await writing;
    signal.throwIfAborted();
    writing = (async () => {
      await keepInQuarantine(db, 'alerts_sent', quarantined, now);
      const added = await writeAlerts(db, alerts);
      totals.written += added;
      totals.unchanged += alerts.length - added;
    })();
    writing.catch(() => {}); // told by whoever waits for it
  };

  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(onBytes)) {
      totals.read++;
      const alert = isUnreadable(found) ? undefined : mapAlertSent(found.document);
      const id = isUnreadable(found) ? undefined : idText(found.document._id);
      if (alert !== undefined && !('quarantine' in alert) && id !== undefined) {
        rows.push({ id, ...alert });
      } else {
        totals.quarantined++;
        const reason = alert !== undefined && 'quarantine' in alert ? alert.quarantine : unreadable;
        bad.push(inQuarantine(arrivalOf(found, now), reason));
      }
      if (rows.length + bad.length >= batchSize) await flush();
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await writing;
  return { ...totals, problem };
};

const unreadable: QuarantineReason = { code: 'id-missing', path: '_id', reason: 'It has no _id, or cannot be read.' };

/** Keeps the rows that are new, and gives the memory those whose search and listing are known. @returns how many are new */
const writeAlerts = async (db: AnyDatabase, rows: readonly AlertRow[]): Promise<number> => {
  if (rows.length === 0) return 0;
  const { searches, listings } = await whereTo(db, rows);
  const known = rows.map((row) => {
    const search = searches.get(row.search);
    const listingKey = listings.get(row.listing);
    if (search === undefined || listingKey === undefined) return undefined;
    return { ...search, listingKey, sentAt: row.sentAt };
  });
  return await db.transaction().execute(async (transaction) => {
    const { rows: added } = await sql<{ legacy_id: string }>`
      insert into ops.import_alert_sent (legacy_id, search_ref, listing_ref, sent_at, remembered)
      select * from unnest(
        ${rows.map((row) => row.id)}::text[], ${rows.map((row) => row.search)}::text[],
        ${rows.map((row) => row.listing)}::text[], ${rows.map((row) => row.sentAt)}::timestamptz[],
        ${known.map((alert) => alert !== undefined)}::boolean[])
      on conflict (legacy_id) do nothing
      returning legacy_id`.execute(transaction);
    const fresh = new Set(added.map(({ legacy_id }) => legacy_id));
    const alerts = known.filter((alert, index) => alert !== undefined && fresh.has(rows[index]!.id));
    await rememberLegacyAlerts(transaction, alerts as LegacyAlert[]);
    return added.length;
  });
};

type Search = { readonly savedSearchKey: string; readonly contactKey: string };

/** Whose searches and which listings these rows are about, by reference, as far as they are known. */
const whereTo = async (db: AnyDatabase, rows: readonly AlertRow[]) => {
  const idsOf = (references: readonly string[]) =>
    [...new Set(references)].filter((reference) => reference.startsWith('id:')).map((reference) => reference.slice(3));
  const { rows: found } = await sql<{
    collection: string;
    legacy_id: string;
    record_key: string;
    contact_key: string | null;
  }>`
    select collection, legacy_id, record_key, contact_key from ops.import_document
    where collection = 'savedsearches' and legacy_id = any (${idsOf(rows.map((row) => row.search))}::text[])
      and record_key is not null and contact_key is not null
    union all
    select collection, legacy_id, record_key, contact_key from ops.import_document
    where collection = 'properties' and legacy_id = any (${idsOf(rows.map((row) => row.listing))}::text[])
      and record_key is not null`.execute(db);
  const searches = new Map<string, Search>();
  const listings = new Map<string, string>();
  for (const { collection, legacy_id, record_key, contact_key } of found) {
    if (collection === 'properties') listings.set(`id:${legacy_id}`, record_key);
    else searches.set(`id:${legacy_id}`, { savedSearchKey: record_key, contactKey: contact_key! });
  }
  return { searches, listings };
};

type Waiting = {
  alert_seq: string;
  sent_at: Date;
  saved_search_key: string | null;
  contact_key: string | null;
  listing_key: string | null;
};

/**
 * Gives the memory what had to wait for its search or its listing, where they have come by now.
 * @returns how many were given
 */
export const rememberAlertsSent = async (db: AnyDatabase, signal: AbortSignal): Promise<number> => {
  let given = 0;
  for (let after = '0'; ; ) {
    signal.throwIfAborted();
    const { rows } = await sql<Waiting>`
      select a.alert_seq, a.sent_at, s.record_key as saved_search_key, s.contact_key, l.record_key as listing_key
      from (
        select * from ops.import_alert_sent where not remembered and alert_seq > ${after}::bigint
        order by alert_seq limit ${batchSize}
      ) a
      left join ops.import_document s on s.collection = 'savedsearches' and s.legacy_id = substr(a.search_ref, 4)
      left join ops.import_document l on l.collection = 'properties' and l.legacy_id = substr(a.listing_ref, 4)
      order by a.alert_seq`.execute(db);
    if (rows.length === 0) return given;
    const known = rows.filter((row) => row.contact_key !== null && row.listing_key !== null);
    const alerts: LegacyAlert[] = known.map((row) => ({
      contactKey: row.contact_key!,
      listingKey: row.listing_key!,
      savedSearchKey: row.saved_search_key,
      sentAt: row.sent_at.toISOString(),
    }));
    await db.transaction().execute(async (transaction) => {
      await rememberLegacyAlerts(transaction, alerts);
      await sql`
        update ops.import_alert_sent set remembered = true
        where alert_seq = any (${known.map((row) => row.alert_seq)}::bigint[])`.execute(transaction);
    });
    given += known.length;
    after = rows.at(-1)!.alert_seq;
  }
};

/** The number that the last row on file has. */
export const lastAlertNumber = async (db: AnyDatabase): Promise<string> => {
  const { rows } = await sql<{
    last: string | null;
  }>`select coalesce(pg_sequence_last_value(pg_get_serial_sequence('ops.import_alert_sent', 'alert_seq')), 0) as last`.execute(
    db,
  );
  return rows[0]?.last ?? '0';
};

/** How many wait for a search or a listing that is not known; of those after a number only, if one is given. */
export const countWaitingAlerts = async (db: AnyDatabase, after = '0'): Promise<number> => {
  const { rows } = await sql<{ waiting: string }>`
    select count(*) as waiting from ops.import_alert_sent
    where not remembered and alert_seq > ${after}::bigint`.execute(db);
  return Number(rows[0]?.waiting ?? 0);
};
