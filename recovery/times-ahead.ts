import { type QueryExecutorProvider, sql } from 'kysely';
import { isAhead } from '../platform/database/times-ahead.ts';

/** Every time in `ops` that decisions depend on, and how far ahead of now it may be by design. */
const times: readonly { readonly table: string; readonly column: string; readonly withinMs: number }[] = [
  { table: 'job_run', column: 'scheduled_for', withinMs: 0 },
  { table: 'lease', column: 'expires_at', withinMs: 10 * 60_000 },
  { table: 'outbox', column: 'created_at', withinMs: 0 },
  { table: 'outbox', column: 'next_attempt_at', withinMs: 24 * 3_600_000 },
  { table: 'outbox', column: 'claimed_until', withinMs: 24 * 3_600_000 },
  { table: 'outbox', column: 'unanswered_at', withinMs: 0 },
  { table: 'alert_search', column: 'last_sent_at', withinMs: 0 },
  { table: 'alert_pending', column: 'matched_at', withinMs: 0 },
  { table: 'sent_memory', column: 'sent_at', withinMs: 0 },
  { table: 'sent_memory', column: 'legacy_sent_at', withinMs: 0 },
  { table: 'import_run', column: 'started_at', withinMs: 0 },
];

export type TimesAhead = {
  /** `ops.job_run.scheduled_for` */
  readonly column: string;
  readonly rows: number;
  readonly furthest: Date;
};

/** Times further ahead than possible: they were written while a clock was wrong, and are ignored. */
export const timesAhead = async (db: QueryExecutorProvider): Promise<readonly TimesAhead[]> => {
  const found: TimesAhead[] = [];
  for (const { table, column, withinMs } of times) {
    const { rows: known } = await sql<{
      there: boolean;
    }>`select to_regclass(${`ops.${table}`}) is not null as there`.execute(db);
    if (!known[0]!.there) continue;
    const { rows } = await sql<{ rows: number; furthest: Date | null }>`
      select count(*)::int as rows, max(${sql.ref(column)}) as furthest from ${sql.table(`ops.${table}`)}
      where ${isAhead(sql.ref(column), withinMs)} and ${sql.ref(column)} <> 'infinity'`.execute(db);
    const { rows: count, furthest } = rows[0]!;
    if (count > 0) found.push({ column: `ops.${table}.${column}`, rows: count, furthest: furthest! });
  }
  return found;
};
