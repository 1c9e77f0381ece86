import { type QueryExecutorProvider, sql } from 'kysely';
import { storableJson, storableText } from '../../platform/database/storable.ts';
import { readReport, recordTypeOf, reportKey, reportTypes } from './read-report.ts';

/** What became of a request: it waits to be applied, or is only counted, for the reason given. */
export type Kept = 'waiting' | 'not-understood' | 'unknown-type' | 'inbound';

/**
 * Keeps a report before it is acknowledged. What cannot be understood is kept whole, for a person; of an e-mail that someone
 * wrote to us (`Inbound`), only the fact is kept. A report that came before changes nothing.
 *
 * @param payload `null`: the body is not a JSON object
 */
export const keepReport = async (
  db: QueryExecutorProvider,
  payload: Readonly<Record<string, unknown>> | null,
  body: Buffer,
  receivedAt: Date,
): Promise<Kept> => {
  const type = payload === null ? null : recordTypeOf(payload);
  const kept = kindOf(payload, type, receivedAt);
  const { Content: _content, ...rest } = payload ?? {};
  const stored = kept === 'inbound' ? null : payload === null ? body.toString('utf8') : rest;
  await sql`
    insert into ops.postmark_report (report_key, record_type, payload, received_at, handled_at, result)
    values (${reportKey(payload, body, receivedAt)}, ${type === null ? null : storableText(type)}, ${stored === null ? null : storableJson(stored)}::jsonb,
      ${receivedAt}, ${kept === 'waiting' ? null : receivedAt}, ${kept === 'waiting' ? null : kept})
    on conflict (report_key) do nothing`.execute(db);
  // Whoever delivers the outbox applies reports first.
  await sql`select pg_notify('openhouse_outbox', '')`.execute(db);
  return kept;
};

const kindOf = (payload: Readonly<Record<string, unknown>> | null, type: string | null, receivedAt: Date): Kept => {
  if (payload === null) return 'not-understood';
  if (type === 'Inbound') return 'inbound';
  if (type === null || !reportTypes.includes(type)) return 'unknown-type';
  return readReport(payload, receivedAt) === null ? 'not-understood' : 'waiting';
};
