import { sql } from 'kysely';
import { type LegacyAlert, rememberLegacyAlerts } from '../../delivery/sent-memory.ts';
import type { AnyDatabase } from '../database.ts';
import type { Reference } from '../legacy/fields/ids/reference.ts';
import { findDocuments } from '../staging/references/find-documents.ts';

/** Many refer to the same searches and listings. */
const batchSize = 20_000;

/**
 * Who was sent which listing by these rows; `undefined` if the search or the listing is not known (yet), or is
 * ambiguous.
 */
export const knownAlerts = async (
  db: AnyDatabase,
  rows: readonly { readonly search: Reference; readonly listing: Reference; readonly sentAt: string }[],
): Promise<(LegacyAlert | undefined)[]> => {
  const searches = await findDocuments(
    db,
    'savedsearches',
    rows.map(({ search }) => search),
  );
  // Most that wait, wait for their search: then nobody needs to know the listing.
  const listings = await findDocuments(
    db,
    'properties',
    rows.flatMap(({ search, listing }) => (searches.has(search) ? listing : [])),
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
 * Passes to the memory those alerts whose search or listing was unknown and has arrived since.
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
