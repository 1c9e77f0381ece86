import { type RawBuilder, sql } from 'kysely';
import type { OwnedType } from '../../domain/ownership/index.ts';
import { camelCased } from '../../tables/database.ts';
import type { AnyDatabase } from '../database.ts';

/**
 * Why the old CRM says something else than before: someone edited the document or deleted it, or it has not changed, and another mapping
 * (or a newer release) reads it differently.
 */
export const conflictReasons = ['edited', 'deleted', 'mapping'] as const;
export type ConflictReason = (typeof conflictReasons)[number];

/** Which open conflicts: those to which everything applies that is given; all if nothing is. */
export type Selection = {
  readonly aggregate?: OwnedType | undefined;
  /** This reason, or one of these. */
  readonly reason?: ConflictReason | readonly ConflictReason[] | undefined;
  /** Those that are about none but these fields. */
  readonly fields?: readonly string[] | undefined;
  /** Those that are about at least one of these fields. */
  readonly anyOf?: readonly string[] | undefined;
};

/** SQL for the open conflicts `c` that are selected. */
export const selected = ({ aggregate, reason, fields, anyOf }: Selection): RawBuilder<boolean> =>
  sql<boolean>`${sql.join(
    [
      sql`c.resolved_at is null`,
      ...(aggregate === undefined ? [] : [sql`c.aggregate = ${aggregate}`]),
      ...(reason === undefined ? [] : [sql`c.reason = any (${[reason].flat()}::text[])`]),
      ...(fields === undefined
        ? []
        : [
            sql`not exists (select from json_object_keys(c.fields) as k (name) where k.name <> all (${[...fields]}::text[]))`,
          ]),
      ...(anyOf === undefined
        ? []
        : [
            sql`exists (select from json_object_keys(c.fields) as k (name) where k.name = any (${[...anyOf]}::text[]))`,
          ]),
    ],
    sql` and `,
  )}`;

/** Open conflicts of one type that have the same reason and are about the same fields. */
export type ConflictGroup = {
  readonly aggregate: OwnedType;
  readonly reason: ConflictReason;
  readonly fields: readonly string[];
  readonly count: number;
  readonly oldest: Date;
};

/** The groups of the open conflicts that are selected, the largest first. */
export const conflictGroups = async (
  db: AnyDatabase,
  selection: Selection = {},
  limit = 100,
): Promise<readonly ConflictGroup[]> => {
  const { rows } = await sql<ConflictGroup>`
    select aggregate, reason, fields, count(*)::int as count, min(first_seen_at) as oldest
    from (
      select aggregate, reason, first_seen_at,
        array(select name from json_object_keys(fields) as k (name) order by name) as fields
      from ops.legacy_conflict c where ${selected(selection)}) as open
    group by aggregate, reason, fields order by count(*) desc, aggregate, reason, fields limit ${limit}`.execute(
    camelCased(db),
  );
  return rows;
};

export const countConflicts = async (db: AnyDatabase, selection: Selection = {}): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from ops.legacy_conflict c where ${selected(selection)}`.execute(db);
  return rows[0]!.count;
};

/** The fields that the selected conflicts are about, each with a record type that has it. */
export const fieldsInConflict = async (
  db: AnyDatabase,
  selection: Selection = {},
): Promise<readonly { readonly aggregate: OwnedType; readonly name: string }[]> => {
  const { rows } = await sql<{ aggregate: OwnedType; name: string }>`
    select distinct on (name) aggregate, name from ops.legacy_conflict c cross join json_object_keys(c.fields) as k (name)
    where ${selected(selection)} order by name, aggregate`.execute(db);
  return rows;
};
