import { hash } from 'node:crypto';
import { sql } from 'kysely';
import { type LegacyAlert, rememberLegacyAlerts } from '../delivery/sent-memory.ts';
import { nameOfId } from '../domain/identity/legacy-id.ts';
import type { AnyDatabase } from './database.ts';
import { mapAlertSent } from './legacy/alerts-sent.ts';
import { documentKey } from './legacy/fields/ids/document-id.ts';
import { type Reference, shownReference } from './legacy/fields/ids/reference.ts';
import type { QuarantineReason } from './legacy/mapping.ts';
import type { RoutedCollection } from './mappings/route.ts';
import {
  isSourceError,
  isUnreadable,
  type SourceDocument,
  type SourceProblem,
  type UnreadableDocument,
} from './source.ts';
import { arrivalOf, inQuarantine } from './staging/arriving/arrival.ts';
import { keepInQuarantine, leaveQuarantine, type QuarantinedDocument } from './staging/documents/quarantine.ts';
import { findDocuments } from './staging/references/find-documents.ts';
import type { Staging } from './staging/stage-batch.ts';
import type { StageResult } from './staging/stage-collection.ts';
import { unreadFields } from './staging/unread-fields.ts';

/** `written` are new alerts, kept here until their search and listing are known. */
export type AlertsResult = Omit<StageResult, 'gone'>;

const batchSize = 5_000;

type AlertRow = {
  readonly id: string;
  readonly search: Reference;
  readonly listing: Reference;
  readonly sentAt: string;
};

/**
 * Reads the alerts that the old CRM sent. This is by far the largest collection, it only ever grows, and it becomes no
 * events; a row is identified by its ID.
 */
export const stageAlertsSent = async (
  collection: RoutedCollection,
  { db, runId, now, signal, onBytes }: Pick<Staging, 'db' | 'runId' | 'now' | 'signal' | 'onBytes'>,
): Promise<AlertsResult> => {
  const totals = { read: 0, unchanged: 0, quarantined: 0, newlyQuarantined: 0, written: 0, leftOut: 0 };
  let rows: AlertRow[] = [];
  let bad: QuarantinedDocument[] = [];
  let fine: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let last: SourceDocument | UnreadableDocument | undefined;

  const flush = async () => {
    const [alerts, quarantined, sound, upTo] = [rows, bad, fine, last];
    [rows, bad, fine] = [[], [], []];
    await writing;
    signal.throwIfAborted();
    writing = (async () => {
      await leaveQuarantine(db, 'alerts_sent', sound, now);
      totals.newlyQuarantined += await keepInQuarantine(db, 'alerts_sent', quarantined, { runId, now });
      const added = await writeAlerts(db, alerts);
      totals.written += added;
      totals.unchanged += alerts.length - added;
      if (upTo !== undefined) await collection.onStaged?.(upTo);
    })();
    writing.catch(() => {}); // reported where it is awaited
  };

  const unread = unreadFields(collection.mapped, () => false);
  let problem: SourceProblem | undefined;
  try {
    for await (const found of collection.read(onBytes, () => totals.leftOut++)) {
      totals.read++;
      last = found;
      if (!isUnreadable(found)) unread.add(found.document);
      const alert = isUnreadable(found) ? undefined : mapAlertSent(collection.mapped.look(found.document));
      const id = isUnreadable(found) ? undefined : documentKey(found.document._id);
      if (alert !== undefined && !('quarantine' in alert) && id !== undefined) {
        rows.push({ id, ...alert });
        fine.push(found.entryKey ?? id);
      } else {
        totals.quarantined++;
        const reason = alert !== undefined && 'quarantine' in alert ? alert.quarantine : unreadable;
        bad.push(inQuarantine(arrivalOf(found, now, collection.mapped), reason));
      }
      if (rows.length + bad.length >= batchSize) await flush();
    }
  } catch (error) {
    if (!isSourceError(error)) throw error;
    problem = error.problem;
  }
  await flush();
  await writing;
  return { ...totals, problem, unread: unread.counts() };
};

const unreadable: QuarantineReason = {
  code: 'id-missing',
  path: '_id',
  reason: 'The document has no _id, or it cannot be read.',
};

/**
 * Keeps the new rows, and passes those whose search and listing are known to the memory. If rows share an ID but
 * differ, all of them are kept: dropping one would mean sending that home again.
 * @returns how many are new
 */
