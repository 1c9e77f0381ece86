import { type RawBuilder, sql } from 'kysely';

/** Which entries: those named, or all open ones with a reason or of a collection. */
export type Selection = {
  readonly ids?: readonly string[];
  readonly code?: string | undefined;
  readonly collection?: string | undefined;
  /** Also those that are resolved. */
  readonly resolved?: boolean;
};

/** Of `ops.quarantine`, as `q`. Dismissed entries are included only when they are named. */
export const selected = ({ ids, code, collection, resolved = false }: Selection): RawBuilder<boolean> => {
  const conditions = [
    resolved ? sql`true` : sql`q.resolved_at is null`,
    ids === undefined ? sql`q.dismissed_at is null` : sql`q.quarantine_id = any (${[...ids]}::bigint[])`,
    ...(code === undefined ? [] : [sql`q.code = ${code}`]),
    ...(collection === undefined ? [] : [sql`q.collection = ${collection}`]),
  ];
  return sql`(${sql.join(conditions, sql` and `)})`;
};
