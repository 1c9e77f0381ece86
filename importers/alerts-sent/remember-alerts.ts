import { sql } from 'kysely';
import { rememberLegacyAlerts } from '../../delivery/sent-memory.ts';
import { chunksOf } from '../../platform/chunks.ts';
import type { AnyDatabase } from '../database.ts';
import type { Reference } from '../legacy/fields/ids/reference.ts';
import { clearMarks, extentOf, waitingForAny } from '../staging/references/marks.ts';
import { waitsFor } from '../staging/references/waits-for.ts';
import { knownAlerts } from './known-alerts.ts';

/** Many refer to the same searches and listings. */
const batchSize = 20_000;

/** What alerts refer to. */
const referenced = ['savedsearches', 'properties'] as const;

type Waiting = {
  alert_seq: string;
  sent_at: Date;
  search_ref: Reference;
  listing_ref: Reference;
  waits_for: string[] | null;
};

/**
 * Passes to the memory those alerts whose search or listing was unknown and has arrived since. It looks at those that wait for
 * something that has changed since it last ran (see staging/references/marks.ts); after a first import, or if much has changed,
 * at all that wait.
 * @returns how many
 */
export const rememberAlertsSent = async (db: AnyDatabase, signal: AbortSignal): Promise<number> => {
  const extent = await extentOf(db, referenced);
  let given = 0;
  for await (const rows of extent.what === 'all' ? allWaiting(db) : marked(db, extent.names)) {
    signal.throwIfAborted();
    given += await rememberSome(db, rows);
  }
  await clearMarks(db, referenced, extent);
  return given;
};

const columns = sql`alert_seq, sent_at, search_ref, listing_ref, waits_for`;

async function* allWaiting(db: AnyDatabase): AsyncGenerator<readonly Waiting[], void, undefined> {
  for (let after = '0'; ; ) {
    const { rows } = await sql<Waiting>`
      select ${columns} from ops.import_alert_sent
      where not remembered and alert_seq > ${after}::bigint
      order by alert_seq limit ${batchSize}`.execute(db);
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)!.alert_seq;
  }
}

/** Those that wait for one of these names, or of which it is not known what they wait for. */
async function* marked(db: AnyDatabase, names: readonly number[]): AsyncGenerator<readonly Waiting[], void, undefined> {
  const ids = await waitingForAny(db, sql`ops.import_alert_sent where not remembered`, names);
  for (const some of chunksOf(ids, batchSize)) {
    const { rows } = await sql<Waiting>`
      select ${columns} from ops.import_alert_sent where legacy_id = any (${some}::text[]) and not remembered
      order by alert_seq`.execute(db);
    yield rows;
  }
}

/** @returns how many of them are known now */
const rememberSome = async (db: AnyDatabase, rows: readonly Waiting[]): Promise<number> => {
  const found = await knownAlerts(
    db,
    rows.map((row) => ({ search: row.search_ref, listing: row.listing_ref, sentAt: row.sent_at.toISOString() })),
  );
  const known = rows.filter((_, index) => found[index] !== undefined);
  const alerts = found.filter((alert) => alert !== undefined);
  const notNoted = rows.flatMap(({ alert_seq, search_ref, listing_ref, waits_for }, index) => {
    const waits = waitsFor({ savedsearches: search_ref, properties: listing_ref });
    return found[index] !== undefined || waits_for?.join() === waits.join() ? [] : [{ alert_seq, waits }];
  });
  await db.transaction().execute(async (transaction) => {
    await rememberLegacyAlerts(transaction, alerts);
    if (known.length > 0)
      await sql`
        update ops.import_alert_sent set remembered = true
        where alert_seq = any (${known.map((row) => row.alert_seq)}::bigint[]) and not remembered`.execute(transaction);
    if (notNoted.length > 0)
      await sql`
        update ops.import_alert_sent a set waits_for = x.waits
        from json_to_recordset(${JSON.stringify(notNoted)}::json) as x (alert_seq bigint, waits bigint[])
        where a.alert_seq = x.alert_seq and not a.remembered`.execute(transaction);
  });
  return known.length;
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