const writeAlerts = async (db: AnyDatabase, rows: readonly AlertRow[]): Promise<number> => {
  const first = new Map<string, AlertRow>();
  for (const row of rows) if (!first.has(row.id)) first.set(row.id, row);
  const there = await onFile(db, [...first.keys()]);
  const added = await addAlerts(
    db,
    [...first.values()].filter(({ id }) => !there.has(id)),
  );
  const others = new Map<string, AlertRow>();
  for (const row of rows) {
    const known = there.get(row.id) ?? first.get(row.id)!;
    if (saysTheSame(known, row)) continue;
    const id = `${row.id} content:${hash('sha1', saying(row), 'base64')}`;
    others.set(id, { ...row, id });
  }
  return added.size + (await addAlerts(db, [...others.values()])).size;
};

/** Most rows are exactly what is on file, which is cheaper to see. */
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
  const { rows } = await sql<{ legacy_id: string; search_ref: Reference; listing_ref: Reference; sent_at: Date }>`
    select legacy_id, search_ref, listing_ref, sent_at from ops.import_alert_sent
    where legacy_id = any (${ids}::text[])`.execute(db);
  return new Map(
    rows.map((row) => [
      row.legacy_id,
      { id: row.legacy_id, search: row.search_ref, listing: row.listing_ref, sentAt: row.sent_at.toISOString() },
    ]),
  );
};

/** Adds rows that have IDs, unless the ID is already on file. @returns the IDs that were added */
const addAlerts = async (db: AnyDatabase, rows: readonly AlertRow[]): Promise<ReadonlySet<string>> => {
  if (rows.length === 0) return new Set();
  const known = await knownAlerts(db, rows);
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
    return fresh;
  });
};

/**
 * Who was sent which listing by these rows; `undefined` if the search or the listing is not known (yet), or is
 * ambiguous.
 */
const knownAlerts = async (
  db: AnyDatabase,
  rows: readonly Omit<AlertRow, 'id'>[],
): Promise<(LegacyAlert | undefined)[]> => {
  const searches = await findDocuments(
    db,
    'savedsearches',
    rows.map(({ search }) => search),
  );
  const listings = await findDocuments(
    db,
    'properties',
    rows.map(({ listing }) => listing),
  );
  return rows.map(({ search, listing, sentAt }) => {
    const [wish, home] = [searches.get(search), listings.get(listing)];
    if (wish === undefined || home === undefined || wish === 'ambiguous' || home === 'ambiguous') return undefined;
    if (wish.contactKey === null) return undefined;
    return { contactKey: wish.contactKey, listingKey: home.recordKey, savedSearchKey: wish.recordKey, sentAt };
  });
};

type Waiting = { alert_seq: string; sent_at: Date; search_ref: Reference; listing_ref: Reference };

/**
 * Passes to the memory those alerts that had to wait for their search or listing, if it has come since.
 * @returns how many
 */
export const rememberAlertsSent = async (db: AnyDatabase, signal: AbortSignal): Promise<number> => {
  let given = 0;
  for (let after = '0'; ; ) {
    signal.throwIfAborted();
    const { rows } = await sql<Waiting>`
      select alert_seq, sent_at, search_ref, listing_ref from ops.import_alert_sent
      where not remembered and alert_seq > ${after}::bigint
      order by alert_seq limit ${batchSize}`.execute(db);
    if (rows.length === 0) return given;
    const found = await knownAlerts(
      db,
      rows.map((row) => ({ search: row.search_ref, listing: row.listing_ref, sentAt: row.sent_at.toISOString() })),
    );
    const known = rows.filter((_, index) => found[index] !== undefined);
    const alerts = found.filter((alert) => alert !== undefined);
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

/** The number of the last row on file. */
export const lastAlertNumber = async (db: AnyDatabase): Promise<string> => {
  const { rows } = await sql<{
    last: string | null;
  }>`select coalesce(pg_sequence_last_value(pg_get_serial_sequence('ops.import_alert_sent', 'alert_seq')), 0) as last`.execute(
    db,
  );
  return rows[0]?.last ?? '0';
};

/** How many alerts wait for an unknown search or listing; only those after a number, if one is given. */
export const countWaitingAlerts = async (db: AnyDatabase, after = '0'): Promise<number> => {
  const { rows } = await sql<{ waiting: string }>`
    select count(*) as waiting from ops.import_alert_sent
    where not remembered and alert_seq > ${after}::bigint`.execute(db);
  return Number(rows[0]?.waiting ?? 0);
};
